"""How each model is trained on each graph."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A model with its loss and the numbers of its training."""

    model: str
    dim: int
    """Numbers in an entity's vector; a complex one takes two."""
    margin: float | None = None
    """Of self-adversarial negatives, at temperature 0.5; None is a softmax."""
    squared: bool = False
    """Whether the softmax is of half the squared distances; places among entities stay the same."""
    uniform: int | None = None
    """Candidates drawn beside the batch's answers, which all are then shared; None is every entity,
    and all answers of a question at a time."""
    batch_size: int = 1024
    """Questions a step."""
    adam: float | None = 5e-3
    """Rate of Adam; None is row-wise Adagrad at rate 0.1. Either falls to 0 along a cosine."""
    n3: float = 0.0
    """Weight of the nuclear 3-norm of each fact."""
    reciprocal: bool = True
    init_scale: float = 1e-3
    n_epochs: int = 14
    """Each of every question once; where candidates are drawn, of as many as there are facts."""

    @property
    def by_buckets(self) -> bool:
        """Whether it can be trained in partitions: by a softmax over candidates that are drawn."""
        return self.uniform is not None and self.margin is None

    def settings(self) -> dict[str, Any]:
        """Options of ``jaxrec.fit``."""
        adagrad = {"optimizer": "row_adagrad", "learning_rate": 0.1}
        found = {"optimizer": "adam", "learning_rate": self.adam} if self.adam else adagrad
        found |= {"candidates": "all"}
        if self.uniform is not None:
            found |= {"candidates": "shared", "negatives": self.uniform}
        if self.margin is not None:
            found |= {"loss": "self_adversarial", "margin": self.margin}
        kept = ("dim", "squared", "batch_size", "n3", "reciprocal", "init_scale")
        found |= {name: getattr(self, name) for name in kept}
        whole = {"epochs": self.n_epochs, "patience": self.n_epochs}  # None stops before its end.
        return found | whole | {"schedule": "cosine"}


RECIPES: dict[str, dict[str, Recipe]] = {
    "fb15k-237": {
        "twhin": Recipe("twhin", dim=512, n3=0.12, batch_size=256, adam=3e-3, n_epochs=10),
        "twhin_drawn": Recipe(
            "twhin", dim=200, uniform=1024, adam=None, n3=0.1, init_scale=1e-2, n_epochs=40
        ),
        "transe": Recipe("transe", dim=256, squared=True, adam=1e-2, n3=0.2, init_scale=1e-2),
        "distmult": Recipe("distmult", dim=1024, n3=0.15, batch_size=256, adam=3e-3),
        "complex_kge": Recipe("complex", dim=512, n3=0.15, batch_size=256, adam=3e-3, n_epochs=22),
        "rotate": Recipe(
            "rotate",
            dim=1024,
            squared=True,
            batch_size=256,
            adam=5e-3,
            n3=1.0,
            init_scale=1e-2,
            n_epochs=26,
        ),
    },
    "wn18rr": {
        "complex_kge": Recipe(
            "complex",
            dim=512,
            n3=0.3,
            batch_size=512,
            adam=1e-2,
            init_scale=0.03,
            n_epochs=16,
        ),
        "rotate": Recipe(
            "rotate",
            dim=256,
            margin=6.0,
            uniform=1024,
            adam=None,
            reciprocal=False,
            init_scale=0.1,
            n_epochs=100,
        ),
    },
}
"""README.md says which of these numbers were chosen, on validation facts; the rest are guesses."""
