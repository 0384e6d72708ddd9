"""What runs tell is printed on standard error while a command runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from jaxrec.runs import progress
from jaxrec.runs.log import LOGGER


class _Lines(logging.Handler):
    """Prints every message as one line, below the bars that are shown."""

    def emit(self, record: logging.LogRecord) -> None:
        progress.err.print(record.getMessage(), soft_wrap=True, markup=False)


@contextmanager
def printed_log() -> Iterator[None]:
    """Prints what the logger ``jaxrec`` is told, and passes none of it on."""
    if any(isinstance(handler, _Lines) for handler in LOGGER.handlers):  # A command within one.
        yield
        return
    handler, level, propagates = _Lines(), LOGGER.level, LOGGER.propagate
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)
        LOGGER.propagate = propagates
