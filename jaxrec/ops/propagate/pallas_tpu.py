"""The TPU's side of ``pallas``: a TPU gathers by scalars only, so rows are copied one by one.

A program is ``CHUNK`` edges, whose senders and weights stand in scalar memory. Rows of the table
are copied from main to fast memory ``AHEAD`` steps before they are added. Programs run one after
another, so a sum may begin in one and end in the next. Lowered for v5e and emulated in tests;
never compiled for or timed on a TPU, where XLA's own gathers may be as fast.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu as pltpu

CHUNK = 1024  # Edges a program; a power of two.
AHEAD = 8  # Steps, each of an edge a lane: 64 rows are on their way at once.


def sums_on_tpu(x, start, senders, weight, *, dtype, lanes, interpret=False):
    """Sums over pieces ``[P, d]``: a program for every ``CHUNK`` edges, one after another.

    Rows are widened to float32 and whole lanes of 128 columns; others cannot be copied alone.
    """
    n_blocks, n_steps, n_columns = start.shape[0] - 1, CHUNK // lanes, x.shape[1]
    width, n_ahead = pl.cdiv(n_columns, 128) * 128, AHEAD * lanes
    blocks = jnp.arange(n_blocks, dtype=jnp.int32)
    owner = jnp.repeat(blocks, jnp.diff(start), total_repeat_length=senders.shape[0] // lanes)

    def body(x, owner, senders, weight, out, ahead, total, current, arrived, stored):
        chunk = pl.program_id(0)

        def for_steps(count, act):
            jax.lax.fori_loop(jnp.int32(0), jnp.int32(count), lambda step, _: act(step), None)

        def each(step, act):
            for lane in range(lanes):
                edge = step * lanes + lane
                sender, slot = senders[0, edge], edge % n_ahead
                copy = pltpu.make_async_copy(x.at[sender], ahead.at[slot], arrived.at[slot])
                pl.when(sender >= 0)(partial(act, copy, edge, slot))

        def fetch(step):
            each(step, lambda copy, edge, slot: copy.start())

        def add(copy, edge, slot):
            copy.wait()
            total[edge % lanes] += weight[0, edge] * ahead[slot]

        def begin(block):
            total[...] = jnp.zeros_like(total)
            current[0] = block

        def store():
            copy = pltpu.make_async_copy(total, out.at[current[0]], stored)
            copy.start()
            copy.wait()

        def turn(step):
            @pl.when(owner[0, step] != current[0])
            def _():
                store()
                begin(owner[0, step])

            each(step, add)
            pl.when(step + AHEAD < n_steps)(lambda: fetch(step + AHEAD))

        pl.when(chunk == 0)(lambda: begin(jnp.int32(0)))
        for_steps(AHEAD, fetch)
        for_steps(n_steps, turn)
        pl.when(chunk == pl.num_programs(0) - 1)(store)

    def scalars(size):
        return pl.BlockSpec((None, 1, size), lambda i: (i, 0, 0), memory_space=pltpu.SMEM)

    whole = pl.BlockSpec(memory_space=pl.ANY)
    table = jnp.pad(x.astype(jnp.float32), ((0, 0), (0, width - n_columns)))[:, None, :]
    n_chunks = senders.shape[0] // CHUNK
    sums = pl.pallas_call(
        body,
        jax.ShapeDtypeStruct((n_blocks, lanes, 1, width), jnp.float32),
        grid=(n_chunks,),
        in_specs=[whole, scalars(n_steps), scalars(CHUNK), scalars(CHUNK)],
        out_specs=whole,
        scratch_shapes=[
            pltpu.VMEM((n_ahead, 1, width), jnp.float32),
            pltpu.VMEM((lanes, 1, width), jnp.float32),
            pltpu.SMEM((1,), jnp.int32),
            pltpu.SemaphoreType.DMA((n_ahead,)),
            pltpu.SemaphoreType.DMA,
        ],
        interpret=interpret,
        name="propagate",
    )(
        table,
        owner.reshape(n_chunks, 1, n_steps),
        senders.reshape(n_chunks, 1, CHUNK),
        weight.astype(jnp.float32).reshape(n_chunks, 1, CHUNK),
    )
    return sums.reshape(n_blocks * lanes, width)[:, :n_columns].astype(dtype)
