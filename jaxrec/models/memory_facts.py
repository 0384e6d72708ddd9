"""What each fact of each earlier item adds to a score of ``kg_sequential``."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.graph import SessionQuery
from jaxrec.models.kg_sequential import attended, gated_write, reader
from jaxrec.models.srgnn import SessionReps
from jaxrec.ops import latest


def memory_facts(
    reps: SessionReps, session: SessionQuery, item: int, options: Any
) -> Float[Array, "L A"]:
    """Summands of the score of ``item`` in one session, by position and attribute.

    The score is linear in the memory, and the memory in what was written, each weighed by its gate
    and by what later gates have left. Their sum is what the memory adds to the score; the other
    part is the network's.

    Args:
      session: of L columns, ``[1, L]``.
      options: those of ``kg_sequential`` by name.
    """
    params, dim = reps.weights, reps.item.shape[1]
    if options.reads == "graph":
        return jnp.zeros((session.item.shape[1], len(params["facts"]["attribute"])))
    recent = session if options.memory == "session" else latest(session, options.n_recent)
    hidden = reader(params, recent, options.n_layers, options.reads)

    def one(memory, position):
        item, real = position
        gate, new = gated_write(params, memory, item, real, options.write)
        return (1 - gate) * memory + gate * new, (gate[0, :, 0], new[0])

    start = jnp.zeros((1, *params["facts"]["attribute"].shape))
    _, (gate, new) = jax.lax.scan(one, start, (session.item.T, session.mask.T))
    left = jnp.cumprod((1 - gate)[::-1], axis=0)[::-1]  # After this position's write and later.
    kept = gate * jnp.concatenate([left[1:], jnp.ones((1, gate.shape[1]))])
    worth = new @ params["user"][dim:] @ reps.item[item]
    return attended(params, hidden, options.sharpness) * kept * worth
