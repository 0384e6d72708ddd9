"""From the options of a command to a data set."""

import math
from typing import Any

from jaxrec import registry
from jaxrec.data import Columns, Dataset, load


def load_dataset(source: str, options: Any) -> Dataset:
    """Reads ``source`` as ``options`` say; with all ratings or labels that the task learns from."""
    task = registry.task_of(options)
    keeps_all = task.rates and options.min_rating is None
    least = -math.inf if keeps_all else options.min_rating
    return read_columns(source, options, least, task.labels)


def read_columns(
    source: str, options: Any, min_rating: float | None, keep_labels: bool = False
) -> Dataset:
    """``data.load`` of ``source`` with what ``options`` say of its columns, core and repeats."""
    columns = Columns(
        user=options.user_column,
        item=options.item_column,
        rating=options.rating_column,
        time=options.time_column,
        title=options.title_column,
    )
    return load(
        source,
        data_dir=options.data_dir,
        columns=columns,
        header=options.header,
        min_rating=min_rating,
        keep_labels=keep_labels,
        k_core=options.k_core,
        repeats=options.repeats,
    )
