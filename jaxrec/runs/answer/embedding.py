"""Vectors of a catalogue in files, by the features of its items: a file at a time, resumable.

Beside the vectors lies ``embed.json``: by which parameters they are, and of each finished file of
items its size and time of change, so that what was changed is done again.
"""

import glob
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Float32

from jaxrec.base import InputError
from jaxrec.data import ItemFeatures, check_columns, read_catalog
from jaxrec.runs import log
from jaxrec.runs.answer.indices import parameters_digest
from jaxrec.runs.answer.new_items import appended, known_features
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.answer.vectors import by_inner_product, write
from jaxrec.runs.store.files import write_json

BLOCK = 2**14
"""Items encoded at a time, by one compiled program."""
STATE = "embed.json"


def embed(run: Trained, items: Sequence[str], out: Path) -> int:
    """Writes a file of vectors for each file of items; returns how many files it wrote.

    Items of the run have its own vectors, others those of their features alone, without neighbors.
    In memory are the run, one file of items and its vectors. Ids are not compared across files.

    Args:
      items: files or patterns; each file has a column of ids and the columns of training.
      out: a folder, new or of the same run.

    Raises:
      InputError: a model without features of items, no such files, two of one name, a folder of
        something else, or a file that lacks what training has read.
    """
    known = known_features(run)
    paths = [path for path in _files(items) if _has_items(path, known.frame)]
    done = _begin(out, parameters_digest(run))
    encode = jax.jit(lambda *given: by_inner_product(run, run.model.encode(*given).item))
    n_written, own = 0, np.asarray(encode(run.params, run.graph), np.float32)
    for path in paths:
        target, state = out / f"{path.stem}.parquet", _state(path)
        if target.is_file() and done["files"].get(path.name) == state:
            continue
        part = read_catalog(path, run.data.item_ids, known.frame)
        vectors = np.empty((len(part.ids), own.shape[1]), np.float32)
        new = np.flatnonzero(part.row < 0)
        vectors[part.row >= 0] = own[part.row[part.row >= 0]]
        for start in range(0, len(new), BLOCK):
            rows = new[start : start + BLOCK]
            features = ItemFeatures(part.frame[rows], known.fitted)
            vectors[rows] = _by_features(run, encode, features)
        write(pl.DataFrame({"item": part.ids, "vector": pl.Series(vectors)}), target)
        done["files"][path.name] = state
        write_json(out / STATE, done)
        n_written += 1
        log.say(f"{path.name}: {len(part.ids):,} items, {len(new):,} new to the run -> {target}")
    if n_left := len(paths) - n_written:
        log.say(f"{n_left:,} of {len(paths):,} files were finished before")
    return n_written


def _by_features(run: Trained, encode: Any, features: ItemFeatures) -> Float32[np.ndarray, "n d"]:
    """Vectors of items without neighbors; few shapes, so that few programs are compiled."""
    n = len(features.frame)
    size = 1 << (n - 1).bit_length()
    graph = appended(run, jax.tree.map(lambda each: each[:0], run.graph), features)
    graph = jax.tree.map(lambda each: jnp.pad(each, ((0, size - n), (0, 0))), graph)
    return np.asarray(encode(run.params, graph), np.float32)[:n]


def _files(items: Sequence[str]) -> list[Path]:
    """The files that are named, in the order of their names.

    Raises:
      InputError: a name or pattern of no file, or two files of one name.
    """
    found: dict[str, Path] = {}
    for word in items:
        paths = [word] if Path(word).is_file() else sorted(glob.glob(word, recursive=True))
        files = [Path(path) for path in paths if Path(path).is_file()]
        if not files:
            raise InputError(f"--items {word} names no file; give files, or a pattern in quotes")
        for path in files:
            first = found.setdefault(path.stem, path)
            if first.resolve() != path.resolve():
                raise InputError(
                    f"--items has {first} and {path}, whose vectors would be one file; rename one"
                )
    return [found[name] for name in sorted(found)]


def _begin(out: Path, digest: str) -> dict[str, Any]:
    """What is finished in the folder, which is made if it is not there.

    Raises:
      InputError: it is a file, or holds something else or vectors of another run.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; choose a folder")
    path = out / STATE
    if not path.is_file():
        if out.is_dir() and any(out.iterdir()):
            raise InputError(f"--out {out} holds something else; choose a new or empty folder")
        out.mkdir(parents=True, exist_ok=True)
        done = {"run": digest, "files": {}}
        write_json(path, done)
        return done
    try:
        done = json.loads(path.read_text())
        is_own = done["run"] == digest and isinstance(done["files"], dict)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is broken ({error}); choose another --out") from error
    if not is_own:
        raise InputError(
            f"--out {out} holds vectors of another run, which are of another space; choose another"
        )
    return done


def _state(path: Path) -> list[int]:
    told = path.stat()
    return [told.st_size, told.st_mtime_ns]


def _has_items(path: Path, known: pl.DataFrame) -> bool:
    """Whether a file has rows; of Parquet its columns are checked, others are read in their turn.

    Raises:
      InputError: no Parquet file, or a column that is not there.
    """
    if path.suffix.lower() != ".parquet":
        return True
    try:
        schema = pl.read_parquet_schema(path)
        n_rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path} is no readable Parquet file ({first}); write it again") from error
    if not n_rows:
        log.say(f"{path.name} has no items, so there is no file of their vectors")
        return False
    check_columns(pl.DataFrame(schema=schema), known, path.name)
    return True
