"""How each model is trained on each graph."""

import dataclasses
from collections.abc import Callable

from jaxrec.base import Loss, Model
from jaxrec.losses import self_adversarial, softmax
from jaxrec.models import complex_kge, distmult, rotate, transe, twhin


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A model with its loss and the numbers of its training."""

    factory: Callable[..., Model]
    dim: int
    """Numbers in an entity's vector; a complex one takes two."""
    margin: float | None = None
    """Of self-adversarial negatives, at temperature 0.5; None is the softmax."""
    uniform: int | None = None
    """Candidates drawn beside the batch's answers, which all are then shared; None is every entity,
    and all answers of a question at a time."""
    batch_size: int = 1024
    """Questions."""
    learning_rate: float = 0.1
    """Of row-wise Adagrad."""
    n3: float = 0.0
    """Weight of the nuclear 3-norm of each fact."""
    reciprocal: bool = True
    init_scale: float = 1e-3
    n_epochs: int = 24
    """Each of as many questions as there are training facts."""

    @property
    def loss(self) -> Loss:
        """What scores of a question's candidates are asked."""
        return softmax if self.margin is None else self_adversarial(self.margin, temperature=0.5)

    def told(self) -> dict[str, float | int | str | None]:
        """The numbers, and the model by name."""
        row = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return row | {"factory": self.factory.__name__}


RECIPES: dict[str, dict[str, Recipe]] = {
    "fb15k-237": {
        "twhin": Recipe(twhin, dim=200, n3=1e-3),
        "twhin, drawn": Recipe(twhin, dim=200, uniform=1024, init_scale=1e-2, n_epochs=100),
        "transe": Recipe(transe, dim=200, init_scale=0.1),
        "distmult": Recipe(distmult, dim=256, n3=5e-2),
        "complex_kge": Recipe(complex_kge, dim=256, n3=5e-2),
        "rotate": Recipe(rotate, dim=200, init_scale=0.1),
    },
    "wn18rr": {
        "complex_kge": Recipe(complex_kge, dim=256, n3=0.1),
        "rotate": Recipe(
            rotate,
            dim=256,
            margin=6.0,
            uniform=1024,
            reciprocal=False,
            init_scale=0.1,
            n_epochs=100,
        ),
    },
}
"""Losses and penalties of the kinds that the papers have; the numbers are first guesses, not yet
searched for."""
