"""What training is estimated to cost, from a few coefficients that were measured once.

``costs.json`` is written by ``python -m benchmarks.costs``: seconds that a step takes by what it
does, on the machine named there. Nothing is compiled here: one gather of fixed size says how this
machine compares with that one.
"""

import json
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxrec import registry
from jaxrec.ops.propagate import auto
from jaxrec.ops.propagate.prepare import automatic

STORED = Path(__file__).with_name("costs.json")
CACHE_BYTES = 2**21
"""Tables beyond this size are read from memory rather than from a cache near the core."""
PROBE_ROWS, PROBE_READS, PROBE_DIM = 1 << 16, 1 << 17, 64


class Costs(NamedTuple):
    """Coefficients of one machine.

    Attributes:
      platform, device, date, versions: where, when and by what they were measured.
      probe_seconds: what ``probe`` returned there.
      step: seconds of a step that do not depend on sizes.
      edge: seconds an edge, layer and column, both passes.
      far: seconds added to ``edge`` for the share of the tables beyond ``CACHE_BYTES``.
      row: seconds a row of the tables and column, for gradient and optimizer.
      sample: seconds a sampled user or item and column.
      factor: a model's steps over those of the formula.
    """

    platform: str
    device: str
    date: str
    versions: dict[str, str]
    probe_seconds: float
    step: float
    edge: float
    far: float
    row: float
    sample: float
    factor: dict[str, float]


class Sizes(NamedTuple):
    """What the cost of training depends on; edges are directed."""

    n_edges: int
    n_users: int
    n_items: int
    n_train: int


@cache
def stored() -> Costs:
    """The coefficients that come with the package."""
    return Costs(**json.loads(STORED.read_text()))


def epoch_seconds(costs: Costs, sizes: Sizes, settings: Any, slowdown: float = 1.0) -> float | None:
    """Estimated seconds of one epoch; None for a model or a task without a measured factor.

    Args:
      slowdown: how many times longer this machine takes than the one of ``costs``.
    """
    factor = costs.factor.get(settings.model)
    if factor is None or settings.task != "ranking":
        return None
    batch_size = min(settings.batch_size, sizes.n_train)
    n_steps = settings.steps or -(-sizes.n_train // batch_size)
    columns = settings.dim
    n_layers = settings.n_layers if registry.entry(settings.model).propagates else 0
    numbers = (sizes.n_users + sizes.n_items) * columns
    edge = costs.edge + costs.far * max(0.0, 1 - CACHE_BYTES / (4 * numbers))
    step = (
        costs.step
        + edge * n_layers * sizes.n_edges * columns * _of_formulation(sizes, settings)
        + costs.row * numbers
        + costs.sample * batch_size * (2 + settings.negatives) * columns
    )
    return n_steps * step * factor * slowdown


def _of_formulation(sizes: Sizes, settings: Any) -> float:
    """Time of the chosen formulation over that of 'auto', where ``auto.measured`` knows both."""
    chosen = getattr(settings, "propagation", "auto")
    n_nodes = sizes.n_users + sizes.n_items
    fastest = automatic(sizes.n_edges, n_nodes, settings.dim)
    if chosen in ("auto", fastest):
        return 1.0
    near = auto.nearest(
        auto.Shape(stored().platform, sizes.n_edges, n_nodes, settings.dim), {chosen, fastest}
    )
    return near[chosen] / near[fastest] if near else 1.0


def probe() -> float:
    """Seconds of a gather of fixed size, the best of five: 33 MB read in no order."""
    table = np.ones((PROBE_ROWS, PROBE_DIM), np.float32)
    read = np.random.default_rng(0).integers(0, PROBE_ROWS, PROBE_READS)
    out = np.empty((PROBE_READS, PROBE_DIM), np.float32)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        table.take(read, axis=0, out=out, mode="clip")
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def in_words(seconds: float) -> str:
    """A duration as people say it.

    >>> [in_words(s) for s in (0.04, 0.84, 7.2, 89, 780, 5000, 1.24e6)]
    ['0.04 s', '0.8 s', '7 s', '89 s', '13 min', '1 h 23 min', '344 h']
    """
    if seconds < 0.1:
        return f"{max(seconds, 0.001):.1g} s"
    if seconds < 1:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h" if hours >= 10 or not minutes else f"{hours} h {minutes} min"
