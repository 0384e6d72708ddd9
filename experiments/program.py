"""What ``python -m experiments.NAME`` does with its words, and with what cannot be done."""

import importlib
import sys

from jaxrec.start import with_huge_pages


def program(name: str) -> None:
    """Reads the words into ``Config`` of the experiment's ``run.py`` and calls its ``main``.

    With huge pages, as ``jaxrec`` itself runs; what is refused becomes one line.

    Raises:
      SystemExit: with 2 where ``main`` raised an InputError, with 130 where it was interrupted.
    """
    with_huge_pages()  # Starts over, so before anything slow is imported.
    import tyro

    from jaxrec.base import InputError

    try:
        run = importlib.import_module(f"experiments.{name}.run")
        words = {"prog": f"python -m experiments.{name}", "description": run.main.__doc__}
        run.main(tyro.cli(run.Config, **words))
    except InputError as error:
        _end(f"experiments.{name}: {error}", 2)
    except KeyboardInterrupt:
        _end(f"experiments.{name}: stopped", 130)


def _end(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    sys.exit(code)
