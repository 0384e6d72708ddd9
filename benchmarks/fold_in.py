"""A new user, given as a list of items, to their ten best others: no training, one program.

``python -m benchmarks.fold_in``: Gowalla; one user of 5, 20 or 100 items is folded in, all items
are scored, theirs are left out, the ten best are taken. ``lightgcn_item`` (untrained: time does not
depend on what its table holds) sums rows of its table; ``filter_r`` propagates over the graph.
"""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import harness, report
from jaxrec.base import Model
from jaxrec.data import Interactions, load, split
from jaxrec.graph import Csr, locality_order, renumber
from jaxrec.runs import build_graph, build_model, options_of

MODELS = ("lightgcn_item", "filter_r")
LENGTHS, K = (5, 20, 100), 10


def main(options: harness.Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    train = renumber(train, *locality_order(train))
    rows = harness.measure("fold_in", list(cases(train)), options.repeats)
    report.save(rows, options, report.bars(rows, f"A new user's ten best, {options.data}"))
    return rows


def cases(train: Interactions) -> Iterator[harness.Case]:
    """Each model, each length of list; the list is the catalogue's first items."""
    for name in MODELS:
        settings = options_of(name)
        graph = build_graph(settings, train)
        model = build_model(settings, train.n_users, train.n_items, graph)
        reps = jax.jit(model.encode)(model.init(jax.random.key(0)), graph)
        answer = answers(model, train.n_items)
        for length in LENGTHS:
            items = np.arange(min(length, train.n_items - K), dtype=np.int32)
            ends = np.array([0, len(items)], np.int32)
            likes = Csr(ends, items, np.zeros(1, np.int32))
            yield harness.Case(f"{length} items", name, answer, (reps, likes))


def answers(model: Model, n_items: int) -> jax.stages.Wrapped:
    """Folds in, scores, masks, ranks."""
    assert model.fold_in is not None
    fold_in = model.fold_in

    def answer(reps, likes: Csr):
        scores = model.score(fold_in(reps, likes), jnp.zeros(1, jnp.int32), jnp.arange(n_items))
        return jax.lax.top_k(scores.at[0, likes.indices].set(-jnp.inf), K)

    return jax.jit(answer)


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
