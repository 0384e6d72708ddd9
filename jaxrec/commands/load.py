"""From options to a data set and its slices."""

from jaxrec.commands.config import DataOptions, TrainOptions
from jaxrec.data import Columns, Dataset, Split, load, split


def load_dataset(source: str, options: DataOptions) -> Dataset:
    """Reads ``source`` as ``options`` say."""
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
        min_rating=options.min_rating,
        k_core=options.k_core,
        repeats=options.repeats,
    )


def load_split(dataset: Dataset, options: TrainOptions) -> Split:
    """Takes the test and validation slices as ``options`` say."""
    return split(
        dataset,
        method=options.split,
        test_fraction=options.test_fraction,
        valid_fraction=options.valid_fraction,
        seed=options.split_seed,
    )
