"""The folder of a search: what it was told to search, and whether it may go on.

=============  =================================================================================
study.json     what is searched: options, space, fingerprints of the data and of the slices; never
               changes
study.journal  every trial, appended as it goes, by optuna (``search.study``)
trials.csv     a line a finished trial
best.json      the best one, and the command that repeats it
search.png     what each option did (with the extra ``plots``)
=============  =================================================================================
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

from jaxrec import __version__
from jaxrec.base import InputError
from jaxrec.runs.store.files import write_json
from jaxrec.runs.store.formats import FORMAT
from jaxrec.search.space import Space

MAY_CHANGE = ("trials", "search", "data", "data_dir", "devices", "out", "resume")
"""Options that a later call may change: the space and the fingerprint are compared instead."""


def choose(settings: Any) -> Path:
    """The folder of the search; nothing is created yet.

    Raises:
      InputError: it holds anything else, or is a file.
    """
    named = Path("runs") / f"{Path(settings.data).stem}-{settings.model}-search"
    folder = named if settings.out is None else Path(settings.out)
    if (folder / "study.json").exists():
        return folder
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder and holds no search; give another --out")
    return folder


def begin(folder: Path, settings: Any, space: Space, about: dict[str, Any]) -> None:
    """Writes study.json, or sees that the folder holds this very search.

    Args:
      about: has the fingerprints of the data and of the slices.

    Raises:
      InputError: the folder holds another search, is broken, or cannot be written.
    """
    asked = _asked(settings, space, about)
    if (folder / "study.json").exists():
        return _compare(folder, asked)
    write_json(folder / "study.json", {"jaxrec": __version__, "format": FORMAT} | asked)


def _asked(settings: Any, space: Space, about: dict[str, Any]) -> dict[str, Any]:
    told = dataclasses.asdict(settings)
    kept = {name: told[name] for name in sorted(told) if name not in (*MAY_CHANGE, *space)}
    spaces = {name: over._asdict() for name, over in space.items()}
    data = {"data": about["fingerprint"], "slices": about["slices"]}
    return json.loads(json.dumps({"options": kept, "space": spaces} | data))


def _compare(folder: Path, asked: dict[str, Any]) -> None:
    try:
        before = json.loads((folder / "study.json").read_text())
        then, space, data = (before[name] for name in ("options", "space", "data"))
    except (ValueError, KeyError, OSError) as error:
        raise InputError(f"{folder}/study.json is broken; choose another --out") from error
    if data != asked["data"] or before.get("slices", asked["slices"]) != asked["slices"]:
        raise InputError(
            f"{folder} is a search on other data, or on other slices of them (the order of rows "
            "decides, too); choose another --out"
        )
    if before.get("format") != FORMAT:
        raise InputError(f"{folder} is a search by another version; choose another --out")
    if then.get("model") != asked["options"]["model"]:
        raise InputError(f"{folder} is a search of {then.get('model')}; choose another --out")
    if space != asked["space"]:
        raise InputError(
            f"{folder} searches {', '.join(space)} in other ranges or choices; "
            "give the same --search or another --out"
        )
    for name, now in asked["options"].items():
        if then.get(name) != now:
            flag = "--" + name.replace("_", "-")
            raise InputError(
                f"{folder} was started with {flag} {then.get(name)}, not {now}; leave {flag} as "
                "it was or choose another --out"
            )
