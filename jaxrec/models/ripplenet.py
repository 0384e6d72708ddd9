"""RippleNet: a user as what an item finds in the facts around the user's own items.

Wang et al., RippleNet: Propagating User Preferences on the Knowledge Graph for Recommender
Systems, CIKM 2018, https://arxiv.org/abs/1803.03467
"""

from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import Batch, InputError, Key, Model, Params
from jaxrec.data import Triples
from jaxrec.graph import Csr, Ripples, ripples
from jaxrec.ops import map_blocks, masked_softmax

Update = Literal["replace", "plus", "replace_transform", "plus_transform"]
Final = Literal["updated", "first"]


class Memory(NamedTuple):
    """What the model reads; ``memory`` makes it.

    Attributes:
      entity: that of every item.
    """

    ripples: Ripples
    entity: Int[Array, "I"] | Int[np.ndarray, "I"]
    n_entities: Int[Array, ""] | np.int32
    n_relations: Int[Array, ""] | np.int32


def memory(
    triples: Triples,
    likes: Csr,
    entity: Int[np.ndarray, "I"],
    n_hops: int = 2,
    n_memories: int = 32,
    pad: bool = False,
    seed: int = 0,
) -> Memory:
    """Ripple sets of these likes, drawn once, with what the model reads beside (``graph.ripples``).

    Raises:
      InputError: an entity that is not there, or fewer than one hop or memory.
    """
    sets = ripples(triples, likes, entity, n_hops, n_memories, pad, seed)
    return Memory(sets, entity, np.int32(triples.n_entities), np.int32(triples.n_relations))


class Recalled(NamedTuple):
    """What scoring reads.

    Attributes:
      item: the vector of each item's entity.
      key, value: ``R h`` and ``t`` of every fact of the table.
      fact, mask: the facts of every user and hop.
      keep: how much of an item stays in its update, 1 or 0.
      transform: matrix of the update; the identity where there is none.
    """

    item: Float[Array, "I d"]
    key: Float[Array, "F d"]
    value: Float[Array, "F d"]
    fact: Int[Array, "U H M"]
    mask: Bool[Array, "U H M"]
    keep: Float[Array, ""]
    transform: Float[Array, "d d"]
    ripples: Ripples


def ripplenet(
    graph: Memory,
    n_users: int,
    n_items: int,
    dim: int = 16,
    update: Update = "plus_transform",
    final: Final = "updated",
) -> Model:
    """Builds RippleNet; train it with ``known_facts`` and ``l2_memories`` beside its loss.

    An item that begins as ``v_0`` reads the M facts ``(h, r, t)`` of each hop k by ``p = softmax
    (v_{k-1}^T R_r h)``, which gives ``o_k = sum p t``; the user is ``sum_k o_k``, the score their
    product with the item. A user none of whose items is the head of a fact scores 0 with
    everything; the command line gives them popular items.

    Graph: ``Memory``; only its sizes are read here. Cost: every fact meets its relation's matrix
    once an encode, whoever remembers it: ``F dim^2`` for F distinct facts in the ripple sets, each
    matrix read once for ``graph.ripples.BLOCK`` of them; then ``H M dim`` a scored pair.

    Args:
      dim: width of the table of entities and of the matrices of relations.
      update: what an item is to the next hop: ``o_k`` (replace), ``v + o_k`` (plus), or one of
        these through a matrix (transform). The paper's equations replace; plus_transform is the
        reference code's.
      final: the item that scores: updated after the last hop, as in the reference code, or the
        first, as in the paper.

    Raises:
      InputError: a graph of other items.
    """
    if graph.entity.shape[0] != n_items:
        raise InputError(
            f"the graph has {graph.entity.shape[0]} items but n_items={n_items}; give equal numbers"
        )
    xavier = jax.nn.initializers.glorot_uniform()
    matrices = jax.nn.initializers.glorot_uniform(batch_axis=0)
    n_entities, n_relations = int(graph.n_entities), int(graph.n_relations)
    del n_users  # Users are facts.

    def init(key: Key) -> Params:
        key_entity, key_relation, key_transform = jax.random.split(key, 3)
        params = {
            "entity": xavier(key_entity, (n_entities, dim)),
            "relation": matrices(key_relation, (n_relations, dim, dim)),
        }
        if update.endswith("transform"):
            params["transform"] = xavier(key_transform, (dim, dim))
        return params

    def encode(params: Params, graph: Memory, *, key: Key | None = None) -> Recalled:
        del key  # Ripple sets were drawn before.
        entity, ripples = params["entity"], graph.ripples
        matrix = params["relation"][ripples.relation]  # [G, d, d]
        keys = jnp.einsum("gde,gpe->gpd", matrix, entity[ripples.head])
        flat = keys.reshape(-1, dim), entity[ripples.tail].reshape(-1, dim)
        transform = params["transform"] if update.endswith("transform") else jnp.eye(dim)
        keep = jnp.float32(update.startswith("plus"))
        sets = jnp.asarray(ripples.fact), jnp.asarray(ripples.mask)
        return Recalled(entity[graph.entity], *flat, *sets, keep, transform, ripples)

    def of_user(reps: Recalled, query: Int[Array, ""], items: Int[Array, "C"]) -> Float[Array, "C"]:
        user, item, _ = recall(reps, query, items)
        return jnp.sum(user * (item if final == "updated" else reps.item[items]), axis=-1)

    def score(reps: Recalled, queries: Int[Array, "B"], items: Int[Array, "..."]):
        if items.ndim == 2:
            return jax.vmap(partial(of_user, reps))(queries, items)
        held = items.shape[0] * max(reps.fact.shape[2], dim)
        return map_blocks(lambda query: of_user(reps, query, items), queries, held)

    return Model(init, encode, score)


def recall(
    reps: Recalled, query: Int[Array, ""], items: Int[Array, "C"]
) -> tuple[Float[Array, "C d"], Float[Array, "C d"], list[Float[Array, "C M"]]]:
    """The user as each item finds them, the items updated, and the weights of facts by hop."""
    item = reps.item[items]
    user, weights = jnp.zeros_like(item), []
    for fact, mask in zip(reps.fact[query], reps.mask[query], strict=True):  # [M] a hop
        logit = item @ reps.key[fact].T  # [C, M]
        weights.append(masked_softmax(logit, jnp.broadcast_to(mask, logit.shape)))
        found = weights[-1] @ reps.value[fact]
        user, item = user + found, (reps.keep * item + found) @ reps.transform
    return user, item, weights


def known_facts(params: Params, reps: Recalled, batch: Batch) -> Float[Array, ""]:
    """The term that holds remembered facts true: minus the mean of ``sigmoid(h^T R t)`` a hop.

    The mean is over the batch's users and what they remember of the hop; hops are summed, as in the
    reference code. The paper's squared error of all facts and drawn wrong ones is not this.
    """
    matrix, ripples = params["relation"][reps.ripples.relation], reps.ripples
    tail = jnp.einsum("gde,gpe->gpd", matrix, params["entity"][ripples.tail])
    truth = jax.nn.sigmoid(jnp.sum(params["entity"][ripples.head] * tail, axis=-1)).reshape(-1)
    total, count = _remembered(truth, reps, batch)
    return -jnp.sum(total / jnp.maximum(count, 1))


def l2_memories(params: Params, reps: Recalled, batch: Batch) -> Float[Array, ""]:
    """Squared norms ``|h|^2 + |t|^2 + |R|^2`` of every remembered fact, summed over the batch.

    A sum and not a mean, as in the reference code: its weight goes with a batch size. There, as
    here, the matrix of the update is left out.
    """
    ripples = reps.ripples
    of_entity = jnp.sum(params["entity"] ** 2, axis=-1)
    of_relation = jnp.sum(params["relation"] ** 2, axis=(1, 2))[ripples.relation][:, None]
    squared = of_entity[ripples.head] + of_entity[ripples.tail]
    squared += jnp.broadcast_to(of_relation, squared.shape)
    return jnp.sum(_remembered(squared.reshape(-1), reps, batch)[0])


def _remembered(
    value: Float[Array, "F"], reps: Recalled, batch: Batch
) -> tuple[Float[Array, "H"], Int[Array, "H"]]:
    """Sum and number, a hop, of what the batch's users hold."""
    valid = jnp.any(batch.mask, axis=-1)[:, None, None] & reps.mask[batch.query]
    total = jnp.sum(value[reps.fact[batch.query]], axis=(0, 2), where=valid)
    return total, jnp.sum(valid, axis=(0, 2))
