"""Training curves as a picture."""

from pathlib import Path

import polars as pl

from jaxrec.runs.store.files import write_atomically

FEW = 12
"""Up to so many points are dots as well; one alone makes no line."""


def draw(
    history: pl.DataFrame,
    path: Path,
    metric: str,
    baselines: dict[str, float],
    later: dict[str, pl.DataFrame],
) -> bool:
    """Loss and validation metric against epochs; False when matplotlib is not installed.

    Args:
      history: columns epoch, loss and valid (null where it was not measured).
      baselines: the same metric on the same slice, drawn as levels.
      later: histories of later phases by what each is, of which the loss is drawn.
    """
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError:
        return False
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(history["epoch"], history["loss"], _line(history), color="tab:blue")
    for (name, other), color in zip(later.items(), ("tab:orange", "tab:red"), strict=False):
        left.plot(other["epoch"], other["loss"], _line(other), color=color, label=name)
    if later:
        left.legend(frameon=False, fontsize="small")
    left.set(ylabel="training loss", yscale=_scale(history["loss"]))
    measured = history.drop_nulls("valid")
    if len(measured):
        line = _line(measured)
        right.plot(measured["epoch"], measured["valid"], line, color="tab:green", label="model")
        best = measured.sort("valid", descending=True).row(0, named=True)
        label = f"best {best['valid']:.4f}, epoch {best['epoch']}"
        right.plot(best["epoch"], best["valid"], "o", color="tab:green", label=label)
        for name, level in baselines.items():
            right.axhline(level, linestyle="--", color="tab:gray", label=f"{name} {level:.4f}")
        top = max(best["valid"], *baselines.values(), 1e-9)
        right.set(ylabel=f"validation {metric}", ylim=(0, 1.05 * top))
        right.legend(frameon=False)
    else:
        right.set_axis_off()
        right.text(0.5, 0.5, "no validation slice", ha="center")
    last = max(history["epoch"])
    for axes in (left, right):
        axes.set(xlabel="epoch", xlim=(0, 1.03 * last))
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    write_atomically(path, lambda beside: figure.savefig(beside, format="png", dpi=150))
    return True


def _line(points: pl.DataFrame) -> str:
    return ".-" if len(points) <= FEW else "-"


def _scale(loss: pl.Series) -> str:
    """Powers of ten where the loss falls through one; within one they would label no tick."""
    positive = loss.filter(loss > 0)
    return "log" if len(positive) and max(positive) >= 10 * min(positive) else "linear"
