"""``jaxrec predict``: ratings, or chances of a click, of pairs; or the classes of nodes."""

from pathlib import Path
from typing import Any

import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.cli import recommend
from jaxrec.cli.options.serving import PredictOptions
from jaxrec.data import Columns, read_lines
from jaxrec.runs.answer.classifying import check_asked, classify_nodes
from jaxrec.runs.answer.new_users import read_histories
from jaxrec.runs.answer.predicting import predict as predict_pairs
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.answer.unknown import Unknown
from jaxrec.runs.store import run_folder

OF_PAIRS = ("user_column", "item_column", "header")


def predict(options: PredictOptions) -> pl.DataFrame:
    """Prints the predictions, or writes them to ``--out``; returns them.

    Raises:
      InputError: as ``runs.answer.predicting.predict`` or ``classify_nodes``, or a file that cannot
        be read.
    """
    folder, unknown = Path(options.run), Unknown(options.strict, options.out)
    recommend.check_writer(options.out, folder)
    stored, _ = run_folder.read_config(folder)
    named = [bool(options.nodes), options.nodes_file is not None, options.all]
    if sum(named) > 1:
        raise InputError("--nodes, --nodes-file and --all all say which nodes; give one of them")
    check_asked(registry.task_of(stored), "--pairs", options.pairs, "--nodes", any(named) or None)
    if options.pairs is None:
        frame = classify_nodes(read_run(folder).encoded(), _nodes(options), unknown)
    else:
        user = options.user_column or stored.user_column
        columns = Columns(user, options.item_column or stored.item_column, time="")
        pairs = read_histories(Path(options.pairs), columns, options.header)
        users, items = (pairs[name].cast(pl.String).to_list() for name in ("user", "item"))
        frame = predict_pairs(read_run(folder), users, items, unknown)
    recommend.deliver(frame, options.out, "Predictions")
    return frame


def _nodes(options: PredictOptions) -> Any:
    for name in OF_PAIRS:
        if getattr(options, name) != getattr(PredictOptions, name):
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is of --pairs, and nodes are asked for; leave it out")
    if options.all:
        return "all"
    if options.nodes_file is not None:
        return read_lines(Path(options.nodes_file))
    return options.nodes or None
