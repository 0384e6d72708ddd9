"""One trial of a search: options to their value on the validation slice."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxrec import registry
from jaxrec.base import Params
from jaxrec.runs import checks
from jaxrec.runs.federated_options import epochs_of
from jaxrec.runs.fit import assemble, devices, training as parts
from jaxrec.runs.fit.starting import read_start
from jaxrec.runs.model_options import arguments
from jaxrec.runs.options import RunOptions, TrainOptions
from jaxrec.tasks import Data
from jaxrec.train import fit


class Found(NamedTuple):
    """What a trial came to.

    Attributes:
      value: the metric of the best epoch.
      epoch: which that was; 0 without training.
    """

    value: float
    epoch: int


def remembered() -> Callable[..., Any]:
    """``assemble.build_graph`` that keeps its newest graph while no option changes it."""
    kept: dict[tuple, Any] = {}

    def graph_of(options: Any, train: Any, mesh: Any, knowledge: Any = None, **beside: Any) -> Any:
        entry, own = registry.entry(options.model), {}
        own |= arguments(options, entry.graph) if entry.graph else {}
        own |= {name: getattr(options, name, None) for name in ("dim", "propagation", "seed")}
        own |= {"prior": bool(getattr(options, "prior", 0.0))}
        read = tuple(own.items())
        if read not in kept:
            kept.clear()  # Two graphs at once may not fit.
            kept[read] = assemble.build_graph(options, train, mesh, knowledge, **beside)
        return kept[read]

    return graph_of


def find(
    options: RunOptions,
    data: Data,
    valid: Any,
    graph_of: Callable[..., Any],
    tell: Callable[[int, float], None],
) -> Found:
    """Trains as ``jaxrec train`` does, without a folder, and returns the best validation.

    Args:
      valid: what the validation slice asks (``Task.question``).
      tell: sees every epoch that was validated and its metric; what it raises ends the trial.

    Raises:
      InputError: options that do not go together.
      Diverged: loss or parameters stopped being finite.
    """
    checks.check_options(options)
    task = registry.task_of(options)
    train = data.split.train
    training = parts.build_training(options, train, graph_of, **data.beside)
    if (start := read_start(options, data, training)) is not None:
        training = start.of(training)
    mesh, graph = training.mesh, training.graph
    encode = devices.encoder(training.model, graph, mesh, *train.sizes)

    sign = task.better(options.select)

    def validate(params: Params) -> float:
        found = task.measure(training.model, encode(params), valid, options, None)
        return sign * found.mean[options.select]

    def on_epoch(progress: Any, row: dict[str, float]) -> None:
        if "valid" in row:
            tell(progress.epoch, sign * row["valid"])

    progress = devices.spread(parts.first_progress(training, options.seed), mesh)
    if not isinstance(options, TrainOptions):
        return Found(sign * validate(progress.best_params), 0)
    tables = devices.to_devices(training.tables, mesh)
    epoch = parts.build_epoch(training, None)
    progress = fit(
        lambda state: epoch(state, graph, tables),
        progress,
        n_epochs=epochs_of(options),
        validate=validate,
        validate_every=options.validate_every,
        patience=options.patience,
        on_epoch=on_epoch,
    )
    return Found(sign * progress.best_value, progress.best_epoch)
