"""From a file or a name to a data set ready to split."""

from pathlib import Path

import polars as pl

from jaxrec.data.adjacency import PARTS, holds_tables, read_parts
from jaxrec.data.columns import GUESS, Columns, refuse_given
from jaxrec.data.dataset import Dataset
from jaxrec.data.filters import is_label
from jaxrec.data.known import KNOWN, find_known
from jaxrec.data.known_relations import with_known
from jaxrec.data.preprocess import Repeats, build_dataset
from jaxrec.data.reading import Reading, reading_of
from jaxrec.data.tables import read_cells, typed


def load(
    source: str,
    *,
    data_dir: str | None = None,
    columns: Columns = GUESS,
    header: bool = True,
    min_rating: float | None = None,
    k_core: int | None = None,
    repeats: Repeats = "drop",
    keep_labels: bool = False,
) -> Dataset:
    """Reads, filters and numbers interactions; ``counts`` tells what each step met.

    The steps, in this order: read; keep the ones of ratings that are all 0 or 1, of which a 0
    says "shown and not taken"; drop ratings below ``min_rating``; drop rows that repeat
    an earlier row in everything; of interactions that repeat a pair at another time or rating,
    keep the first in time (or in the file); keep the ``k_core``; number users and items.
    Where the data fixes its split, a row or pair repeats only within its part, so that
    what the test shares with train stays visible to ``leaks.check``.

    A known data set has its relations and features as well (``RELATIONS``), read when they are
    looked up.

    Args:
      source: the name of a known data set, or a path to a table or to a folder with train.txt
        and test.txt. A name wins; write ``./gowalla`` for a folder called like one.
      data_dir: where known data sets lie; by default what JAXREC_DATA names.
      columns, header: as ``read_table`` takes them; only of tables (``takes_columns``).
      min_rating: the least rating to keep. ``None`` takes the known data set's default, else
        no filter, if no rating is 0 or negative; 0 keeps all ratings that are not negative, and
        the zeros of labels.
      k_core: the least number of interactions of each user and item; ``None`` as above, 0
        for no filter.
      repeats: "keep" leaves repeated pairs in; without times also rows equal in everything.
      keep_labels: whether the zeros of labels stay, where no ``min_rating`` is given.

    Raises:
      InputError: in one line, what is wrong with the source and how to repair it.
    """
    frame, reading = _read(source, data_dir, columns, header)
    if keep_labels and min_rating is None and is_label(frame):
        min_rating = 0.0
    if source in KNOWN:
        min_rating = KNOWN[source].min_rating if min_rating is None else min_rating
        k_core = KNOWN[source].k_core if k_core is None else k_core
    dataset = build_dataset(
        frame,
        reading,
        name=Path(source).resolve().stem,
        source=source,
        has_columns=takes_columns(source),
        min_rating=min_rating,
        k_core=k_core,
        repeats=repeats,
    )
    return with_known(dataset, source, data_dir) if source in KNOWN else dataset


def takes_columns(source: str) -> bool:
    """Whether one may say which columns to read: of tables; not of known data sets, nor of lists.

    >>> takes_columns("clicks.csv"), takes_columns("gowalla")
    (True, False)
    """
    path = Path(source)
    return source not in KNOWN and not (path.is_dir() and not holds_tables(path))


def _read(
    source: str, data_dir: str | None, columns: Columns, header: bool
) -> tuple[pl.DataFrame, Reading]:
    path = Path(source)
    if source in KNOWN or not (path.exists() or path.suffix or len(path.parts) > 1):
        known, repair = find_known(source), "leave that out, or give the path of a table"
        refuse_given(columns, header, f"{source} is a known data set", repair)
        frame = known.load(data_dir)
        return frame, reading_of(frame)
    folder = path.is_dir()
    parts = read_parts(path, columns, header) if folder else [read_cells(path, columns, header)]
    frame, remarks = typed(parts)
    if folder and (rest := sorted(each.name for each in path.iterdir() if each.name not in PARTS)):
        remarks.append(f"not read: {', '.join(rest[:8])}{', ...' if len(rest) > 8 else ''}")
    return frame, reading_of(frame, parts[0].columns, parts[0].ignored, remarks)
