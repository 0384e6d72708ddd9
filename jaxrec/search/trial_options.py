"""From a search's settings to the runs that it makes, and what these must hold."""

import dataclasses
from typing import Any

from jaxrec.base import InputError
from jaxrec.runs import checks
from jaxrec.runs.fit.starting import check_start
from jaxrec.runs.model_options import kind, options_of, settled
from jaxrec.runs.options import RunOptions, TrainOptions
from jaxrec.runs.unread import without_unread
from jaxrec.search.space import Space, corners, ends


def check(settings: Any, space: Space) -> None:
    """Refuses a search that cannot be, before any data are read.

    A value is refused that no combination with the others lets pass, of their defaults and ends.

    Raises:
      InputError: names the option, its value and its range.
    """
    if settings.trials < 1:
        raise InputError(f"--trials is {settings.trials}; give 1 or more")
    if not settings.valid_fraction > 0:
        raise InputError(
            f"--valid-fraction is {settings.valid_fraction}, but trials are measured on the "
            "validation slice; give a number above 0, such as 0.1"
        )
    check_start(settings)
    for tried in ({}, *ends(space)):
        _check_value(settings, space, tried)


def _check_value(settings: Any, space: Space, tried: dict[str, Any]) -> None:
    refused = None
    for others in ({}, *corners(space, without=tried)):
        try:
            return checks.check_options(_told(settings, others | tried))
        except InputError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def run_options(settings: Any, tried: dict[str, Any]) -> RunOptions:
    """The options of the run that a trial is, without those that the others leave unread."""
    return without_unread(_told(settings, tried))


def final(run: RunOptions) -> RunOptions:
    """The run to test: without an epoch to choose, nothing is held out any more."""
    if isinstance(run, TrainOptions):
        return run
    return dataclasses.replace(run, valid_fraction=options_of(run.model).valid_fraction)


def _told(settings: Any, tried: dict[str, Any]) -> RunOptions:
    names = (field.name for field in dataclasses.fields(kind(settings.model, settings.task)))
    told = {name: getattr(settings, name) for name in names}
    return settled(kind(settings.model, settings.task)(**(told | {"out": None} | tried)))
