"""Tables that begin as those of another run, where both know an id.

As fine-tuning and the versions of TwHIN begin (``transfer.rows``): a row of an id that both runs
know is the other run's trained one, every other row is as the model's own ``init`` makes it.
"""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
from jaxtyping import Int

from jaxrec import registry
from jaxrec.base import InputError, Key, Params
from jaxrec.runs import log
from jaxrec.runs.answer.serving import Trained, read_run
from jaxrec.runs.fit.start_tables import ids_of, tables_of, width
from jaxrec.runs.fit.structure_starting import (
    StructureStart,
    check_structure_start,
    read_structure_start,
)
from jaxrec.runs.fit.training import Training
from jaxrec.runs.pretrain.folder import is_encoder
from jaxrec.runs.store import run_folder
from jaxrec.tasks import Data, LinkData, NodeData
from jaxrec.transfer import carry


class Start(NamedTuple):
    """What a run takes from another.

    Attributes:
      tables: the other run's, by name.
      rows: by table the other run's row of each row, -1 where it does not know the id.
      n_learned: held-out interactions of this run that the other has learned from.
      n_held_out: all held-out interactions.
    """

    folder: Path
    tables: Params
    rows: dict[str, Int[np.ndarray, "_"]]
    n_learned: int
    n_held_out: int

    def of(self, training: Training) -> Training:
        """The same training, begun from the tables."""
        own = training.model.init

        def init(key: Key) -> Params:
            params = own(key)
            fresh = {name: params[name] for name in self.rows}
            return params | carry(fresh, self.tables, self.rows)

        return training._replace(model=training.model._replace(init=init))

    def tell(self, fingerprint: dict[str, Any]) -> None:
        """Says what is taken, and warns where the other run knows what is measured."""
        del fingerprint  # Pairs are compared.
        counts = [
            f"{name} {np.count_nonzero(row >= 0):,} of {len(row):,}"
            for name, row in self.rows.items()
        ]
        log.say(f"rows that start from {self.folder}: {', '.join(counts)}")
        if self.n_learned:
            log.warn(
                f"{self.folder} has learned from {self.n_learned:,} of the {self.n_held_out:,} "
                "interactions held out here: metrics of this run are too high; start from a run "
                "that has not seen them"
            )


def check_start(options: Any) -> None:
    """Refuses what nothing can start from, before any data are read.

    Raises:
      InputError: neither a run nor an encoder there, a run that is not finished or not trained, an
        encoder that the model cannot start from, or several processes.
    """
    if getattr(options, "start_from", None) is None:
        return
    folder = Path(options.start_from)
    if jax.process_count() > 1:
        raise InputError(
            f"--start-from {folder} is read by one process, and there are {jax.process_count()}; "
            "train without jaxrec launch"
        )
    if is_encoder(folder):
        return check_structure_start(options)
    other, _ = run_folder.read_config(folder)
    if not registry.entry(other.model).trained:
        raise InputError(
            f"--start-from {folder} is a run of {other.model}, which has no training; give a run "
            "of a trained model"
        )
    if not (folder / "metrics.json").is_file():
        raise InputError(
            f"--start-from {folder} is not finished; {run_folder.to_finish(folder, other)}"
        )


def read_start(options: Any, data: Data, training: Training) -> Start | StructureStart | None:
    """What ``options`` say to start from; None where they say nothing.

    Args:
      data: of the run that starts, as it splits them.
      training: that run's, whose tables are compared.

    Raises:
      InputError: as ``check_start``, or no table or no id that both runs have.
    """
    if getattr(options, "start_from", None) is None:
        return None
    check_start(options)
    folder = Path(options.start_from)
    if is_encoder(folder):
        return read_structure_start(options, data, training)
    other = read_run(folder)
    ids, other_ids = ids_of(data), ids_of(other.data)
    shapes = jax.eval_shape(training.model.init, jax.random.key(0))
    own, known = tables_of(shapes, ids), tables_of(other.params, other_ids)
    chosen = [name for name in own if name in known]
    for name in options.start_tables:
        if name not in chosen:
            where = folder if name in own else f"{options.model} here"
            raise InputError(
                f"--start-tables {name}: {where} has no table of that name with a row an id; "
                f"both have {', '.join(chosen) or 'none'}: choose from these"
            )
    wanted = options.start_tables or chosen
    names = [name for name in wanted if own[name].shape[1:] == known[name].shape[1:]]
    if differ := [
        name for name in wanted if name not in names and (options.start_tables or not names)
    ]:
        here, there = (width(table[differ[0]]) for table in (own, known))
        raise InputError(
            f"--start-from {folder}: rows of {differ[0]} have {there} numbers there and {here} "
            "here; give the options that set the width, such as --dim, as there"
        )
    if not names:
        raise InputError(
            f"--start-from {folder}: {other.options.model} there and {options.model} here have no "
            "table of the same name with a row an id; start from a run of another model"
        )
    rows = {name: _rows_in(other_ids[name], ids[name]) for name in names}
    if not any((row >= 0).any() for row in rows.values()):
        raise InputError(
            f"--start-from {folder}: it knows no id of {names[0]} here (such as "
            f"{ids[names[0]][0]}; there {other_ids[names[0]][0]}); start from a run on data with "
            "the same ids"
        )
    return Start(folder, {name: known[name] for name in names}, rows, *_learned(data, other))


def _rows_in(there: pl.Series, here: pl.Series) -> Int[np.ndarray, "_"]:
    """By row of ``here`` the row of the same id ``there``; -1 without."""
    row_of = {word: row for row, word in enumerate(there.cast(pl.String))}
    return np.array([row_of.get(word, -1) for word in here.cast(pl.String)], np.int32)


def _learned(data: Data, other: Trained) -> tuple[int, int]:
    """Held-out pairs that the other run has learned from, and all of them."""
    if isinstance(data, LinkData | NodeData) or isinstance(other.data, LinkData | NodeData):
        return 0, 0
    user = _rows_in(other.data.user_ids, data.user_ids)
    item = _rows_in(other.data.item_ids, data.item_ids)
    train, n_items = other.data.split.train, len(other.data.item_ids)
    learned = train.user.astype(np.int64) * n_items + train.item
    held_out = [
        np.where(known, users.astype(np.int64) * n_items + items, -1)
        for part in (data.split.valid, data.split.test)
        for users, items in [(user[part.user], item[part.item])]
        for known in [(users >= 0) & (items >= 0)]
    ]
    pairs = np.concatenate(held_out)
    return int(np.isin(pairs, learned).sum()), len(pairs)
