"""``jaxrec report``: one HTML page on a run, or on several side by side."""

from pathlib import Path

from jaxrec.base import InputError
from jaxrec.cli.options.looking import ReportOptions
from jaxrec.cli.page.page import page
from jaxrec.cli.paired import SPLITTING, short_names
from jaxrec.runs import log
from jaxrec.runs.run_report import RunReport, run_report
from jaxrec.runs.store import files


def report(options: ReportOptions) -> Path:
    """Writes the page and returns its path.

    Raises:
      InputError: no run, a run that is not finished, or a place that cannot be written.
    """
    out, folders = Path(options.out), [Path(run) for run in options.runs]
    _check(out, folders)
    names = short_names(folders)
    runs = dict(zip(names, map(run_report, folders), strict=True))
    files.write_text(out, page(runs, same_question(list(runs.values()))))
    log.say(f"{len(runs)} run{'s' if len(runs) > 1 else ''} -> {out}")
    return out


def same_question(runs: list[RunReport]) -> bool:
    """Whether all runs were measured on the same data, test slice and candidates."""
    asked = [
        (
            run.results["data"]["fingerprint"],
            run.options.task,
            [getattr(run.options, name, None) for name in SPLITTING if name not in LEARNED],
        )
        for run in runs
    ]
    return all(each == asked[0] for each in asked)


LEARNED = ("valid_fraction", "valid", "refit")
"""Of the options of a split those that the test slice does not depend on."""


def _check(out: Path, folders: list[Path]) -> None:
    if not folders:
        raise InputError("name a run or more: jaxrec report RUN")
    if out.suffix not in (".html", ".htm"):
        raise InputError(f"--out {out} does not end in .html; give such a name")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; make it first")
