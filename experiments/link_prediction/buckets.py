"""Training bucket by bucket, which ``jaxrec.fit`` does not do: entities in partitions."""

from functools import partial
from typing import NamedTuple

import jax
import numpy as np
import optax
from rich.console import Console

from experiments.link_prediction.recipes import Recipe
from jaxrec import registry
from jaxrec.base import Model
from jaxrec.data import Triples
from jaxrec.evaluate import Questions, filtered_ranks, rank_metrics
from jaxrec.losses import softmax
from jaxrec.models import norms
from jaxrec.sampling import Part, corrected, shared_entities, split_facts
from jaxrec.train import (
    Progress,
    begin,
    fit,
    objective,
    on_host,
    partitioned,
    rank,
    row_adagrad,
    step,
)


class Learned(NamedTuple):
    """A trained model.

    Attributes:
      progress: with the parameters of the best MRR on validation.
      state_mib: what parameters and optimizer held of the device at most, in MiB.
    """

    model: Model
    progress: Progress
    state_mib: float


def learn(
    recipe: Recipe,
    facts: Triples,
    asked: Questions,
    seed: int,
    validate_every: int,
    partitions: int,
) -> Learned:
    """Trains for the best MRR of ``asked``, by a softmax over candidates and row-wise Adagrad."""
    assert recipe.by_buckets and recipe.uniform is not None and recipe.adam is None
    own = {"init_scale": recipe.init_scale, "reciprocal": recipe.reciprocal}
    factory = registry.entry(recipe.model).factory
    model = factory(facts.n_entities, facts.n_relations, recipe.dim, **own)
    key_params, key_train = jax.random.split(jax.random.key(seed))
    n_steps = -(-len(facts) // recipe.batch_size)
    falling = optax.cosine_decay_schedule(0.1, recipe.n_epochs * n_steps)
    terms = {"rank": (1.0, rank(model, softmax)), "n3": (recipe.n3, norms(3.0))}
    update = step(objective(model, **terms), row_adagrad(falling))
    state = update.init(model.init(key_params), key_train)
    sizes, held = {"batch_size": recipe.batch_size, "n": recipe.uniform}, [0.0]

    def weigh(state) -> None:
        arrays = jax.tree.leaves((state.params, state.opt_state))
        held.append(sum(each.nbytes for each in arrays) / 2**20)

    def deal(rng: np.random.Generator) -> list[Part]:
        parts = split_facts(facts, partitions, rng=rng)
        return [part._replace(bucket=corrected(part.bucket, **sizes)) for part in parts]

    def validate(params) -> float:
        reps = model.encode(params, None)
        ranks = filtered_ranks(model.score, reps, asked, facts.n_entities)
        return rank_metrics(ranks)["mrr"]

    def show(_, row: dict[str, float]) -> None:
        numbers = " ".join(f"{name} {row[name]:.4f}" for name in ("loss", "valid") if name in row)
        Console(stderr=True).print(numbers)

    sample = partial(shared_entities, n_relations=facts.n_relations, **sizes)
    progress = fit(
        partitioned(update, sample, deal, recipe.batch_size, weigh),
        begin(on_host(state)),
        n_epochs=recipe.n_epochs,
        validate=validate,
        validate_every=validate_every,
        on_epoch=show,
    )
    return Learned(model, progress, max(held))
