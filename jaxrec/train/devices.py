"""Training on a mesh of devices: where tables, batches and all else lie.

The tables of users and of items ``[N, d]``, and their moments in the optimizer, are split over the
mesh axes ``rows`` and ``features``, batches over ``batches``; all else, weights of layers among it,
is whole on every device. A step is the same
function as on one device: XLA divides the work by what is said here, and draws the same numbers.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxrec.base import Batch, InputError
from jaxrec.train.numbers import is_key
from jaxrec.train.step import Step, TrainState

TABLE, WHOLE = PartitionSpec("rows", "features"), PartitionSpec()
TABLES = ("user", "item")
"""Names under which parameters hold tables."""


def on_mesh(step: Step, mesh: Mesh) -> Step:
    """The same step with its state on ``mesh`` (``ops.device_mesh``) and its batches split.

    ``update`` must be jitted; it returns the state where it found it, so that it can be donated.

    Raises:
      InputError: tables or batches that do not divide, when they are seen first.
    """

    def update(state: TrainState, graph: Any, batch: Batch):
        state, metrics = step.update(state, graph, _split(batch, mesh))
        spec = _specs(state)
        pin = lambda path, leaf: _pinned(leaf, mesh, spec(path, leaf))
        return jax.tree_util.tree_map_with_path(pin, state), metrics

    return Step(lambda params, key: place(step.init(params, key), mesh), update)


def place(tree: Any, mesh: Mesh) -> Any:
    """The same arrays on the devices of ``mesh``, whichever process holds each.

    Tables (``TABLES``) get rows of zeros until they divide by the devices. No edge ends there and
    nothing draws them, so they stay zero and change no number, unless an optimizer takes means
    over rows, as Adafactor does.

    Raises:
      InputError: a table is not a multiple of ``features`` wide.
    """
    spec = _specs(tree)
    put = lambda path, leaf: _placed(leaf, spec(path, leaf), mesh)
    return jax.tree_util.tree_map_with_path(put, tree)


def gather(tree: Any, like: Any) -> Any:
    """Arrays of a mesh as NumPy arrays of the shapes of ``like``: without the rows of ``place``.

    Random keys stay JAX's, on this process's first device. Every process of a run must call it.
    """
    return jax.tree.map(_gathered, tree, like)


def padded_rows(n_rows: int, mesh: Mesh | None) -> int:
    """Rows that a table of ``n_rows`` has on the mesh; its graph needs as many nodes."""
    return n_rows if mesh is None else n_rows + -n_rows % mesh.shape["rows"]


def _specs(tree: Any) -> Callable[[Any, Any], PartitionSpec]:
    """How a leaf of the tree is split: a table, and what an optimizer keeps a number a row."""
    name = lambda path: getattr(path[-1], "key", None) if path else None
    tables = {
        (name(path), leaf.shape[0])
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]
        if name(path) in TABLES and np.ndim(leaf) == 2
    }

    def spec(path, leaf) -> PartitionSpec:
        rows = np.shape(leaf)[:1]
        split = np.ndim(leaf) in (1, 2) and (name(path), *rows) in tables
        return PartitionSpec(*TABLE[: np.ndim(leaf)]) if split else WHOLE

    return spec


def _pinned(leaf, mesh: Mesh, spec: PartitionSpec):
    return jax.lax.with_sharding_constraint(leaf, NamedSharding(mesh, spec))


def _split(batch: Batch, mesh: Mesh) -> Batch:
    size, shares = batch.label.shape[0], mesh.shape["batches"]
    if size % shares:
        raise InputError(
            f"a batch of {size} does not divide by {shares}, the mesh's axis batches; "
            f"give a multiple of {shares}"
        )
    split = lambda leaf: _pinned(leaf, mesh, PartitionSpec("batches"))
    query, label, mask = jax.tree.map(split, (batch.query, batch.label, batch.mask))
    each = lambda leaf: leaf if leaf.ndim == 1 else split(leaf)  # [C] is shared by queries.
    log_q = None if batch.log_q is None else each(batch.log_q)
    return Batch(query, each(batch.item), label, mask, log_q)


def _placed(leaf, spec: PartitionSpec, mesh: Mesh):
    if is_key(leaf):
        data = _placed(jax.random.key_data(leaf).reshape(-1), WHOLE, mesh)
        impl = jax.random.key_impl(leaf)
        return jax.random.wrap_key_data(data.reshape(*leaf.shape, -1), impl=impl)
    leaf = np.asarray(leaf)
    if spec == TABLE and leaf.shape[1] % mesh.shape["features"]:
        raise InputError(
            f"a table of width {leaf.shape[1]} does not divide by {mesh.shape['features']}, "
            f"the mesh's axis features; give a multiple of {mesh.shape['features']}"
        )
    if spec != WHOLE:
        n_more = padded_rows(len(leaf), mesh) - len(leaf)
        leaf = np.pad(leaf, [(0, n_more)] + [(0, 0)] * (leaf.ndim - 1))
    sharding = NamedSharding(mesh, spec)
    return jax.make_array_from_callback(leaf.shape, sharding, lambda index: leaf[index])


def _gathered(leaf, like):
    if is_key(leaf):
        data = jax.device_put(np.asarray(jax.random.key_data(leaf)))  # Of one device again.
        return jax.random.wrap_key_data(data, impl=jax.random.key_impl(leaf))
    if not (leaf.is_fully_addressable or leaf.is_fully_replicated):
        leaf = multihost_utils.process_allgather(leaf, tiled=True)
    return np.asarray(leaf)[tuple(slice(size) for size in like.shape)]
