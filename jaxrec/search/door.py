"""The front door of searches."""

from pathlib import Path
from typing import Any

from jaxrec.search.options import tune_kind
from jaxrec.search.tune import Search, tune as run_trials


def tune(
    data: str | Path, model: str = "lightgcn", *, out: str | Path | None = None, **settings: Any
) -> Search:
    """Searches the options of a model that are best on the validation slice.

    Args:
      data: the name of a known data set, or a file as ``jaxrec.read`` takes it.
      model: one of those that ``jaxrec models`` lists.
      out: folder of the search, which goes on where it was stopped; by default
        runs/DATA-MODEL-search.
      settings: options of ``jaxrec tune --model MODEL --help``, as keywords, among them ``trials``
        and ``search``.

    Raises:
      InputError: anything the caller can repair, before any trial.
    """
    kind = tune_kind(model, settings.get("task"))
    folder = None if out is None else str(out)
    return run_trials(kind(data=str(data), model=model, out=folder, **settings))
