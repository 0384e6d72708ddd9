"""Tables that begin as what a pretrained encoder says of the structure around users and items.

Wang et al., PCRec, CogMI 2021, https://arxiv.org/abs/2111.08268 (``transfer.pcrec``). The scale is
ours: an encoder's vectors have length one at any width, and a model's own start has not.
"""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrec import registry
from jaxrec.base import InputError, Key, Params
from jaxrec.runs import log
from jaxrec.runs.fit.start_tables import ids_of, tables_of, width
from jaxrec.runs.fit.training import Training
from jaxrec.runs.pretrain import folder as encoders
from jaxrec.tasks import Data, RunData
from jaxrec.transfer import one_graph, structure


class StructureStart(NamedTuple):
    """What a run takes from a pretrained encoder.

    Attributes:
      source: name and fingerprint of the interactions that the encoder was pretrained on.
      tables: by name a vector of length one for each row.
    """

    folder: Path
    source: dict[str, Any]
    tables: dict[str, Float[np.ndarray, "_ d"]]

    def of(self, training: Training) -> Training:
        """The same training, begun from the vectors, as large as those of the model's own start.

        All phases begin from the structure of the first one's training interactions.
        """
        own = training.model.init

        def init(key: Key) -> Params:
            params = own(key)
            return params | {name: _scaled(x, params[name]) for name, x in self.tables.items()}

        return training._replace(model=training.model._replace(init=init))

    def tell(self, fingerprint: dict[str, Any]) -> None:
        """Says what is taken, and warns where the encoder has read what is measured.

        Args:
          fingerprint: of all interactions of the run's data.
        """
        counts = [f"{name} {len(table):,}" for name, table in self.tables.items()]
        log.say(
            f"rows that start from their structure, by {self.folder} (pretrained on "
            f"{self.source['name']}): {', '.join(counts)}"
        )
        if self.source["fingerprint"] == fingerprint:
            log.warn(
                f"{self.folder} was pretrained on all interactions of these data, those held out "
                "here among them: metrics of this run may be too high; pretrain on another domain, "
                "or on a folder with train.txt and test.txt, of which only the first is read"
            )


def check_structure_start(options: Any) -> None:
    """Refuses an encoder that the model cannot start from, before any data are read.

    Raises:
      InputError: encoder.json is broken, its vectors are not as wide as --dim, or the task has no
        users and items.
    """
    folder = Path(options.start_from)
    dim = encoders.read_config(folder)["options"]["dim"]
    if registry.task_of(options).data is not RunData:
        raise InputError(
            f"--start-from {folder} is an encoder of users and items, which --task {options.task} "
            "has not; start from a run, or leave it out"
        )
    if dim != getattr(options, "dim", dim):
        raise InputError(
            f"--start-from {folder}: its vectors have {dim} numbers and --dim is {options.dim}; "
            f"give --dim {dim}, or jaxrec pretrain --dim {options.dim}"
        )


def read_structure_start(options: Any, data: Data, training: Training) -> StructureStart:
    """Describes every user and item by the structure of the training interactions around it.

    Args:
      data: of the run that starts, as it splits them.
      training: that run's, whose tables are looked up.

    Raises:
      InputError: the folder is broken, or no table, or none of that width, is there.
    """
    assert isinstance(data, RunData), "checked before"
    folder = Path(options.start_from)
    found, train = encoders.read(folder), data.split.train
    shapes = jax.eval_shape(training.model.init, jax.random.key(0))
    own = {
        name: table
        for name, table in tables_of(shapes, ids_of(data)).items()
        if name in ("user", "item")
    }
    names = options.start_tables or tuple(own)
    for name in names:
        if name not in own:
            raise InputError(
                f"--start-tables {name}: {options.model} has no table of users or items of that "
                f"name; it has {', '.join(own) or 'none'}: choose from these"
            )
    if not names:
        raise InputError(
            f"--start-from {folder}: {options.model} has no table with a row a user or an item; "
            "leave it out"
        )
    dim = found.config["options"]["dim"]
    for name in names:
        if own[name].shape[1:] != (dim,):
            raise InputError(
                f"--start-from {folder}: its vectors have {dim} numbers, and rows of {name} "
                f"{width(own[name])} in {options.model}; start another model, or leave it out"
            )
    log.say(f"describing {sum(train.sizes):,} users and items by the structure around them")
    how = found.encoder, found.views, found.params, found.moments, jax.random.key(options.seed)
    vectors = structure(*how, one_graph(train))
    parts = {"user": vectors[: train.n_users], "item": vectors[train.n_users :]}
    tables = {name: parts[name] for name in names}
    return StructureStart(folder, found.config["source"], tables)


def _scaled(vectors: Float[np.ndarray, "n d"], fresh: Float[jax.Array, "n d"]) -> jax.Array:
    """Vectors of length one, with entries of the root mean square that ``fresh`` deviates by."""
    return jnp.std(fresh) * np.sqrt(vectors.shape[1]) * jnp.asarray(vectors)
