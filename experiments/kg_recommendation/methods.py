"""Models with what they read and train on, by name."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from experiments.kg_recommendation.rows import Rows
from jaxrec.base import Model, Term
from jaxrec.graph import user_items
from jaxrec.models import kgcn, kgnn_ls, ripplenet, smoothness
from jaxrec.models.knowledge import surrounded, with_labels
from jaxrec.models.ripplenet import known_facts, l2_memories, memory
from jaxrec.train import l2_tables


class Method(NamedTuple):
    """What training needs beside rows; ``terms`` stand beside the cross-entropy of scores."""

    model: Model
    graph: Any
    terms: dict[str, tuple[float, Term]]


def convolution(
    rows: Rows,
    seed: int,
    width: int = 8,
    dim: int = 16,
    n_layers: int = 1,
    l2: float = 1e-4,
    **options: Any,
) -> Method:
    """KGCN, and a plain graph convolution with ``relations="equal"``."""
    around = surrounded(rows.triples, rows.entity, width, seed=seed)
    graph = jax.tree.map(jnp.asarray, around)
    model = kgcn(graph, rows.n_users, rows.n_items, dim, n_layers, **options)
    return Method(model, graph, {"l2": (l2, l2_tables)})


def smooth(
    rows: Rows,
    seed: int,
    width: int = 8,
    dim: int = 16,
    n_layers: int = 1,
    l2: float = 1e-4,
    weight: float = 0.1,
    form: Any = "paper",
    **options: Any,
) -> Method:
    """KGNN-LS; labels are those of the training rows."""
    sizes = rows.n_users, rows.n_items
    pairs = (rows.train.of(label, *sizes) for label in (1, 0))
    around = surrounded(rows.triples, rows.entity, width, seed=seed)
    graph = jax.tree.map(jnp.asarray, with_labels(around, *pairs))
    model = kgnn_ls(graph, *sizes, dim, n_layers, **options)
    terms = {"l2": (l2, l2_tables), "smooth": (weight, smoothness(form))}
    return Method(model, graph, terms)


def ripple(
    rows: Rows,
    seed: int,
    n_hops: int = 2,
    n_memories: int = 32,
    dim: int = 16,
    l2: float = 1e-7,
    kge: float = 0.01,
    **options: Any,
) -> Method:
    """RippleNet; what spreads are the positives of train."""
    likes = user_items(rows.train.of(1, rows.n_users, rows.n_items))
    held = memory(rows.triples, likes, rows.entity, n_hops, n_memories, seed=seed)
    graph = jax.tree.map(jnp.asarray, held)
    model = ripplenet(graph, rows.n_users, rows.n_items, dim, **options)
    return Method(model, graph, {"l2": (l2, l2_memories), "kge": (kge, known_facts)})


METHODS: dict[str, tuple[Callable[..., Method], dict[str, Any]]] = {
    "kgnn_ls": (smooth, {}),
    "kgnn_ls_faster": (smooth, {}),
    "kgnn_ls_deeper": (smooth, {"n_layers": 2}),
    "kgcn": (convolution, {}),
    "kgcn_deeper": (convolution, {"n_layers": 2}),
    "gcn": (convolution, {"relations": "equal"}),
    "kgnn_ls_reference": (smooth, {"reduce": "mean", "form": "reference"}),
    "kgcn_reference": (convolution, {"reduce": "mean"}),
    "ripplenet": (ripple, {}),
    "ripplenet_wider": (ripple, {}),
}
"""Builders, and what tells each method from the others of its builder."""
