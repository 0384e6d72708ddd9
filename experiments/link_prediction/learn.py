"""Training of one recipe."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console

from experiments.link_prediction.recipes import Recipe
from jaxrec.base import Model
from jaxrec.data import Triples
from jaxrec.evaluate import Questions, filtered_ranks, rank_metrics
from jaxrec.models import complex_kge, norms, rotate, squares
from jaxrec.sampling import (
    Part,
    all_answers,
    asked_once,
    bucket,
    corrected,
    dealt_questions,
    shared_entities,
    split_facts,
)
from jaxrec.train import (
    Progress,
    Step,
    TrainState,
    begin,
    dealt,
    epoch,
    fit,
    objective,
    on_host,
    partitioned,
    rank,
    step,
)

Epoch = tuple[TrainState, Callable[[TrainState], Any]]


class Learned(NamedTuple):
    """A trained model.

    Attributes:
      progress: with the parameters of the best MRR on validation.
      state_mib: what parameters and optimiser held of the device at most, in MiB.
    """

    model: Model
    progress: Progress
    state_mib: float


def learn(
    recipe: Recipe,
    facts: Triples,
    asked: Questions,
    seed: int,
    validate_every: int = 1,
    partitions: int = 1,
) -> Learned:
    """Trains for the best MRR of ``asked``.

    Args:
      partitions: of the entities; more train bucket by bucket, where candidates are drawn.
    """
    began = time.perf_counter()
    own = {"init_scale": recipe.init_scale, "reciprocal": recipe.reciprocal}
    model = recipe.factory(facts.n_entities, facts.n_relations, recipe.dim, **own)
    terms = {"rank": (1.0, rank(model, recipe.loss))}
    if recipe.n3:
        size = squares if recipe.factory in (complex_kge, rotate) else jnp.square
        terms["n3"] = (recipe.n3, norms(3.0, size))
    key_params, key_train = jax.random.split(jax.random.key(seed))

    def begun(n_steps: int) -> tuple[Step, TrainState]:
        update = step(objective(model, **terms), recipe.rule(n_steps))
        return update, update.init(model.init(key_params), key_train)

    held = [0.0]

    def weigh(state: TrainState) -> None:
        arrays = jax.tree.leaves((state.params, state.opt_state))
        held.append(sum(each.nbytes for each in arrays) / 2**20)

    if recipe.uniform is None:
        state, run_epoch = _about_all(recipe, facts, begun)
    else:
        state, run_epoch = _about_drawn(recipe, recipe.uniform, facts, begun, partitions, weigh)
    if partitions == 1:
        weigh(state)  # All the time.

    def validate(params) -> float:
        reps = model.encode(params, None)
        ranks = filtered_ranks(model.score, reps, asked, facts.n_entities)
        return rank_metrics(ranks)["mrr"]

    def tell(_, row: dict[str, float]) -> None:
        told = " ".join(f"{name} {row[name]:.4f}" for name in ("loss", "valid") if name in row)
        Console(stderr=True).print(f"{time.perf_counter() - began:6.0f} s  {told}")

    progress = fit(
        run_epoch,
        begin(state),
        n_epochs=recipe.n_epochs,
        validate=validate,
        validate_every=validate_every,
        on_epoch=tell,
    )
    return Learned(model, progress, max(held))


def _about_all(recipe: Recipe, facts: Triples, begun: Callable[[int], Any]) -> Epoch:
    """Every question once an epoch, among all entities."""
    questions = asked_once(facts)
    update, state = begun(-(-len(questions.entity) // recipe.batch_size))
    whole = dealt(update, partial(dealt_questions, batch_size=recipe.batch_size), all_answers)
    arrays = jax.tree.map(jnp.asarray, questions)
    return state, lambda state: whole(state, None, arrays)


def _about_drawn(
    recipe: Recipe,
    n: int,
    facts: Triples,
    begun: Callable[[int], Any],
    partitions: int,
    on_bucket: Callable[[TrainState], None],
) -> Epoch:
    """As many questions an epoch as facts, among candidates that a batch shares."""
    n_steps = -(-len(facts) // recipe.batch_size)
    update, state = begun(n_steps)
    sizes = {"batch_size": recipe.batch_size, "n": n}
    sample = partial(shared_entities, n_relations=facts.n_relations, **sizes)
    # Only a softmax estimates one over all entities.
    ready = partial(corrected, **sizes) if recipe.margin is None else lambda facts: facts
    if partitions > 1:

        def deal(rng: np.random.Generator) -> list[Part]:
            parts = split_facts(facts, partitions, rng=rng)
            return [part._replace(bucket=ready(part.bucket)) for part in parts]

        return on_host(state), partitioned(update, sample, deal, recipe.batch_size, on_bucket)
    whole = epoch(update, sample, n_steps)
    arrays = jax.tree.map(jnp.asarray, ready(bucket(facts)))
    return state, lambda state: whole(state, None, arrays)
