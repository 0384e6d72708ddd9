"""KGCN: items seen through a user's eyes, by the relations that matter to them.

Wang et al., Knowledge Graph Convolutional Networks for Recommender Systems, WWW 2019,
https://arxiv.org/abs/1904.12575
"""

from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import Paths, padded
from jaxrec.models.knowledge import Knowledge
from jaxrec.ops import map_blocks, receptive_field, relation_attention
from jaxrec.ops.receptive import weights

Aggregator = Literal["gcn", "concat", "neighbor"]
Reduce = Literal["sum", "mean"]
Relations = Literal["user", "equal"]
COMBINED = {
    "gcn": lambda x, near: x + near,
    "concat": lambda x, near: jnp.concatenate([x, near], axis=-1),
    "neighbor": lambda x, near: near,
}


class KgcnReps(NamedTuple):
    """What scoring reads: items have no vector of their own until a user looks at them.

    Attributes:
      item: the vector of each item's entity, before anyone looks.
    """

    user: Float[Array, "U d"]
    item: Float[Array, "I d"]
    entity: Float[Array, "E d"]
    relation: Float[Array, "R d"]
    layers: tuple[Params, ...]
    graph: Knowledge


def relation_scores(reps: KgcnReps, user: Float[Array, "d"]) -> Float[Array, "R"]:
    """How much each relation matters to a user, ``<u, r> / dim``."""
    return (reps.relation @ user) / len(user)


def kgcn(
    graph: Knowledge,
    n_users: int,
    n_items: int,
    dim: int = 16,
    n_layers: int = 1,
    aggregator: Aggregator = "gcn",
    reduce: Reduce = "sum",
    relations: Relations = "user",
) -> Model:
    """Builds KGCN: ``h' = act(agg(h, sum_k w_k h_k) W + b)``.

    The weight ``w_k`` of a neighbor is the softmax over the K neighbors of ``<u, r_k> / dim``, so
    that each user weighs relations their own way; ``act`` is ReLU, tanh in the last layer; the
    score ``<u, h_item>``. The division by ``dim`` is the reference code's.

    Graph: ``Knowledge``; only its sizes are read here. Cost per scored pair ``K^n_layers dim``;
    where all items are ranked, ``n_entities (K dim + dim^2)`` a hidden layer and user.

    Args:
      dim: width of the tables and of every layer.
      n_layers: facts between an item and the farthest entity it is seen by.
      aggregator: what a layer makes of an entity and its neighbors: their sum (gcn), one beside
        the other (concat), or the neighbors alone (neighbor).
      reduce: sum of the weighted neighbors; mean divides that by their number, as the reference
        code does.
      relations: weighed by each user, or all equal: a graph convolution that knows no user.

    Raises:
      InputError: fewer than one layer, or a graph of other items.
    """
    if n_layers < 1:
        raise InputError(f"n_layers is {n_layers}; give 1 or more")
    if graph.entity.shape[0] != n_items:
        raise InputError(
            f"the graph has {graph.entity.shape[0]} items but n_items={n_items}; give equal numbers"
        )
    xavier, n_entities = jax.nn.initializers.glorot_uniform(), graph.related.entity.shape[0]
    tables = {"user": n_users, "entity": n_entities, "relation": int(graph.n_relations)}

    def init(key: Key) -> Params:
        *keys, key_layers = jax.random.split(key, 1 + len(tables))
        drawn = zip(tables.items(), keys, strict=True)
        params: Params = {name: xavier(k, (n_rows, dim)) for (name, n_rows), k in drawn}
        shape = ((1 + (aggregator == "concat")) * dim, dim)
        for n, k in enumerate(jax.random.split(key_layers, n_layers)):
            params[f"layer_{n}"] = {"kernel": xavier(k, shape), "bias": jnp.zeros(dim)}
        return params

    def encode(params: Params, graph: Knowledge, *, key: Key | None = None) -> KgcnReps:
        del key  # Neighbors were drawn before.
        layers = tuple(params[f"layer_{n}"] for n in range(n_layers))
        entity, relation = params["entity"], params["relation"] * (relations == "user")
        return KgcnReps(params["user"], entity[graph.entity], entity, relation, layers, graph)

    def layer(weight: Params, last: bool, x, near):
        out = COMBINED[aggregator](x, near) @ weight["kernel"]
        out += jnp.broadcast_to(weight["bias"], out.shape)
        return jnp.tanh(out) if last else jax.nn.relu(out)

    def below(weight, x):
        return jnp.einsum("...k,...kd->...d", weight, x)

    def listed(
        reps: KgcnReps, user: Float[Array, "d"], items: Int[Array, "C"]
    ) -> Float[Array, "C"]:
        seen = receptive_field(reps.graph.related, jnp.asarray(reps.graph.entity)[items], n_layers)
        weight = relation_attention(relation_scores(reps, user), seen, reduce == "mean")
        x = [reps.entity[entity] for entity in seen.entity]
        for n, parameters in enumerate(reps.layers):
            act = partial(layer, parameters, n == n_layers - 1)
            x = [act(x[k], below(weight[k], x[k + 1])) for k in range(n_layers - n)]
        return x[0] @ user

    def ranked(
        reps: KgcnReps, user: Float[Array, "d"], items: Int[Array, "C"]
    ) -> Float[Array, "C"]:
        """The same, every entity once instead of wherever it stands in a tree."""
        related, x = jax.tree.map(jnp.asarray, reps.graph.related), reps.entity
        score = relation_scores(reps, user)

        def near(rows):
            weight = weights(score[related.relation[rows]], related.mask[rows], reduce == "mean")
            return below(weight, x[related.entity[rows]])

        for parameters in reps.layers[:-1]:
            x = layer(parameters, False, x, near(slice(None)))
        rows = jnp.asarray(reps.graph.entity)[items]
        return layer(reps.layers[-1], True, x[rows], near(rows)) @ user

    def score(reps: KgcnReps, queries: Int[Array, "B"], items: Int[Array, "..."]):
        users = reps.user[queries]
        if items.ndim == 2:
            return jax.vmap(partial(listed, reps))(users, items)
        width = reps.graph.related.mask.shape[1]
        held = items.shape[0] * (width + dim)  # The neighbors of a table are those of all users.
        if n_layers > 1:
            held = n_entities * (width * dim + width + dim)
        # Computed again for the gradient: it would hold every user's weights at once.
        one = jax.checkpoint(lambda user: ranked(reps, user, items))
        return map_blocks(one, users, held)

    return Model(init, encode, score)


def kgcn_paths(reps: KgcnReps, user: int, item: int) -> Paths:
    """Paths from an item to all that the user sees it by, with the product of their weights.

    Facts are walked from either end, ``forward`` from the head. Those below one entity weigh 1
    together.
    """
    n_levels = len(reps.layers)
    seen = receptive_field(reps.graph.related, jnp.asarray(reps.graph.entity)[item], n_levels)
    heads = np.asarray(reps.graph.related.forward)
    weight = relation_attention(relation_scores(reps, reps.user[user]), seen)
    total, real = np.ones(()), np.ones((), bool)
    parts = []
    for level in range(n_levels):
        total = total[..., None] * np.asarray(weight[level])
        real = real[..., None] & np.asarray(seen.mask[level])
        spread = lambda rows, real=real: np.broadcast_to(
            np.expand_dims(rows, tuple(range(rows.ndim, real.ndim))), real.shape
        )[real]
        entity = [spread(np.asarray(rows)) for rows in seen.entity[: level + 2]]
        relation = [spread(np.asarray(rows)) for rows in seen.relation[: level + 1]]
        forward = [spread(heads[np.asarray(rows)]) for rows in seen.entity[: level + 1]]
        columns = (np.stack(rows, 1) for rows in (entity, relation, forward))
        parts.append(Paths(total[real], *columns))
    return padded(parts)
