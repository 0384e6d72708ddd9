"""What runs tell people: lines of the logger ``jaxrec``, which the command line prints.

Elsewhere they are heard after ``logging.basicConfig(level="INFO")``; warnings always are.
"""

import logging

LOGGER = logging.getLogger("jaxrec")


def say(line: str) -> None:
    """Tells what a person may want to know."""
    LOGGER.info("%s", line)


def warn(line: str) -> None:
    """Tells what a person should know before they use what was made."""
    LOGGER.warning("%s", line)


def tell_alike(n_users: int, n_all: int, part: str) -> None:
    """Says how many users of a slice the model could not rank for, if any."""
    if n_users:
        say(
            f"{n_users:,} of {n_all:,} users of the {part} slice get the same score for all items "
            "from this model; they are measured by the popular items"
        )
