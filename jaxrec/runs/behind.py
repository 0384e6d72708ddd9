"""A line where a simple baseline is as good as the model, and what to try."""

import math
from typing import Any

import numpy as np

from jaxrec import registry
from jaxrec.evaluate import Measured
from jaxrec.tasks import RANKING, Task

CLEAR = 2.0
"""Standard errors of the paired difference, by user, beyond which it is no chance."""
FREE = ("filter_r", "item_knn", "ease")
"""Models that take seconds and read the same file."""
IN_ROUNDS = (
    "Try more --rounds or --clients-per-round, or a larger --epsilon; {} with --rounds 0 shows "
    "what rounds cost"
)
"""Advice where clients train."""


def behind_lines(
    model: str,
    measured: Measured,
    baselines: dict[str, Measured],
    metric: str,
    part: str,
    task: Task = RANKING,
) -> list[str]:
    """A line for every baseline whose mean is not below the model's, unless that is perfect.

    Args:
      metric: such as ``recall@20``; one that was measured by user.
      part: the slice, as it is called.
    """
    lines, sign = [], task.better(metric)
    for name, baseline in baselines.items():
        difference = sign * (measured.per_user[metric] - baseline.per_user[metric])
        difference = difference[~np.isnan(difference)]
        if difference.mean() > 0 or measured.mean[metric] == 1:
            continue
        error = difference.std() / math.sqrt(len(difference))
        sure = np.abs(difference.mean()) > CLEAR * error
        means = f"{measured.mean[metric]:.4f} against {baseline.mean[metric]:.4f}"
        how = "is worse than" if sure else "is not better than"
        lines.append(
            f"{model} {how} the baseline {name} in {metric} of the {part} slice: {means}"
            f"{'' if sure else ' (within two standard errors)'}. {advice(model, name, task)}"
        )
    return lines


def followable(task: Task, options: Any) -> Task:
    """The task, whose advice a run in rounds can follow."""
    return task._replace(advice=IN_ROUNDS) if getattr(options, "rounds", 0) else task


def advice(model: str, baseline: str, task: Task = RANKING) -> str:
    """What to try where ``baseline`` is better."""
    if baseline == "repeat":
        return "Here users return to their own items: show those first, or leave --repeats keep out"
    if task.advice is not None:
        return task.advice.format(model)
    others = ", ".join(name for name in FREE if name != model)
    if model.startswith("given:"):  # No command line knows it.
        return f"Try jaxrec.tune with it, or a model without training ({', '.join(FREE)})"
    search = f"jaxrec tune --model {model}"
    if registry.entry(model).trained:
        return f"Try {search}, more --epochs, or a model without training (--model {others})"
    return f"Try {search}, another model ({others}, lightgcn), or --k-core to drop rare items"
