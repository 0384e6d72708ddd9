"""RMSE and MAE against noise and against clients a round, beside the baselines."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from experiments.recipe import summary


def draw(config: Any, forms: Iterable[str], found: dict[str, dict[str, Any]], path: Path) -> None:
    """Means over seeds, a line a form; bars are standard deviations. Needs matplotlib."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        return  # The table says the same.
    sides = (
        ("noise, in means of a tensor", config.noises, "noise {:g}"),
        ("clients a round", config.clients, "{} clients a round"),
    )
    figure, axes = plt.subplots(
        2, 2, figsize=(9, 6), sharex="col", sharey="row", layout="constrained"
    )
    baselines = next(iter(found.values()))["runs"][0]["baselines"]
    for row, metric in zip(axes, ("rmse", "mae"), strict=True):
        for axis, (label, values, name) in zip(row, sides, strict=True):
            for form in forms:
                shown = [value for value in values if name.format(value) + form in found]
                runs = [found[name.format(value) + form]["runs"] for value in shown]
                mean, deviation = zip(*(summary(each, metric) for each in runs), strict=True)
                of_form = f"FeSoG{form}"
                axis.errorbar(shown, mean, deviation, marker="o", capsize=3, label=of_form)
            for style, (baseline, value) in zip(("--", ":"), baselines.items(), strict=False):
                axis.axhline(value[metric], linestyle=style, color="gray", label=baseline)
            if metric == "mae":
                axis.set_xlabel(label)
        row[0].set_ylabel(f"{metric.upper()}, test slice")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    figure.savefig(path, dpi=120)
    plt.close(figure)
