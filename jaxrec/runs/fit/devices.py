"""The devices of a run: what ``--devices`` asks for, and the way there and back."""

from collections.abc import Callable
from typing import Any

import jax
from jax.sharding import Mesh

from jaxrec.base import InputError, Model, Params
from jaxrec.ops import device_mesh
from jaxrec.runs.options import TrainOptions
from jaxrec.train import Progress, gather, place

BY_ROWS = ("auto", "chunked", "bcoo", "bcsr", "dense")
"""Formulations whose shares of receivers have equal shapes, whatever the degrees."""


def build_mesh(options: TrainOptions) -> Mesh | None:
    """The mesh that ``--devices`` names; None for one device.

    Raises:
      InputError: too few devices, devices left over, or sizes that do not divide.
    """
    n_batches, n_rows, n_features = _shape(options)
    n_devices, n_processes = n_batches * n_rows * n_features, jax.process_count()
    if n_processes > 1 and n_devices != jax.device_count():
        raise InputError(
            f"--devices takes {n_devices} of the {jax.device_count()} devices of {n_processes} "
            "processes; give numbers whose product is all of them"
        )
    if n_devices > jax.device_count():
        raise InputError(
            f"--devices takes {n_devices} devices and there are {jax.device_count()} "
            f"({jax.default_backend()}); give --devices 1, start with jaxrec launch, or on CPU "
            f"make more by XLA_FLAGS=--xla_force_host_platform_device_count={n_devices}"
        )
    mesh = device_mesh(n_batches, n_rows, n_features) if n_devices > 1 else None
    for flag, count, name in (("dim", n_features, "columns"), ("batch_size", n_batches, "batches")):
        if getattr(options, flag, count) % count:
            raise InputError(
                f"--{flag.replace('_', '-')} is {getattr(options, flag)}, which does not divide by "
                f"the {count} devices for {name}; give a multiple of {count}, or other --devices"
            )
    return mesh


def _shape(options: TrainOptions) -> tuple[int, int, int]:
    match options.devices:
        case (n_features,) if n_features > 0:
            return 1, 1, n_features
        case (n_batches, n_rows, n_features) if min(n_batches, n_rows, n_features) > 0:
            return n_batches, n_rows, n_features
    raise InputError(
        f"--devices is {' '.join(map(str, options.devices)) or 'empty'}; give one number, the "
        "devices that share the columns, or three: for batches, rows and columns"
    )


def check_formulation(options: Any, mesh: Mesh | None) -> None:
    """Refuses a formulation whose receivers cannot be split as the mesh asks.

    Raises:
      InputError: names those that can.
    """
    n_rows = 1 if mesh is None else mesh.shape["rows"]
    if n_rows > 1 and options.propagation not in BY_ROWS:
        raise InputError(
            f"--propagation {options.propagation} cannot be split by rows over {n_rows} devices; "
            f"choose one of {', '.join(BY_ROWS)}, or --devices N"
        )


def to_devices(tree: Any, mesh: Mesh | None) -> Any:
    """Arrays on the mesh, or on the default device."""
    return jax.device_put(tree) if mesh is None else place(tree, mesh)


def spread(progress: Progress, mesh: Mesh | None) -> Progress:
    """Progress on the mesh."""
    if mesh is None:
        return progress
    state, best = place((progress.state, progress.best_params), mesh)
    return progress._replace(state=state, best_params=best)


def whole(progress: Progress, like: Progress, mesh: Mesh | None) -> Progress:
    """Progress as on one device, in the shapes of ``like``: what checkpoints hold."""
    if mesh is None:
        return progress
    here, shapes = (progress.state, progress.best_params), (like.state, like.best_params)
    state, best = gather(here, shapes)
    return progress._replace(state=state, best_params=best)


def encoder(
    model: Model, graph: Any, mesh: Mesh | None, n_users: int, n_items: int
) -> Callable[[Params], Any]:
    """``params -> reps`` to score with: on one device, without the rows that fill a mesh.

    Every process must call it, though each gets its own copy.
    """
    encode = jax.jit(model.encode)
    if mesh is None:
        return lambda params: encode(params, graph)

    def gathered(params: Params) -> Any:
        reps = encode(params, graph)
        cut = lambda leaf, n_rows: jax.ShapeDtypeStruct((n_rows, *leaf.shape[1:]), leaf.dtype)
        like = reps._replace(query=cut(reps.query, n_users), item=cut(reps.item, n_items))
        return jax.device_put(gather(reps, like))

    return gathered
