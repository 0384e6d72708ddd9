"""Products over a mesh of devices: columns of features apart, or receivers, or both.

Propagation acts on each column of features alone, so tables split by columns (mesh axis
``features``) diffuse without communication, every device holding the whole graph. A graph that
fits no device is split by receivers (mesh axis ``rows``): each device holds the edges that end in
its rows and gathers the table, its own columns of it, once a layer.
"""

import dataclasses
import math
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jax.sharding import AxisType, Mesh, PartitionSpec
from jaxtyping import Array, Float

from jaxrec.base import InputError

AXES = ("batches", "rows", "features")


@partial(jax.tree_util.register_dataclass, data_fields=["local"], meta_fields=["mesh", "n_rows"])
@dataclasses.dataclass(frozen=True)
class Sharded:
    """A matrix on the devices of a mesh: split along ``rows``, whole along the other axes.

    Attributes:
      local: the layout of each share of rows, its arrays stacked over shares.
      n_rows: receivers, without what the last share is padded with.
    """

    local: Any
    mesh: Mesh
    n_rows: int

    @property
    def weight(self):
        """The matrix's values, share by share."""
        return self.local.weight

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product; ``x`` is best split by the mesh already, ``R`` and ``N`` even multiples."""
        shares, n_features = self.mesh.shape["rows"], self.mesh.shape["features"]
        n_columns, width = x.shape
        padding = (-n_columns % shares, -width % n_features)
        padded = jnp.pad(x, [(0, extra) for extra in padding])
        table = PartitionSpec("rows", "features")

        def product(local, part):
            whole = jax.lax.all_gather(part, "rows", tiled=True) if shares > 1 else part
            return jax.tree.map(lambda leaf: leaf[0], local).times(whole[:n_columns])

        over = jax.shard_map(
            product,
            mesh=self.mesh,
            in_specs=(PartitionSpec("rows"), table),
            out_specs=table,
            check_vma=False,  # Never differentiated: the backward pass is a product, too.
        )
        return over(self.local, padded)[: self.n_rows, :width]


def device_mesh(
    n_batches: int = 1, n_rows: int = 1, n_features: int = 1, devices: Sequence[Any] | None = None
) -> Mesh:
    """Devices in a mesh with the axes ``batches``, ``rows`` and ``features``.

    Batches of training split over the first, receivers over the second, columns over the third.

    Args:
      devices: as many as the product; by default the first of all.

    Raises:
      InputError: too few devices.
    """
    shape = (n_batches, n_rows, n_features)
    devices = jax.devices() if devices is None else devices
    n_devices = math.prod(shape)
    if min(shape) < 1:
        raise InputError(f"a mesh of {n_batches} x {n_rows} x {n_features}; give 1 or more of each")
    if n_devices > len(devices):
        raise InputError(
            f"a mesh of {n_batches} x {n_rows} x {n_features} needs {n_devices} devices and there "
            f"are {len(devices)} ({jax.default_backend()}); on CPU, "
            "XLA_FLAGS=--xla_force_host_platform_device_count=N makes N"
        )
    automatic = (AxisType.Auto,) * 3
    return jax.make_mesh(shape, AXES, devices=devices[:n_devices], axis_types=automatic)


def check_mesh(mesh: Mesh) -> None:
    """Refuses a mesh that graphs cannot be split over.

    Raises:
      InputError: an axis is missing, or shardings along it are not automatic.
    """
    if not set(AXES) <= set(mesh.axis_names):
        raise InputError(f"the mesh has axes {mesh.axis_names}; make it by ops.device_mesh")
    if any(kind != AxisType.Auto for kind in mesh.axis_types):
        raise InputError(
            f"the mesh has axes of types {mesh.axis_types}; make it by ops.device_mesh, "
            "or with axis_types=AxisType.Auto"
        )


def sharded(mesh: Mesh, build, matrix: scipy.sparse.csr_array) -> Sharded:
    """Lays out a matrix for the devices of ``mesh``, on the host; ``build`` lays out each share.

    Raises:
      InputError: shares of this layout differ in shape.
    """
    n_rows, n_shares = len(matrix.indptr) - 1, mesh.shape["rows"]
    each = -(-n_rows // n_shares)
    shares = [matrix[start * each : (start + 1) * each] for start in range(n_shares)]
    most = max(share.nnz for share in shares)
    laid = [build(_filled(share, each, most)) for share in shares]
    if len({str(jax.tree.map(np.shape, share)) for share in laid}) > 1:
        raise InputError(
            "shares of receivers in this formulation differ in shape; "
            "choose bcsr, bcoo, chunked or dense, or split features alone"
        )
    return Sharded(jax.tree.map(lambda *leaves: np.stack(leaves), *laid), mesh, n_rows)


def _filled(share: scipy.sparse.csr_array, n_rows: int, nnz: int) -> scipy.sparse.csr_array:
    """The share with empty rows and, at the end of the last row, zeros that are stored."""
    extra = nnz - share.nnz
    indptr = np.append(share.indptr, np.repeat(share.nnz, n_rows + 1 - len(share.indptr)))
    indptr[-1] = nnz
    n_columns = cast(tuple[int, int], share.shape)[1]
    last = np.full(extra, n_columns - 1, share.indices.dtype)  # Keeps the columns sorted.
    indices = np.append(share.indices, last)
    data = np.append(share.data, np.zeros(extra, share.data.dtype))
    return scipy.sparse.csr_array((data, indices, indptr), shape=(n_rows, n_columns))
