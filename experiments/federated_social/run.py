"""FeSoG on clients: what noise, the number of clients a round and a promise of privacy cost.

Ratings of FilmTrust in FeSoG's split, on its scale of 0 to 7. Beside it FeSoG trained on all
ratings at once, the mean rating and shrunken biases of users and items.
"""

import dataclasses
import statistics
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.recipe import folder, measure, write

PUBLISHED = {"rmse": 2.0942, "mae": 1.6475}
"""FeSoG on FilmTrust, recalled from the paper and not read: not to be quoted as its number."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained."""

    data: str = "fesog-filmtrust"
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    rounds: int = 200
    """At most; the best by the validation slice is kept."""
    validate_every: int = 5
    patience: int = 30
    """Rounds without a better validation."""
    clients_per_round: int = 256  # The reference implementation's.
    noises: tuple[float, ...] = (0.0, 0.1, 0.5, 1.0)
    """Scales of FeSoG's noise, which follows the mean of a tensor; 0.1 is the reference's."""
    clients: tuple[int, ...] = (64, 256, 715)
    """Clients a round, with noise 0.1; 715 are all of FilmTrust."""
    epsilons: tuple[float, ...] = (8.0,)
    """Promises, with the Laplace mechanism, of a client's ratings over all rounds."""
    item_mean: str = "ratings"
    """The plain weighted mean; 'clients' is FeSoG's, under which items learn faster and overfit."""
    server_learning_rate: float = 2.0
    epochs: int = 60
    """Of training on all ratings at once, at most."""
    seeds: tuple[int, ...] = (0,)
    quick: bool = False
    """Six rounds of one noise, to see it run."""
    out: str = "experiments/federated_social/results"
    """Folder for the JSON file and the picture."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Trains FeSoG on clients and on all ratings at once; prints and writes a table."""
    if config.quick:
        small = {"rounds": 6, "epochs": 2, "noises": (0.1,), "clients": (64,), "epsilons": ()}
        config = dataclasses.replace(config, **small)
    found: dict[str, dict[str, Any]] = {}
    path = folder(config.out, config.quick) / f"{config.data}.json"
    for name, options in rows(config).items():
        given = {"data": config.data, "data_dir": config.data_dir, "patience": config.patience}
        given |= {"validate_every": config.validate_every} | options
        runs = [measure("fesog", seed=seed, **given) for seed in config.seeds]
        found[name] = {"options": options, "runs": [_kept(run) for run in runs]}
        write(path, dataclasses.asdict(config), found, recalled=PUBLISHED)
    _show(config, found)
    _draw(config, found, path.with_suffix(".png"))
    return found


def rows(config: Config) -> dict[str, dict[str, Any]]:
    """Options by the name of a row."""
    base = {"rounds": config.rounds, "clients_per_round": config.clients_per_round}
    base |= {"item_mean": config.item_mean, "server_learning_rate": config.server_learning_rate}
    found: dict[str, dict[str, Any]] = {"all ratings at once": {"epochs": config.epochs}}
    for noise in config.noises:
        found[f"noise {noise:g}"] = base | {"mechanism": "relative", "noise": noise}
    for n in config.clients:
        found[f"{n} clients a round"] = base | {"clients_per_round": n, "noise": 0.1}
    for epsilon in config.epsilons:
        found[f"epsilon {epsilon:g}"] = base | {"mechanism": "laplace", "epsilon": epsilon}
    return found


def _kept(run: dict[str, Any]) -> dict[str, Any]:
    kept = ("test", "valid", "baselines", "federated", "seconds")
    return {name: run.get(name) for name in kept} | {"epoch": run["model"]["epoch"]}


def _mean(runs: list[dict[str, Any]], metric: str) -> float:
    return statistics.mean(run["test"][metric] for run in runs)


def _show(config: Config, found: dict[str, dict[str, Any]]) -> None:
    table = Table(title=f"{config.data}, test slice", title_justify="left")
    table.add_column("")
    for name in ("rmse", "mae", "best round", "kB sent a round"):
        table.add_column(name, justify="right")
    baselines = next(iter(found.values()))["runs"][0]["baselines"]
    for name, value in baselines.items():
        table.add_row(name, f"{value['rmse']:.4f}", f"{value['mae']:.4f}", "", "")
    for name, row in found.items():
        runs, cells = row["runs"], []
        cells += [f"{_mean(runs, metric):.4f}" for metric in ("rmse", "mae")]
        cells.append(", ".join(str(run["epoch"]) for run in runs))
        how = runs[0]["federated"]
        table.add_row(name, *cells, f"{how['bytes_sent_a_round'] / 1e3:,.0f}" if how else "")
    numbers = (f"{PUBLISHED[metric]:.4f}" for metric in ("rmse", "mae"))
    table.add_row("FeSoG, recalled, not read in the paper", *numbers, "", "")
    Console(width=120).print(table)


def _draw(config: Config, found: dict[str, dict[str, Any]], path: Path) -> None:
    """RMSE against noise and against clients a round, beside the baselines."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        return  # The table says the same.
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    baselines = next(iter(found.values()))["runs"][0]["baselines"]
    sides = (
        ("noise", config.noises, "noise {:g}"),
        ("clients a round", config.clients, "{} clients a round"),
    )
    for axis, (label, values, name) in zip(axes, sides, strict=True):
        axis.plot(values, [_mean(found[name.format(v)]["runs"], "rmse") for v in values], "o-")
        for style, (baseline, value) in zip(("--", ":"), baselines.items(), strict=False):
            axis.axhline(value["rmse"], linestyle=style, color="gray", label=baseline)
        axis.set_xlabel(label)
    axes[0].set_ylabel("RMSE, test slice")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
