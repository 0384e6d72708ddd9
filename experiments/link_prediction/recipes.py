"""How each model is trained on each graph."""

import dataclasses
from collections.abc import Callable
from functools import partial

import optax

from jaxrec.base import Loss, Model
from jaxrec.losses import multinomial, self_adversarial, softmax
from jaxrec.models import complex_kge, distmult, rotate, transe, twhin
from jaxrec.train import row_adagrad


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A model with its loss and the numbers of its training."""

    factory: Callable[..., Model]
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
    def loss(self) -> Loss:
        """What scores of a question's candidates are asked."""
        if self.margin is not None:
            return self_adversarial(self.margin, temperature=0.5)
        loss = softmax if self.uniform else multinomial
        if not self.squared:
            return loss
        return lambda scores, labels, where: loss(-(scores**2) / 2, labels, where)

    def rule(self, steps_per_epoch: int) -> optax.GradientTransformation:
        """How parameters move."""
        falling = partial(optax.cosine_decay_schedule, decay_steps=self.n_epochs * steps_per_epoch)
        return row_adagrad(falling(0.1)) if self.adam is None else optax.adam(falling(self.adam))

    def told(self) -> dict[str, float | int | str | None]:
        """The numbers, and the model by name."""
        row = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return row | {"factory": self.factory.__name__}


RECIPES: dict[str, dict[str, Recipe]] = {
    "fb15k-237": {
        "twhin": Recipe(twhin, dim=512, n3=0.12, batch_size=256, adam=3e-3, n_epochs=10),
        "twhin_drawn": Recipe(
            twhin, dim=200, uniform=1024, adam=None, n3=0.1, init_scale=1e-2, n_epochs=40
        ),
        "transe": Recipe(transe, dim=256, squared=True, adam=1e-2, n3=0.2, init_scale=1e-2),
        "distmult": Recipe(distmult, dim=1024, n3=0.15, batch_size=256, adam=3e-3),
        "complex_kge": Recipe(
            complex_kge, dim=512, n3=0.15, batch_size=256, adam=3e-3, n_epochs=22
        ),
        "rotate": Recipe(
            rotate,
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
            complex_kge,
            dim=512,
            n3=0.3,
            batch_size=512,
            adam=1e-2,
            init_scale=0.03,
            n_epochs=16,
        ),
        "rotate": Recipe(
            rotate,
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
