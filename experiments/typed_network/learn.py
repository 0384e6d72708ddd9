"""Edges held out, and vectors learned from the others."""

import dataclasses
import time
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int
from rich.console import Console

from jaxrec.base import Embeddings
from jaxrec.data import Interactions, Network, Triples
from jaxrec.evaluate import EvalTask, join, per_user
from jaxrec.graph import user_items
from jaxrec.losses import softmax
from jaxrec.models import norms, towers, twhin
from jaxrec.ops import dot
from jaxrec.rank import top_lists
from jaxrec.sampling import bucket, corrected, shared_entities
from jaxrec.train import begin, epoch, fit, objective, rank, row_adagrad, step

SELECT = "recall@50"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How vectors are trained."""

    dim: int = 48
    batch_size: int = 512
    """Questions."""
    uniform: int = 512
    """Candidates beside the batch's answers."""
    learning_rate: float = 0.03
    """Of row-wise Adagrad."""
    init_scale: float = 1e-2
    n3: float = 0.1
    """Weight of the nuclear 3-norm of each fact."""
    n_epochs: int = 40
    """At most, each of as many questions as there are facts."""
    patience: int = 3
    """Epochs without a better one that end the training."""


class HeldOut(NamedTuple):
    """Edges of one relation in three parts.

    Attributes:
      hidden: facts of validation and test, which nobody trains on.
      train, valid, test: the same as pairs of rows of the relation's two types.
    """

    hidden: Int[np.ndarray, "m"]
    train: Interactions
    valid: Interactions
    test: Interactions

    def asked(self, of: str, known: bool = True) -> EvalTask:
        """Users of ``valid`` or ``test``; what was known before is seen.

        Args:
          known: those with training edges; False is those without.
        """
        past = self.train if of == "valid" else join(self.train, self.valid)
        lists = user_items(self.valid if of == "valid" else self.test)
        among = np.intersect1d if known else np.setdiff1d
        users = among(lists.nonempty, user_items(self.train).nonempty).astype(np.int32)
        return EvalTask(past, users, user_items(past), lists)


def hold_out(network: Network, relation: str, fraction: float, seed: int) -> HeldOut:
    """A random ``fraction`` of the relation's edges for the test, and as many for validation."""
    row = list(network.ends).index(relation)
    heads, tails = (network.ranges[kind] for kind in network.ends[relation])
    facts = np.flatnonzero(network.triples.relation == row)
    order = np.random.default_rng(seed).permutation(facts)
    n = round(fraction * len(facts))

    def pairs(which) -> Interactions:
        some = network.triples.take(np.sort(which))
        user, item = some.head - np.int32(heads.start), some.tail - np.int32(tails.start)
        return Interactions(user, item, len(heads), len(tails))

    test, valid, train = np.split(order, [n, 2 * n])
    return HeldOut(order[: 2 * n], pairs(train), pairs(valid), pairs(test))


def learn(
    network: Network,
    facts: Triples,
    relation: str,
    held: HeldOut,
    recipe: Recipe,
    seed: int,
    n_valid: int,
) -> tuple[Embeddings, dict[str, float]]:
    """TwHIN's vectors for ``relation`` of the epoch with the best recall@50 on validation users."""
    start, cpu = time.perf_counter(), time.process_time()
    n_relations = facts.n_relations
    model = twhin(facts.n_entities, n_relations, recipe.dim, recipe.init_scale)
    terms = {"rank": (1.0, rank(model, softmax)), "n3": (recipe.n3, norms(3.0, jnp.square))}
    pieces = step(objective(model, **terms), row_adagrad(recipe.learning_rate))
    drawn = {"batch_size": recipe.batch_size, "n": recipe.uniform}
    sample = partial(shared_entities, n_relations=n_relations, **drawn)
    arrays = jax.tree.map(jnp.asarray, corrected(bucket(facts, network.kind), **drawn))
    whole = epoch(pieces, sample, -(-len(facts) // recipe.batch_size))
    key_params, key_train = jax.random.split(jax.random.key(seed))
    asked = held.asked("valid")
    users = np.sort(np.random.default_rng(0).permutation(asked.users)[:n_valid])
    ends = [network.ranges[kind] for kind in network.ends[relation]]
    row = list(network.ends).index(relation)

    def vectors(params) -> Embeddings:
        return towers(model.encode(params, None), row, ends[0], ends[1])

    def validate(params) -> float:
        towers, wanted = vectors(params), asked.future
        lists = top_lists(dot, towers, users, len(ends[1]), 50, seen=asked.seen, relevant=wanted)
        return float(per_user(lists, users, asked.future, (50,))[SELECT].mean())

    def tell(_, means: dict[str, float]) -> None:
        Console(stderr=True).print(
            f"{time.perf_counter() - start:6.0f} s  loss {means['loss']:.4f} "
            f"valid {means['valid']:.4f}"
        )

    progress = fit(
        lambda state: whole(state, None, arrays),
        begin(pieces.init(model.init(key_params), key_train)),
        n_epochs=recipe.n_epochs,
        validate=validate,
        patience=recipe.patience,
        on_epoch=tell,
    )
    about = {
        "best_epoch": progress.best_epoch,
        f"validation {SELECT}": progress.best_value,
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - cpu,
    }
    return jax.tree.map(np.asarray, vectors(progress.best_params)), about
