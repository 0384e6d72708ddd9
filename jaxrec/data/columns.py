"""Which column of a table is the user, the item, the rating, the time, the title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cleaning import BLANKS

THINGS = (
    "item movie film product book artist track song game article recipe anime video business "
    "venue poi location listing"
).split()
"""What items are: columns of ids and of titles (``titles.py``) are named after it."""

_PEOPLE = "user customer client member account visitor buyer reviewer".split()
# Alone these are too often something else.
_PEOPLE_BY_ID = "shopper subscriber consumer listener viewer reader player patron household student"
_THINGS_BY_ID = "album show news place restaurant hotel course content post podcast episode"
_CODES = "isbn asin parentasin sku ean upc gtin stockcode"
_ENDS = "id uuid guid key code number no".split()
# What is done at a time; created last, as a row may be long after what it tells of.
_EVENTS = "event order purchase transaction invoice interaction review rating checkin".split()
_DONE = (
    "ordered purchased bought reviewed rated visit visited view viewed watch watched play played "
    "listen listened click clicked created"
).split()
_WHEN = "timestamp datetime date ts at".split()


def _by_id(words: Sequence[str]) -> list[str]:
    return [word + end for word in words for end in _ENDS]


# Compared in lower case with letters and digits only; of ratings and of times the earlier wins.
_GUESSES = {
    "user": [*_PEOPLE, *_by_id([*_PEOPLE, *_PEOPLE_BY_ID.split()])]
    + "uid username customeruniqueid".split(),
    "item": [*THINGS, *_by_id([*THINGS, *_THINGS_BY_ID.split()]), "iid", *_CODES.split()]
    + [thing + code for thing in ("item", "product") for code in _CODES.split()],
    "rating": (
        "rating ratings score stars star overall bookrating userrating reviewrating starrating "
        "reviewscore reviewstars weight label plays playcount"
    ).split(),
    "time": "timestamp unixtimestamp unixreviewtime unixtime timestampms ts tsms time".split()
    + ["datetime", "date"]
    + [event + end for event in _EVENTS for end in ("time", *_WHEN)]  # A watch time is a duration.
    + [done + end for done in _DONE for end in _WHEN],
}
ROLES = (*_GUESSES, "title")


@dataclass(frozen=True)
class Columns:
    """Names of the columns to read; ``None`` guesses by name, ``""`` reads none."""

    user: str | None = None
    item: str | None = None
    rating: str | None = None
    time: str | None = None
    title: str | None = None


GUESS = Columns()


def choose(
    names: Sequence[str], columns: Columns = GUESS, header: bool = True, place: str = "table"
) -> dict[str, str]:
    """Maps each role to the name of its column; rating, time and title may be absent.

    Without a header, columns 1 to 4 are user, item, rating and time. A title is none but that
    which ``columns`` names: others need the cells (``titles.guess_title``).

    >>> choose(["userID", "artistID", "weight"])
    {'user': 'userID', 'item': 'artistID', 'rating': 'weight'}

    Raises:
      InputError: a named column that is not there, one column in two roles, or no single
        likely column for user or item.
    """
    repair = _repair(names, header)
    chosen = {}
    for role in ROLES:
        if wanted := getattr(columns, role):
            exact = [name for name in names if name == wanted]
            match = exact or [name for name in names if key(name) == key(wanted)]
            if not match:
                raise InputError(f"{place} has no column {wanted!r} for the {role}; {repair}")
            if len(match) > 1 and not exact:
                several = " and ".join(map(repr, match))
                raise InputError(f"{place}: {wanted!r} may be {several}; write one as it stands")
            chosen[role] = match[0]
    if len(set(chosen.values())) < len(chosen):
        roles = ", ".join(f"{role}={name!r}" for role, name in chosen.items())
        raise InputError(f"{place}: {roles} give one column two roles; {repair}")
    for position, role in enumerate(_GUESSES):
        if getattr(columns, role) is None:
            free = [name for name in names if name not in chosen.values()]
            found = _likely(role, free) if header else [n for n in free if n == str(position + 1)]
            alike = [name for name in found if key(name) == key(found[0])]
            if len(found) > 1 and role in ("user", "item") or len(alike) > 1:
                several = ", ".join(found)
                raise InputError(f"{place}: the {role} may be any of {several}; {repair}")
            if found:
                chosen[role] = found[0]
    for role in ("user", "item"):
        if role not in chosen:
            raise InputError(f"{place} has no column for the {role}; {repair}")
    return {role: chosen[role] for role in ROLES if role in chosen}


def refuse_given(columns: Columns, header: bool, why: str, repair: str) -> None:
    """Refuses columns and ``header=False``, of data whose reader needs to be told neither."""
    given = [
        f"--{role}-column {name!r}" for role, name in vars(columns).items() if name is not None
    ]
    given += [] if header else ["--no-header"]
    if given:
        raise InputError(f"{why}, so nothing reads {', '.join(given)}; {repair}")


def plain_name(name: str) -> str:
    """A header cell without quotes, blanks and a type as in ``user_id:token``."""
    plain = name.strip(BLANKS).strip('"').strip(BLANKS)
    return re.sub(r":(token|float)(_seq)?$", "", plain)


def looks_like_header(cells: Sequence[str]) -> bool:
    """True where the cells name both a user and an item."""
    return bool(_likely("user", cells) and _likely("item", cells))


def are_names(cells: pl.Series, role: str) -> pl.Series:
    """Which cells are such as name a column of that role."""
    return cells.str.to_lowercase().str.replace_all(r"[\W_]", "").is_in(_GUESSES[role])


def key(name: str) -> str:
    """A name as it is compared: in lower case, letters and digits only."""
    return re.sub(r"[\W_]", "", name.lower())


def _likely(role: str, names: Sequence[str]) -> list[str]:
    order = _GUESSES[role]
    found = sorted((n for n in names if key(n) in order), key=lambda n: order.index(key(n)))
    ids = [name for name in found if key(name).endswith("id")]
    return ids if len(ids) == 1 else found  # Of user_id and user_name, the id.


def _repair(names: Sequence[str], header: bool) -> str:
    if not header:
        return f"without a header its columns are called 1 to {len(names)}"
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    repair = f"its columns are {listed}; name the right ones with --user-column, --item-column, ..."
    return f"{repair}; if the first line of a text is data, say --no-header"
