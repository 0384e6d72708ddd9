"""A logistic regression on what titles and numbers of clicks alone say of a pair."""

import numpy as np
from jaxtyping import Float

from jaxrec.data import Interactions
from jaxrec.graph.news import NewsGraph

BLOCK, MOST = 4096, 100_000
"""Pairs computed at a time, and pairs that are learned from at most."""


def with_wide_part(graph: NewsGraph, rows: Interactions, seed: int = 0) -> NewsGraph:
    """The graph with weights of cosine and clicks that fit these labels best, and their constant.

    ``w_1 cos(s, p) + w_2 log(1 + clicks) + b`` of a pair: s the content of the news, p the sum of
    it over the latest clicks of the user, the pair's own click left out of both. Users of fewer
    than two clicks are not learned from: without one they have no profile, if they clicked. Of
    labels of one kind alone the weights are those that the graph has.

    Args:
      rows: pairs with ratings 1 and 0.
    """
    from scipy.optimize import minimize  # Takes 0.3 s to import.

    label = np.asarray(rows.rating, np.float64)
    kept = np.flatnonzero(np.bincount(rows.user, label, rows.n_users)[rows.user] >= 2)
    if len(kept) > MOST:
        kept = np.random.default_rng(seed).choice(kept, MOST, replace=False)
    label = label[kept]
    if not 0 < label.sum() < len(label):
        return graph
    parts = [kept[start : start + BLOCK] for start in range(0, len(kept), BLOCK)]
    x = np.concatenate([wide_features(graph, rows.take(part)) for part in parts])
    x = np.column_stack([x, np.ones(len(x))])

    def loss(weight: Float[np.ndarray, "3"]) -> tuple[float, Float[np.ndarray, "3"]]:
        logit = x @ weight
        chance = 1 / (1 + np.exp(-logit))
        mean = float(np.mean(np.logaddexp(0, logit) - label * logit))
        ridge = 1e-4 * weight  # So that separable labels have a solution.
        return mean + float(ridge @ weight) / 2, x.T @ (chance - label) / len(x) + ridge

    found = minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B").x
    return graph._replace(wide=found.astype(np.float32))


def wide_features(graph: NewsGraph, rows: Interactions) -> Float[np.ndarray, "n 2"]:
    """Cosine with the latest clicks and ``log(1 + clicks)``, without the pair's own click.

    Args:
      rows: pairs whose rating is 1 where they are among the clicks of the graph, else 0.

    Returns:
      A row a pair; a cosine is 0 where the user has no other click.
    """
    recent, content = np.asarray(graph.recent)[rows.user], np.asarray(graph.content)
    others = np.asarray(graph.recent_mask)[rows.user] & (recent != rows.item[:, None])
    profile = np.einsum("nk,nks->ns", others.astype(np.float32), content[recent])
    length = np.linalg.norm(profile, axis=1)
    product = np.sum(profile * content[rows.item], axis=1)
    clicks = np.asarray(graph.n_clicks)[rows.item] - np.asarray(rows.rating)
    return np.column_stack([product / np.where(length > 0, length, 1), np.log1p(clicks)])
