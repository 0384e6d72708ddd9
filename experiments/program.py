"""What ``python -m experiments.NAME`` does with its words, and with what cannot be done."""

import importlib
import sys

from jaxrec.start import refusals_in_one_line, with_huge_pages


def program(name: str) -> None:
    """Reads the words into ``Config`` of the experiment's ``run.py`` and calls its ``main``.

    With huge pages, as ``jaxrec`` itself runs; what is refused becomes one line.
    """
    with_huge_pages()  # Starts over, so before anything slow is imported.
    import tyro

    from experiments.recipe import beside_record, check_given, folder
    from jaxrec.runs import make

    with refusals_in_one_line(f"experiments.{name}"):
        run = importlib.import_module(f"experiments.{name}.run")
        words = {"prog": f"python -m experiments.{name}", "description": run.main.__doc__}
        config = tyro.cli(run.Config, **words)
        check_given(config)
        if not any(word.split("=")[0] == "--out" for word in sys.argv):
            config = beside_record(config)
        make(folder(config.out, config.quick))  # What cannot be is told before the work.
        run.main(config)
