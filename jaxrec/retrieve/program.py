"""A model as programs that run without its code: StableHLO in the envelope of ``jax.export``.

=======================  =====================================================================
encode.stablehlo         ``(params and graph) -> reps``, both as their arrays in order
score.stablehlo          ``(reps, queries [b], items [c]) -> [b, c]``, any c, and any b unless the
                         manifest names a number: then repeat queries to so many
score_listed.stablehlo   ``(reps, queries [b], items [b, c]) -> [b, c]``
encode.npz               arrays of params and graph
reps.npz                 arrays of reps, so that scoring need not encode
manifest.json            platforms, and the name, type and shape of every argument
=======================  =====================================================================

JAX and NumPy run them (jax.export reads its files with the package flatbuffers)::

    program = jax.export.deserialize(bytearray(Path("score.stablehlo").read_bytes()))
    [scores] = program.call(*np.load("reps.npz").values(), users, items)

Arguments are rows as arrays of int32, such as ``users.csv`` and ``items.csv`` of ``jaxrec export``
number ids; XLA takes the nearest row for one that is not there. What users have already is not in
the programs: leave it out of what they return.
"""

import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from jaxrec import __version__
from jaxrec.base import InputError, Model, Params
from jaxrec.data import fill_atomically

PLATFORMS = ("cpu", "cuda", "tpu")
QUERIES = 256
"""Queries in a call of a model whose program depends on how many there are."""


def write_programs(
    model: Model,
    params: Params,
    graph: Any,
    folder: Path,
    about: dict[str, Any],
    also: Mapping[str, Callable[[Path], object]] = {},
) -> dict[str, Any]:
    """Writes ``encode`` and ``score`` with their arrays; returns what manifest.json says.

    A program is made for those platforms that it lowers for: JAX does not store calls of a
    platform's own whose stability it does not promise, as the product of compressed rows on CPU.

    Args:
      folder: a new or empty one; it appears whole or not at all.
      about: what else the manifest shall say.
      also: other files of the folder, by name, and what writes each.

    Raises:
      InputError: what ``check_folder`` refuses, or a program that lowers for no platform.
    """
    check_folder(folder)
    params, graph = jax.device_put((params, graph))
    reps = jax.jit(model.encode)(params, graph)
    inputs, scored = _named(params=params, graph=graph), _named(reps=reps)
    b, c = export.symbolic_shape("b, c")
    rows = lambda *shape: jax.ShapeDtypeStruct(shape, jnp.int32)
    try:
        jax.eval_shape(model.score, reps, rows(b), rows(c))
    except Exception:  # The class moves between versions of JAX; what else fails, fails again.
        b = QUERIES
    programs = {
        "encode": _lowered(model.encode, (params, graph)),
        "score": _lowered(model.score, (reps, rows(b), rows(c))),
        "score_listed": _lowered(model.score, (reps, rows(b), rows(b, c))),
    }
    manifest = {
        "jaxrec": __version__,
        "jax": jax.__version__,
        **about,
        "queries": str(b),
        "platforms": {name: list(program.platforms) for name, program in programs.items()},
        "encode": {name: [str(x.dtype), list(x.shape)] for name, x in inputs.items()},
        "reps": {name: [str(x.dtype), list(x.shape)] for name, x in scored.items()},
    }

    def fill(beside: Path) -> None:
        for name, program in programs.items():
            (beside / f"{name}.stablehlo").write_bytes(program.serialize())
        store: Any = np.savez  # Its stubs take any name for an option.
        store(beside / "encode.npz", **inputs)
        store(beside / "reps.npz", **scored)
        for name, write_to in also.items():
            write_to(beside / name)
        (beside / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")

    fill_atomically(folder, fill)
    return manifest


def check_folder(folder: Path) -> None:
    """Refuses where programs cannot be written.

    Raises:
      InputError: the folder holds something, or there is no package flatbuffers.
    """
    if find_spec("flatbuffers") is None:
        raise InputError("jax.export writes with flatbuffers: pip install 'jaxrec[export]'")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder; choose another")


def _lowered(function: Callable[..., Any], arguments: tuple) -> export.Exported:
    """The program of arrays alone, for as many platforms as it lowers for."""
    leaves, tree = jax.tree.flatten(arguments)
    flat = jax.jit(lambda *leaves: jax.tree.leaves(function(*tree.unflatten(leaves))))
    shapes = [jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in leaves]
    kept, why = [], ""
    for platform in PLATFORMS:
        try:
            export.export(flat, platforms=[platform])(*shapes)
            kept.append(platform)
        except (ValueError, NotImplementedError) as error:
            why = f"{platform}: {str(error).splitlines()[0][:200]}"
    if not kept:
        raise InputError(f"this model's program cannot be stored ({why}); export an index instead")
    return export.export(flat, platforms=kept)(*shapes)


def _named(**trees: Any) -> dict[str, np.ndarray]:
    """Every array by its path, in the order of ``jax.tree.leaves``."""
    leaves = jax.tree_util.tree_leaves_with_path(tuple(trees.values()))
    names = list(trees)
    return {
        f"{names[path[0].idx]}{jax.tree_util.keystr(path[1:])}": np.asarray(leaf)
        for path, leaf in leaves
    }
