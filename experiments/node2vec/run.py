"""node2vec on BlogCatalog, PPI and Wikipedia: Macro-F1 of nodes' labels at half of them known.

Walks, windows and the skip-gram objective are the paper's. Ours are Adam in batches of walks, walks
whose starts are drawn instead of dealt in rounds, and negatives shared by the places of a walk.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float
from rich.console import Console
from rich.table import Table

from experiments.node2vec.classify import split_scores
from experiments.node2vec.labeled import Labeled, load
from experiments.recipe import write
from jaxrec.graph import transitions
from jaxrec.models import node2vec, skip_gram
from jaxrec.ops import second_order
from jaxrec.sampling import popularity_weights, weighted_table, windows
from jaxrec.train import epoch, objective, step

RECIPES: dict[str, dict[str, Any]] = {
    "blogcatalog": {"p": 0.25, "q": 0.25},
    "ppi": {"p": 4.0, "q": 1.0},
    "wikipedia": {"p": 4.0, "q": 0.5},
}
"""Of the walks of each network; not searched for here."""


@dataclasses.dataclass(frozen=True)
class Config:
    """Walks and windows as the reference code has them; training is ours."""

    networks: tuple[str, ...] = tuple(RECIPES)
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    dim: int = 128
    n_walks: int = 10
    """A node."""
    length: int = 80
    """Nodes of a walk."""
    width: int = 10
    """Most places between a node and its context."""
    n_negatives: float = 5.0
    """Their weight for every pair."""
    n_shared: int = 64
    """Negatives drawn for a walk, shared by its places."""
    batch_size: int = 64
    """Walks."""
    n_passes: int = 2
    """Over as many walks as there are; 1 in the reference code, whose steps are single pairs."""
    learning_rate: float = 1e-2
    """Of Adam; falls to 0 along a line."""
    init_scale: float = 0.01
    """Standard deviation of the tables at first; what is left of it is noise."""
    strength: float = 1.0
    """Of the logistic loss against half the squared norm of the weights, as in LIBLINEAR."""
    fraction: float = 0.5
    """Share of the labeled nodes whose labels are known."""
    n_splits: int = 10
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of walks, training and splits."""
    quick: bool = False
    """One seed, one walk a node, to see it run."""
    out: str = "experiments/node2vec/results"
    """Folder for one JSON file a network."""


def main(config: Config) -> dict[str, list[dict[str, float]]]:
    """Learns vectors of nodes by node2vec and tells their labels from them."""
    if config.quick:
        config = dataclasses.replace(config, seeds=(0,), n_walks=1, n_splits=2)
    rows = {}
    for name in config.networks:
        network = load(name, config.data_dir)
        rows[name] = [run(config, network, seed, **RECIPES[name]) for seed in config.seeds]
        settings = dataclasses.asdict(config) | {"recipe": RECIPES[name]}
        write(Path(config.out) / f"{name}.json", settings, {"runs": rows[name]})
    _show(rows)
    return rows


def run(config: Config, network: Labeled, seed: int, p: float, q: float) -> dict[str, float]:
    """One seed: means over the splits, what popularity gets, and seconds."""
    began = time.perf_counter()
    vectors = embed(config, network, seed, p, q)
    learned = time.perf_counter()
    label, nodes = network.label, np.flatnonzero(network.label.any(axis=1))
    constant = np.zeros((len(label), 0))  # Intercepts alone: the most frequent labels.
    seconds = {"embed_s": learned - began}
    rule = config.fraction, config.strength
    splits = [seed * config.n_splits + n for n in range(config.n_splits)]
    found = [split_scores(vectors, label, nodes, *rule, split) for split in splits]
    popular = [split_scores(constant, label, nodes, *rule, split) for split in splits]
    mean = {name: float(np.mean([row[name] for row in found])) for name in found[0]}
    mean["popularity_macro_f1"] = float(np.mean([row["macro_f1"] for row in popular]))
    return mean | seconds | {"classify_s": time.perf_counter() - learned}


def embed(
    config: Config, network: Labeled, seed: int, p: float, q: float
) -> Float[np.ndarray, "N d"]:
    """The vectors of all nodes."""
    senders, receivers = np.concatenate([network.ends, network.ends[:, ::-1]]).T
    n_nodes = len(network.label)
    steps = jax.tree.map(jnp.asarray, transitions(senders, receivers, n_nodes))
    key_walks, key_start, key_params, key_train = jax.random.split(jax.random.key(seed), 4)
    start = jnp.tile(jnp.asarray(steps.lists.nonempty), config.n_walks)
    draw = jax.jit(lambda key, graph, start: second_order(key, graph, start, config.length, p, q))
    walk = draw(key_walks, steps, jax.random.permutation(key_start, start))
    table = jax.tree.map(
        jnp.asarray, weighted_table(popularity_weights(steps.lists, n_nodes, 0.75))
    )

    def sample(key, arrays):
        walk, table = arrays
        key_row, key = jax.random.split(key)
        row = jax.random.randint(key_row, (config.batch_size,), 0, walk.shape[0])
        return windows(key, walk[row], config.width, table, config.n_shared)

    n_steps = -(-config.n_passes * len(start) // config.batch_size)
    model = node2vec(n_nodes, config.dim, config.init_scale)
    loss = objective(model, skip_gram=(1.0, skip_gram(config.n_negatives)))
    rate = optax.linear_schedule(config.learning_rate, 0.0, n_steps)
    pieces = step(loss, optax.adam(rate))
    state = pieces.init(model.init(key_params), key_train)
    state, _ = epoch(pieces, sample, n_steps)(state, None, (walk, table))
    return np.asarray(state.params["node"], np.float64)


def _show(rows: dict[str, list[dict[str, float]]]) -> None:
    table = Table(title="Macro-F1, half of the labels known", title_justify="left")
    table.add_column("network")
    for name in ("node2vec", "most frequent labels", "seconds"):
        table.add_column(name, justify="right")
    for name, runs in rows.items():
        value = [row["macro_f1"] for row in runs]
        spread = f" ± {np.std(value, ddof=1):.4f}" if len(value) > 1 else ""
        popular = np.mean([row["popularity_macro_f1"] for row in runs])
        seconds = np.mean([row["embed_s"] + row["classify_s"] for row in runs])
        cells = f"{np.mean(value):.4f}{spread}", f"{popular:.4f}", f"{seconds:.0f}"
        table.add_row(name, *cells)
    Console().print(table)
