"""``jaxrec complete``: the best entities for the missing end of a fact."""

from pathlib import Path

import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.cli import recommend
from jaxrec.cli.options.completing import CompleteOptions
from jaxrec.runs.answer.completing import complete as complete_facts
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.answer.unknown import Unknown


def complete(options: CompleteOptions) -> pl.DataFrame:
    """Prints the entities, or writes them to ``--out``; returns them.

    Raises:
      InputError: as ``runs.answer.completing.complete``, or neither or both ends given.
    """
    folder = Path(options.run)
    recommend.check_writer(options.out, folder)
    if bool(options.head) == bool(options.tail):
        raise InputError("say which end is known: --head ID ... or --tail ID ..., one of them")
    given, ids = ("head", options.head) if options.head else ("tail", options.tail)
    unknown = Unknown(options.strict, options.out)
    run = read_run(folder)
    registry.check_verb(run.options, "complete")
    asked = options.relation, options.k, options.hide, unknown
    frame = complete_facts(run.encoded(), given, ids, *asked)
    recommend.deliver(frame, options.out, "Completed facts")
    return frame
