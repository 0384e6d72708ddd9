"""``jaxrec explain``: prints why an item came to a user, or writes it."""

from pathlib import Path

import polars as pl

from jaxrec.cli import recommend
from jaxrec.cli.options.serving import ExplainOptions
from jaxrec.runs.answer.explaining import explain as explain_run
from jaxrec.runs.answer.serving import read_run


def explain(options: ExplainOptions) -> pl.DataFrame:
    """Prints the paths, or writes them to ``--out``; returns them.

    Raises:
      InputError: as ``runs.answer.explaining.explain``.
    """
    recommend.check_writer(options.out, Path(options.run))
    frame = explain_run(read_run(Path(options.run)), options.user, options.item, options.k)
    recommend.deliver(frame, options.out, f"How {options.item} came to {options.user}")
    return frame
