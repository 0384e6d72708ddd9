"""Training curves as a picture."""

from pathlib import Path

import polars as pl

from jaxrec.commands.files import write_atomically


def draw(history: pl.DataFrame, path: Path, metric: str, baselines: dict[str, float]) -> bool:
    """Loss and validation metric against epochs; False when matplotlib is not installed.

    Args:
      history: columns epoch, loss and valid (null where it was not measured).
      baselines: the same metric on the same slice, drawn as levels.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(history["epoch"], history["loss"], color="tab:blue")
    left.set(xlabel="epoch", ylabel="training loss", yscale="log")
    measured = history.drop_nulls("valid")
    if len(measured):
        right.plot(measured["epoch"], measured["valid"], color="tab:green", label="model")
        best = measured.sort("valid", descending=True).row(0, named=True)
        label = f"best {best['valid']:.4f}, epoch {best['epoch']}"
        right.plot(best["epoch"], best["valid"], "o", color="tab:green", label=label)
        for name, level in baselines.items():
            right.axhline(level, linestyle="--", color="tab:gray", label=f"{name} {level:.4f}")
        right.set(xlabel="epoch", ylabel=f"validation {metric}", ylim=(0, None))
        right.legend(frameon=False)
    else:
        right.set_axis_off()
        right.text(0.5, 0.5, "no validation slice", ha="center")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    write_atomically(path, lambda beside: figure.savefig(beside, format="png", dpi=150))
    return True
