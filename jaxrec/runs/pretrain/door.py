"""The front door of pretraining."""

import dataclasses
import difflib
from pathlib import Path
from typing import Any

from jaxrec.base import InputError
from jaxrec.data import Dataset
from jaxrec.runs.options import ColumnOptions
from jaxrec.runs.pretrain import pretraining
from jaxrec.runs.pretrain.options import PretrainOptions
from jaxrec.runs.pretrain.pretraining import Pretrained


def pretrain(data: str | Path | Dataset, *, out: str | Path, **settings: Any) -> Pretrained:
    """Pretrains an encoder of graph structure on one domain, for models of another to start from.

    PCRec (Wang et al., CogMI 2021, https://arxiv.org/abs/2111.08268): two subgraphs around a node
    are told from those of other nodes by contrast. ``jaxrec.fit(..., start_from=pretrained)`` then
    starts the vectors of users and items from the encoder's, by structure alone.

    Args:
      data: a data set, the name of a known one, or a file as ``jaxrec.read`` takes it. Where it has
        a split of its own, its training part is used; else all interactions.
      out: new folder for the encoder.
      settings: options of ``jaxrec pretrain --help``, as keywords: ``dim=32``.

    Returns:
      Folder, configuration, and the loss of every step.

    Raises:
      InputError: anything the caller can repair, before any training; or the loss is not finite.
    """
    names = [field.name for field in dataclasses.fields(PretrainOptions)]
    for name in settings:
        if name not in names or name == "source":
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise InputError(
                f"{name} is no option of pretrain; {hint}jaxrec pretrain --help lists all"
            )
    given = data if isinstance(data, Dataset) else None
    of_reading = [field.name for field in dataclasses.fields(ColumnOptions)]
    if given is not None and (early := [name for name in of_reading if name in settings]):
        raise InputError(
            f"{early[0]} is an option of reading, and the data have been read; give it to "
            "jaxrec.read or Dataset.from_frame"
        )
    source = str(data) if given is None else given.name
    options = PretrainOptions(source=source, out=str(out), **settings)
    return pretraining.pretrain(options, given)
