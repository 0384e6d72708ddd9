"""A pretrained encoder on disk.

encoder.json  how it was made: options, the source's fingerprint, loss, version
encoder.npz   parameters, and running moments of batch normalization, by their place in the tree
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.base import InputError, Params
from jaxrec.data.atomic import fill_atomically
from jaxrec.runs.store.files import ELSEWHERE, json_text
from jaxrec.transfer import Encoder, Views

CONFIG, ARRAYS = "encoder.json", "encoder.npz"


class Structure(NamedTuple):
    """A pretrained encoder, ready to describe the nodes of a graph (``transfer.structure``).

    Attributes:
      config: what encoder.json holds.
      moments: of batch normalization, as ``Encoder.encode`` takes them.
    """

    config: dict[str, Any]
    encoder: Encoder
    views: Views
    params: Params
    moments: Any


@lru_cache(maxsize=16)
def pieces_of(
    dim: int, n_layers: int, dropout: float, n_nodes: int, walk_length: int
) -> tuple[Encoder, Views]:
    """Encoder and views of options; one object for equal ones, so that JAX compiles it once.

    Raises:
      InputError: as ``transfer.gin``, or more nodes than the walk has.
    """
    if not 2 <= n_nodes <= walk_length:
        raise InputError(
            f"--n-nodes is {n_nodes} and --walk-length {walk_length}; give 2 nodes or more, and no "
            "more than the walk has"
        )
    views = Views(n_nodes, walk_length)
    return views.encoder(dim, n_layers, dropout), views


def own_pieces(options: dict[str, Any]) -> tuple[Encoder, Views]:
    """``pieces_of`` what these options say of them."""
    names = ("dim", "n_layers", "dropout", "n_nodes", "walk_length")
    return pieces_of(**{name: options[name] for name in names})


def is_encoder(folder: Path) -> bool:
    """Whether ``jaxrec pretrain`` wrote the folder."""
    return (folder / CONFIG).is_file()


def check_new(folder: Path) -> None:
    """Refuses a place where something is.

    Raises:
      InputError: a file, or a folder that is not empty.
    """
    if folder.is_file():
        raise InputError(f"{folder} is a file; {ELSEWHERE}")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not an empty folder; {ELSEWHERE}, or delete it")


def write(folder: Path, config: dict[str, Any], params: Params, moments: Any) -> None:
    """Writes the folder, whole or not at all.

    Raises:
      InputError: it cannot be written.
    """
    arrays: dict[str, Any] = {
        place: np.asarray(leaf) for place, leaf in _by_place((params, moments)).items()
    }

    def fill(beside: Path) -> None:
        np.savez(beside / ARRAYS, **arrays)
        (beside / CONFIG).write_text(json_text(config), "utf-8")

    fill_atomically(folder, fill, ELSEWHERE)


def read_config(folder: Path) -> dict[str, Any]:
    """What encoder.json holds.

    Raises:
      InputError: it is broken.
    """
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        own_pieces(config["options"])
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise _broken(folder / CONFIG, error) from error
    return config


def read(folder: Path) -> Structure:
    """Reads what ``write`` wrote.

    Raises:
      InputError: a file is missing or broken, or they do not belong together.
    """
    config = read_config(folder)
    encoder, views = own_pieces(config["options"])
    params = jax.eval_shape(encoder.init, jax.random.key(0))
    moments = [{"mean": x["shift"], "variance": x["shift"]} for x in params["layers"]]
    like = (params, moments)
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as file:
            found = [jnp.asarray(file[place]) for place in _by_place(like)]
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise _broken(folder / ARRAYS, error) from error
    leaves, tree = jax.tree.flatten(like)
    for place, leaf, array in zip(_by_place(like), leaves, found, strict=True):
        if array.shape != leaf.shape or not jnp.isfinite(array).all():
            what = f"{place} has the shape {array.shape} or numbers that are not finite"
            raise _broken(folder / ARRAYS, f"{what}; expected {leaf.shape}")
    return Structure(config, encoder, views, *jax.tree.unflatten(tree, found))


def _by_place(tree: Any) -> dict[str, Any]:
    named = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in named}


def _broken(path: Path, why: object) -> InputError:
    first = (str(why).splitlines() or [type(why).__name__])[0]
    return InputError(f"{path} is broken ({first}); pretrain again into a new --out")
