"""What the models of the catalogue read, from training interactions.

The first line of a docstring is for readers; what its ``Args:`` say is an option's help.
"""

from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.base import InputError
from jaxrec.graph import (
    Rated,
    bipartite,
    item_transitions,
    neighbors,
    rated,
    recency_weights,
    user_items,
)
from jaxrec.models.bgcf import Graphs, graphs as sampled_graphs
from jaxrec.models.filter_r import filter_table
from jaxrec.models.graphsage import Name
from jaxrec.models.lightgcn_item import ItemGraph
from jaxrec.models.nia_gcn import Walks
from jaxrec.ops import History, edge_list
from jaxrec.registry.edge_weights import EdgeWeight, weights_of
from jaxrec.registry.source import Source
from jaxrec.tasks.rating import biases_of


def normalized(source: Source, r: float = 0.5, edge_weight: EdgeWeight = "one") -> Any:
    """The user-item graph.

    Args:
      r: exponent of the receiver's degree in the graph's weights; the sender has 1 - r. 0.5 is
        LightGCN's, 1 the mean over neighbors; larger recommends less popular items.
      edge_weight: weight of an interaction in the graph: one, or its rating, of which degrees are
        then sums.
    """
    graph = bipartite(source.train, r, weight=weights_of(source, edge_weight))
    return source.place(graph, n_users=source.train.n_users)


def symmetric(source: Source, edge_weight: EdgeWeight = "one") -> Any:
    """The same, symmetric.

    Args:
      edge_weight: weight of an interaction in the graph: one, or its rating, of which degrees are
        then sums.
    """
    return normalized(source, edge_weight=edge_weight)


def item_graph(
    source: Source,
    r: float = 0.5,
    recency: float | None = None,
    edge_weight: EdgeWeight = "one",
    item_graph: Literal["users", "sequence"] = "users",
) -> ItemGraph:
    """The same with the degrees that fold a new user in.

    Args:
      r: exponent of the receiver's degree in the graph's weights; the sender has 1 - r. 0.5 is
        LightGCN's, 1 the mean over neighbors; larger recommends less popular items.
      recency: in the sum that a user is, an item taken n items before their last counts
        1 / (1 + n / recency), by time or, without times, by place in the file; by default, and
        in training always, all count alike.
      edge_weight: weight of an interaction in the graph: one, or its rating, of which degrees are
        then sums.
      item_graph: what a layer walks over from item to item: the users that both have, or the order
        of users' histories, where an edge weighs how often two items followed each other.
    """
    train = source.train
    given = weights_of(source, edge_weight)
    degree = np.bincount(user_items(train).indices, minlength=train.n_items)
    if given is not None:
        degree = np.bincount(train.item, given, minlength=train.n_items)
    graph, sums = bipartite(train, r, weight=given), None
    if recency is not None:
        weight = np.array(graph.edges)
        weight[: len(weight) // 2] *= recency_weights(train, recency)  # Edges to users come first.
        sums = source.place(graph._replace(edges=weight), n_users=train.n_users)
    graph = source.place(graph, n_users=train.n_users)
    items = source.place(item_transitions(train, r)) if item_graph == "sequence" else None
    return ItemGraph(graph, jax.device_put(degree.astype(np.float32)), jnp.float32(r), sums, items)


def all_alike(graph: ItemGraph) -> ItemGraph:
    """The same graph where no item counts more for being recent."""
    return graph._replace(sums=None)


def walk(
    source: Source,
    r: float = 0.5,
    recency: float | None = None,
    n_neighbors: int = 1000,
) -> History:
    """The filter's largest entries, or the user-item graph, and who has what.

    Args:
      r: exponent of the degree of the item that is scored; items of a user's history have 1 - r.
        0.5 treats both alike; larger recommends less popular items, as in lightgcn.
      recency: an item that its user took n items before their last counts 1 / (1 + n / recency),
        by time or, without times, by place in the file, and of an item taken again the first time
        or, with --repeats keep, the last; by default all count alike, as those of a new user given
        by items always do.
      n_neighbors: items that an item of a history adds to, those that it adds most to; 0 adds to
        all, by propagation, which takes long on a large catalogue.
    """
    if n_neighbors < 0:
        raise InputError(f"n_neighbors is {n_neighbors}; give 1 or more, or 0 for all")
    weight = None if recency is None else jax.device_put(recency_weights(source.train, recency))
    likes = user_items(source.train)
    if n_neighbors == 0:
        return History(normalized(source, r), likes, weight)
    table = filter_table(likes, source.train.n_items, r, n_neighbors)
    return History(jax.device_put(table), likes, weight)


def low_pass(source: Source) -> History:
    """The symmetric user-item graph, and who has what."""
    return History(normalized(source), user_items(source.train))


def lists(source: Source) -> History:
    """Who has what."""
    return History(None, user_items(source.train))


def with_squares(source: Source, edge_weight: EdgeWeight = "one") -> Walks:
    """The user-item graph, and the same with its weights squared.

    Args:
      edge_weight: weight of an interaction in the graph: one, or its rating, of which degrees are
        then sums.
    """
    graph = bipartite(source.train, weight=weights_of(source, edge_weight))
    both = graph, graph._replace(edges=np.asarray(graph.edges) ** 2)
    return Walks(*(source.place(each, n_users=source.train.n_users) for each in both))


def with_loops(source: Source, self_weight: bool = False, edge_weight: EdgeWeight = "one") -> Any:
    """The user-item graph, every node its own neighbor; so it is bipartite no more.

    Args:
      self_weight: see the model's; it reads the mean over neighbors.
      edge_weight: weight of an interaction in the graph: one, or its rating, of which degrees are
        then sums.
    """
    if self_weight:
        return normalized(source, 1.0, edge_weight)
    given = weights_of(source, edge_weight)
    return source.place(bipartite(source.train, self_loops=True, weight=given))


def attended(source: Source) -> Any:
    """The same without weights."""
    return edge_list(bipartite(source.train, self_loops=True))


def aggregated(
    source: Source,
    aggregator: Name = "mean",
    width: int = 25,
    edge_weight: EdgeWeight = "one",
) -> Any:
    """What each aggregator of GraphSAGE reads.

    Args:
      aggregator: see the model's.
      width: neighbors that pool and lstm read of every node, drawn once; others read all.
      edge_weight: weight of an interaction in means: one, or its rating.
    """
    if edge_weight != "one" and aggregator in ("sum", "pool", "lstm"):
        raise InputError(
            f"--edge-weight {edge_weight} weighs means, and --aggregator {aggregator} takes none; "
            "choose mean, mean_with_self or gcn, or leave it out"
        )
    train = source.train
    if aggregator == "mean":
        return normalized(source, 1.0, edge_weight)
    if aggregator in ("gcn", "mean_with_self"):
        given = weights_of(source, edge_weight)
        return source.place(bipartite(train, r=1.0, self_loops=True, weight=given))
    graph = bipartite(train)
    if aggregator == "sum":
        return source.place(graph._replace(edges=np.ones_like(graph.edges)), n_users=train.n_users)
    return jax.device_put(neighbors(graph, width, source.seed))


def with_copies(source: Source, eps: float = 0.1, n_graphs: int = 5) -> Graphs:
    """The user-item graph, and others sampled from it by copying similar nodes.

    Args:
      eps: the probability that a node's list is replaced by that of a similar node.
      n_graphs: graphs that are drawn so before training; a step reads one of them, and what is
        scored afterwards is the mean over all.
    """
    return sampled_graphs(source.train, eps, n_graphs, source.seed)


def of_ratings(source: Source) -> Rated:
    """Which users and items are rated, the mean rating, and the shrunken biases as a start."""
    start = biases_of(source.train)
    shrinkages = start.shrink_user, start.shrink_item
    return rated(source.train, start.user, start.item, *shrinkages)
