"""Rows mapped in blocks, of sizes that are known and of sizes that are not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from jaxrec.ops import blocks, map_blocks

TABLE = jnp.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize("held", [1, 7, 100])
def test_blocks_of_any_size_give_the_same(held, monkeypatch):
    monkeypatch.setattr(blocks, "HELD", held)
    found = map_blocks(lambda row: TABLE @ row, TABLE[:, :3], each=3)
    np.testing.assert_allclose(found, TABLE @ TABLE.T)


def test_a_program_is_stored_with_its_sizes_left_open():
    pytest.importorskip("flatbuffers")
    score = lambda rows, items: map_blocks(lambda row: items @ row, rows, each=items.shape[0])
    b, c = export.symbolic_shape("b, c")
    shapes = (jax.ShapeDtypeStruct((n, 3), jnp.float32) for n in (b, c))
    program = export.export(jax.jit(score))(*shapes)
    np.testing.assert_allclose(program.call(TABLE[:2], TABLE), TABLE[:2] @ TABLE.T)
