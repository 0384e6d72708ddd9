"""The vectors that a trained run has of items, users or entities, in the caller's ids."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import jax
import numpy as np
import polars as pl
from jaxtyping import Array, Float

from jaxrec.base import InputError, has_towers
from jaxrec.data import IDS_SUFFIX
from jaxrec.ops import l2_normalize
from jaxrec.runs.answer.answers import entity_vectors
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.store.files import write_atomically
from jaxrec.tasks import LinkData, NodeData

Of = Literal["item", "user", "entity"]


def vectors(run: Trained, of: Of | None = None) -> pl.DataFrame:
    """Columns ``item`` (or ``user``, ``entity``) and ``vector``, a row each, in the run's order.

    Args:
      of: by default items, or of a model of facts entities. Of facts that join several types,
        entities called ``item:ID`` are the items, and likewise users.

    Those of a run that scores by cosine (``--temperature``) have length 1, so that inner products
    order items as its lists do.

    Raises:
      InputError: a model without vectors of these.
    """
    if isinstance(run.data, NodeData):
        raise InputError(
            f"{run.options.model} has logits of classes and no vectors of nodes; jaxrec predict "
            "says the classes"
        )
    facts = isinstance(run.data, LinkData)
    of = of or ("entity" if facts else "item")
    model = run.options.model
    if not facts and of == "entity":
        raise InputError(f"{model} has no entities; give --of item or --of user")
    reps = jax.jit(run.model.encode)(run.params, run.graph)
    if facts:
        ids, table = run.data.entity_ids, entity_vectors(reps)
        if of != "entity":
            own = ids.cast(pl.String).str.starts_with(f"{of}:").arg_true().to_numpy()
            if not len(own):
                raise InputError(f"no entity of this run is called {of}:ID; give --of entity")
            ids = ids.gather(own).cast(pl.String).str.strip_prefix(f"{of}:")
            table = np.asarray(table)[own]
    else:
        ids = run.data.item_ids if of == "item" else run.data.user_ids
        if not has_towers(reps):
            raise InputError(f"{model} scores without vectors; {MODELS_WITH}")
        table = by_inner_product(run, reps.item if of == "item" else reps.query)
    if len(table) != len(ids):
        raise InputError(f"{model} has no vectors of {of}s; {MODELS_WITH}")
    rows = np.asarray(table, np.float32)
    return pl.DataFrame(
        {of: ids, "vector": pl.Series(rows, dtype=pl.Array(pl.Float32, rows.shape[1]))}
    )


def by_inner_product(run: Trained, rows: Float[Array, "N d"]) -> Float[Array, "N d"]:
    """Vectors whose inner products order items as the run's lists do: of length 1 by cosine."""
    by_cosine = getattr(run.options, "temperature", None) is not None
    return l2_normalize(rows) if by_cosine else rows


MODELS_WITH = "lightgcn, mf, pinsage and node2vec, for example, have some"


def check_file(path: Path) -> None:
    """Refuses a file of no known kind.

    Raises:
      InputError: names its endings, or the folder that is not there.
    """
    if path.suffix not in WRITERS:
        raise InputError(f"--vectors {path} ends in none of {', '.join(WRITERS)}; give one of them")
    if not path.parent.is_dir():
        raise InputError(f"--vectors {path}: there is no folder {path.parent}; make it first")


def write(frame: pl.DataFrame, path: Path) -> None:
    """Writes what ``vectors`` returns; ``.npy`` is the vectors, and their ids are beside it."""
    WRITERS[path.suffix](frame, path)


def _parquet(frame: pl.DataFrame, path: Path) -> None:
    listed = frame.with_columns(pl.col("vector").arr.to_list())
    write_atomically(path, listed.write_parquet)


def _csv(frame: pl.DataFrame, path: Path) -> None:
    texts = pl.Series("vector", [json.dumps(row) for row in frame["vector"].to_list()])
    write_atomically(path, frame.with_columns(texts).write_csv)


def _npy(frame: pl.DataFrame, path: Path) -> None:
    table = frame["vector"].to_numpy()
    ids = frame.drop("vector")
    write_atomically(path.with_suffix(IDS_SUFFIX), ids.write_csv)

    def save(beside: Path) -> None:
        with beside.open("wb") as file:  # By path numpy would add an ending.
            np.save(file, table)

    write_atomically(path, save)


WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".npy": _npy,
}
