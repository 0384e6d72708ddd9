"""SimGCL: LightGCN with contrastive views that differ by noise in every layer.

Yu et al., Are Graph Augmentations Necessary? Simple Graph Contrastive Learning for Recommendation,
SIGIR 2022, https://arxiv.org/abs/2112.08679; the form is that of the authors' code, SELFRec.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Batch, Embeddings, InputError, Key, Model, Params, Term
from jaxrec.losses import first_of_each, info_nce
from jaxrec.models.mf import mf
from jaxrec.ops import Graph, diffuse, dot, positive_of


class Views(NamedTuple):
    """``Embeddings`` to score with, and the two views of every node that ``contrast`` compares."""

    query: Float[Array, "Q d"]
    item: Float[Array, "I d"]
    first: Embeddings
    second: Embeddings


def simgcl(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 3,
    eps: float = 0.1,
    init_scale: float = 0.1,
) -> Model:
    """Builds SimGCL; train it with ``contrast`` beside the ranking loss (SELFRec: weight 0.5).

    ``E_k = A E_{k-1} + eps sign(A E_{k-1}) u / |u|`` with ``u`` uniform on ``[0, 1]^d`` for every
    node, layer and view; the result is the mean over layers 1 to K, so layer 0 counts only by what
    its neighbors make of it. What is ranked, and all that is encoded without a key, has no noise;
    with a key the representations are ``Views``, each view an encoding with noise of its own.

    Graph: ``graph.bipartite`` of the training interactions, or its ``ops.prepare`` form.
    Cost: ``n_layers * n_edges * dim`` multiply-adds per encode, three times that with a key.

    Args:
      dim: width of the tables, and of what is scored.
      n_layers: propagation steps K, at least one; the result is the mean of what they give.
      eps: length of the noise that a view adds to a node's row in every layer; tables begin with
        rows of length ``init_scale * sqrt(dim)``.
      init_scale: standard deviation of the normal initial tables; the authors' code has Xavier.

    Raises:
      InputError: no layers, or ``eps`` negative.
    """
    check(n_layers, eps)
    scales = (0.0,) + (1 / n_layers,) * n_layers

    def encode(params: Params, graph: Graph, *, key: Key | None = None) -> Embeddings | Views:
        tables = params["user"], params["item"]
        clean = Embeddings(*diffuse(tables, graph, scales))
        if key is None:
            return clean
        views = [mean(noisy_layers(tables, graph, n_layers, eps, k)) for k in jax.random.split(key)]
        return Views(*clean, *views)

    return Model(mf(n_users, n_items, dim, init_scale).init, encode, dot)


def contrast(temperature: float = 0.2) -> Term:
    """The term that wants every node's two views closer than views of different nodes.

    InfoNCE by cosine over the distinct users of the batch, plus the same over its distinct
    positive items.

    Args:
      temperature: by which cosines are divided; lower dwells on the nearest of the others.

    Raises:
      InputError: ``temperature`` no number above 0, or representations that were encoded without a
        key.
    """
    if not 0 < temperature < math.inf:
        raise InputError(f"the temperature is {temperature}; give a number above 0")

    def term(params: Params, reps, batch: Batch) -> Float[Array, ""]:
        del params  # Views alone are compared.
        if not isinstance(reps, Views):
            raise InputError("contrast compares two views but there is one; encode with a key")
        positive, valid = positive_of(batch)
        loss = jnp.zeros(())
        for first, second, rows in zip(
            reps.first, reps.second, (batch.query, positive), strict=True
        ):
            once = valid & first_of_each(jnp.where(valid, rows, -1))  # Padding precedes nothing.
            loss += info_nce(first[rows], second[rows], once, temperature)
        return loss

    return term


def noisy_layers(
    tables: tuple[Float[Array, "U d"], Float[Array, "I d"]],
    graph: Graph,
    n_layers: int,
    eps: float,
    key: Key,
) -> list[Embeddings]:
    """Layers 1 to K of users and items, each a propagation of the last and noise."""
    layers = []
    for key_layer in jax.random.split(key, n_layers):
        tables = diffuse(tables, graph, (0.0, 1.0))
        key_user, key_item = jax.random.split(key_layer)
        tables = (
            tables[0] + noise(key_user, tables[0], eps),
            tables[1] + noise(key_item, tables[1], eps),
        )
        layers.append(Embeddings(*tables))
    return layers


def noise(key: Key, table: Float[Array, "N d"], eps: float) -> Float[Array, "N d"]:
    """Uniform noise of length ``eps`` in the orthant of every row; entries that are 0 get none."""
    uniform = jax.random.uniform(key, table.shape)
    length = jnp.linalg.norm(uniform, axis=1, keepdims=True)
    return eps * jnp.sign(table) * uniform / length


def mean(layers: list[Embeddings]) -> Embeddings:
    """The mean over layers."""
    return jax.tree.map(lambda *tables: sum(tables[1:], tables[0]) / len(tables), *layers)


def check(n_layers: int, eps: float) -> None:
    """Refuses no layers, and noise that is negative or no number.

    Raises:
      InputError: names the value.
    """
    if n_layers < 1:
        raise InputError(f"n_layers is {n_layers}; give 1 or more, for layer 0 does not count")
    if not 0 <= eps < math.inf:
        raise InputError(f"eps is {eps}; give 0 (no noise) or more")
