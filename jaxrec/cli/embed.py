"""``jaxrec embed``: vectors of a catalogue by its features, file by file."""

from pathlib import Path

from jaxrec.cli.options.serving import EmbedOptions
from jaxrec.runs.answer import embedding
from jaxrec.runs.answer.serving import read_run


def embed(options: EmbedOptions) -> None:
    """Runs ``jaxrec embed``.

    Raises:
      InputError: as ``runs.answer.embedding.embed``.
    """
    embedding.embed(read_run(Path(options.run)), options.items, Path(options.out))
