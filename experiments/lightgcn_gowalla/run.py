"""LightGCN on Gowalla, as the reference code trains it, against its published log.

He et al., LightGCN, SIGIR 2020, https://arxiv.org/abs/2002.02126. The reference chooses nothing on
a validation slice: it trains on all training interactions and prints test metrics as it goes. So
does this; the numbers are for comparison, not for choosing anything.

The reference code ranks ``sigmoid(score)`` in float32, where all scores above 17 tie and those a
little below fall on a coarse grid; early in training this costs it ndcg. Columns ``as published``
rank the same way, the others rank the scores.
"""

import dataclasses
import time
from functools import partial
from pathlib import Path
from typing import Literal

import jax
import optax
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from experiments.recipe import write
from jaxrec.data import fingerprint, load, split
from jaxrec.evaluate import measure_baselines, measure_model, slice_of
from jaxrec.graph import bipartite, locality_order, renumber, user_items
from jaxrec.losses import bpr
from jaxrec.models import lightgcn
from jaxrec.ops import dot, prepare
from jaxrec.sampling import user_uniform
from jaxrec.train import epoch, l2_rows, objective, rank, step

PUBLISHED = {5: (0.1071, 0.0894), 1000: (0.1824, 0.1547)}
"""Epoch -> recall@20, ndcg@20 of the PyTorch reference code, 3 layers, seed 2020 (its README)."""

COMPARED = ("recall@20", "ndcg@20")


@dataclasses.dataclass(frozen=True)
class Config:
    """The reference setting; defaults are its command-line defaults."""

    data: str = "gowalla"
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    dim: int = 64
    n_layers: int = 3
    storage: Literal["float32", "bfloat16"] = "float32"
    """Type in which a layer is kept for its neighbors to read; the reference knows float32."""
    init_scale: float = 0.1
    """Standard deviation; the reference draws tables from N(0, 0.1^2)."""
    batch_size: int = 2048
    """Triples; as many in an epoch as there are training interactions, rounded up to batches."""
    learning_rate: float = 1e-3
    l2: float = 1e-4
    """On half the squared norm of the batch's own layer-0 rows."""
    n_epochs: int = 5
    """1,000 in the reference; 5 is where its log gives a first number."""
    test_every: int = 5
    """Epochs between tests."""
    seeds: tuple[int, ...] = (0,)
    quick: bool = False
    """One epoch, to see it run."""
    out: str = "experiments/lightgcn_gowalla/results"
    """Folder for one JSON file a seed."""


def main(config: Config) -> dict[int, list[dict[str, float]]]:
    """Trains LightGCN in the reference setting and compares with the published log."""
    if config.quick:
        config = dataclasses.replace(config, n_epochs=1, test_every=1)
    return {seed: run(config, seed) for seed in config.seeds}


def run(config: Config, seed: int) -> list[dict[str, float]]:
    """One seed: returns a row a test and writes them beside the configuration."""
    dataset = load(config.data, data_dir=config.data_dir)
    parts = split(dataset, valid_fraction=0.0)
    order = locality_order(parts.train)
    train, test = renumber(parts.train, *order), renumber(parts.test, *order)
    n_users, n_items = train.n_users, train.n_items
    question = slice_of(train, train, test)

    shape = n_users, n_items, config.dim, config.n_layers
    model = lightgcn(*shape, init_scale=config.init_scale, storage=config.storage)
    loss = objective(model, rank=(1.0, rank(model, bpr)), l2=(config.l2, l2_rows))
    pieces = step(loss, optax.adam(config.learning_rate))
    sample = partial(user_uniform, n_items=n_items, batch_size=config.batch_size)
    run_epoch = epoch(pieces, sample, n_steps=-(-len(train) // config.batch_size))
    encode = jax.jit(model.encode)
    ranked_as_published = model._replace(score=_saturated)

    key_params, key_train = jax.random.split(jax.random.key(seed))
    state = pieces.init(model.init(key_params), key_train)
    graph = prepare(bipartite(train), n_users=n_users)
    likes = jax.tree.map(jax.numpy.asarray, user_items(train))

    rows, start = [], time.perf_counter()
    with Progress() as progress:
        bar = progress.add_task(f"seed {seed}", total=config.n_epochs)
        for n in range(1, config.n_epochs + 1):
            state, means = run_epoch(state, graph, likes)
            row = {"epoch": n, "loss": float(means["loss"]), "bpr": float(means["rank"])}
            if n % config.test_every == 0 or n == config.n_epochs:
                reps = encode(state.params, graph)
                row |= measure_model(model, reps, question, ks=(20,)).mean
                tied = measure_model(ranked_as_published, reps, question, ks=(20,)).mean
                row |= {f"{name} as published": tied[name] for name in COMPARED}
                row["seconds"] = time.perf_counter() - start
                rows.append(row)
            progress.update(bar, advance=1, description=f"seed {seed} loss {row['loss']:.4f}")
    popularity = measure_baselines(question, ks=(20,))["popularity"].mean
    _show(rows, popularity, seed)
    more = {"seed": seed, "data": fingerprint(dataset.interactions), "popularity": popularity}
    narrow = "" if config.storage == "float32" else f"-{config.storage}"
    name = f"{config.data}-{config.n_epochs}-epochs-seed-{seed}{narrow}.json"
    write(Path(config.out) / name, dataclasses.asdict(config), rows, **more)
    return rows


def _saturated(reps, queries, items):
    return jax.nn.sigmoid(dot(reps, queries, items))


def _show(rows: list[dict[str, float]], popularity: dict[str, float], seed: int) -> None:
    table = Table(title=f"LightGCN, seed {seed}, test slice", title_justify="left")
    columns = [*COMPARED, *(f"{name} as published" for name in COMPARED)]
    for name in ("epoch", "bpr", *columns, "published"):
        table.add_column(name, justify="right")
    for row in rows:
        published = " / ".join(f"{value:.4f}" for value in PUBLISHED.get(int(row["epoch"]), ()))
        numbers = (f"{row[name]:.4f}" for name in ("bpr", *columns))
        table.add_row(str(row["epoch"]), *numbers, published)
    table.add_row("popularity", "", *(f"{popularity[name]:.4f}" for name in COMPARED))
    Console().print(table)
