"""``jaxrec predict``: ratings, or chances of a click, of pairs of users and items."""

from pathlib import Path

import polars as pl

from jaxrec.cli import recommend
from jaxrec.cli.options.serving import PredictOptions
from jaxrec.data import Columns
from jaxrec.runs.answer.new_users import read_histories
from jaxrec.runs.answer.predicting import predict as predict_pairs
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.answer.unknown import Unknown
from jaxrec.runs.store import run_folder


def predict(options: PredictOptions) -> pl.DataFrame:
    """Prints the predictions, or writes them to ``--out``; returns them.

    Raises:
      InputError: as ``runs.answer.predicting.predict``, or a file that cannot be read.
    """
    folder = Path(options.run)
    recommend.check_writer(options.out, folder)
    stored, _ = run_folder.read_config(folder)
    user = options.user_column or stored.user_column
    columns = Columns(user, options.item_column or stored.item_column, time="")
    pairs = read_histories(Path(options.pairs), columns, options.header)
    users, items = (pairs[name].cast(pl.String).to_list() for name in ("user", "item"))
    frame = predict_pairs(read_run(folder), users, items, Unknown(options.strict, options.out))
    recommend.deliver(frame, options.out, "Predictions")
    return frame
