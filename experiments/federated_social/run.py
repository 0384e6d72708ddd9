"""FeSoG on clients: what federation, noise, clients a round and a promise of privacy cost.

Ratings of FilmTrust in FeSoG's split, on its scale of 0 to 7. Beside it FeSoG trained on all
ratings at once, the mean rating and shrunken biases of users and items. Every row is trained twice:
from the middle of the scale on, and ``--center``, from the mean and the shrunken biases on.
"""

import dataclasses
import itertools
import json
import statistics
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.federated_social.picture import draw
from experiments.recipe import check_names, folder, measure, told, write

FORMS: dict[str, dict[str, Any]] = {"": {}, ", centered": {"center": True}}
"""By what is added to the name of a row."""

GROUPS = ("all at once", "noise", "clients", "epsilon", "no biases")
NOISE = 0.1
"""Of the search and of all rows that do not say another; the reference implementation's."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained."""

    data: str = "fesog-filmtrust"
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    rows: tuple[str, ...] = GROUPS
    """Groups of rows."""
    rounds: int = 200
    """At most; the best by the validation slice is kept."""
    validate_every: int = 5
    patience: int = 30
    """Rounds, or epochs, without a better validation."""
    clients_per_round: int = 256  # The reference implementation's.
    noises: tuple[float, ...] = (0.0, NOISE, 0.5, 1.0)
    """Scales of FeSoG's noise, which follows the mean of a tensor."""
    clients: tuple[int, ...] = (64, 256, 715)
    """Clients a round; 715 are all of FilmTrust."""
    epsilons: tuple[float, ...] = (8.0,)
    """Promises, with the Laplace mechanism, of a client's ratings over all rounds."""
    item_mean: str = "ratings"
    """The plain weighted mean; 'clients' is FeSoG's, under which items learn faster and overfit."""
    server_learning_rates: tuple[float, ...] = (0.5, 2.0, 5.0)
    """Searched for each form on the validation slice, with the first seed."""
    init_scales: tuple[float, ...] = (0.01, 0.1)
    """Searched with them; training on all ratings at once has what they chose."""
    learning_rates: tuple[float, ...] = (1e-3, 5e-3)
    """Of training on all ratings at once, searched as well."""
    epochs: int = 200
    """Of training on all ratings at once, at most."""
    seeds: tuple[int, ...] = (0, 1, 2)
    quick: bool = False
    """Six rounds of one noise and one setting, to see it run."""
    out: str = "experiments/federated_social/results"
    """Folder for the JSON file and the picture."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Trains FeSoG on clients and on all ratings at once; prints and writes a table.

    Rows and searches that a file has in the same setting stay, so the command goes on where it was
    stopped.
    """
    check_names(config.rows, GROUPS, "--rows")
    if config.quick:
        config = dataclasses.replace(
            config,
            rows=("all at once", "noise", "clients"),
            rounds=6,
            epochs=2,
            noises=(NOISE,),
            clients=(64,),
            server_learning_rates=(2.0,),
            init_scales=(0.1,),
            learning_rates=(5e-3,),
            seeds=(0,),
        )
    path = folder(config.out, config.quick) / f"{config.data}.json"
    found, searched = _kept(path, config)
    for form in FORMS:
        if form not in searched:
            searched[form] = search(config, form)
            write(path, dataclasses.asdict(config), found, searched=searched)
        for name, options in rows(config, form, searched[form]["chosen"]).items():
            if name not in found:
                found[name] = _row(config, options, found)
                write(path, dataclasses.asdict(config), found, searched=searched)
    _show(config, found)
    draw(config, FORMS, found, path.with_suffix(".png"))
    return found


def search(config: Config, form: str) -> dict[str, Any]:
    """The setting of a form with the best RMSE on the validation slice, and all that were tried.

    Training on all ratings at once has the tables' scale that clients chose. Where there is no
    choice nothing is trained.
    """
    tried: list[dict[str, Any]] = []

    def best(group: str, base: dict[str, Any], settings: list[dict[str, Any]]) -> dict[str, Any]:
        if len(settings) == 1:
            return settings[0]
        valid = []
        for own in settings:
            run = _run(config, FORMS[form] | base | own, config.seeds[0])
            valid.append(run["valid"]["rmse"])
            tried.append({"group": group, "options": own, "valid": valid[-1]})
        return settings[valid.index(min(valid))]

    rates = itertools.product(config.server_learning_rates, config.init_scales)
    of_clients = [{"server_learning_rate": rate, "init_scale": scale} for rate, scale in rates]
    federated = best("federated", _federated(config), of_clients)
    scale = {"init_scale": federated["init_scale"]}
    at_once = [{"learning_rate": rate} | scale for rate in config.learning_rates]
    found = best("all at once", {"epochs": config.epochs}, at_once)
    return {"chosen": {"federated": federated, "all at once": found}, "tried": tried}


def rows(config: Config, form: str, chosen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Options by the name of a row."""
    at_once = FORMS[form] | {"epochs": config.epochs} | chosen["all at once"]
    clients = FORMS[form] | _federated(config) | chosen["federated"]
    found: dict[str, dict[str, dict[str, Any]]] = {group: {} for group in GROUPS}
    found["all at once"]["all ratings at once"] = at_once
    found["noise"] = {f"noise {noise:g}": clients | {"noise": noise} for noise in config.noises}
    found["clients"] = {
        f"{n} clients a round": clients | {"clients_per_round": n} for n in config.clients
    }
    if not form:  # With --center clients share statistics, so nothing can be promised.
        for epsilon in config.epsilons:
            promised = {"mechanism": "laplace", "epsilon": epsilon}
            bare = {name: value for name, value in clients.items() if name != "noise"}
            found["epsilon"][f"epsilon {epsilon:g}"] = bare | promised
        for name, base in ((f"noise {NOISE:g}", clients), ("all ratings at once", at_once)):
            found["no biases"][f"{name}, no biases"] = base | {"biases": False}  # The paper's form.
    return {name + form: each for group in config.rows for name, each in found[group].items()}


def _federated(config: Config) -> dict[str, Any]:
    return {
        "rounds": config.rounds,
        "clients_per_round": config.clients_per_round,
        "item_mean": config.item_mean,
        "mechanism": "relative",
        "noise": NOISE,
    }


def _run(config: Config, options: dict[str, Any], seed: int) -> dict[str, Any]:
    given = {"data": config.data, "data_dir": config.data_dir, "patience": config.patience}
    return measure("fesog", seed=seed, validate_every=config.validate_every, **given, **options)


def _row(config: Config, options: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What every seed measures; of options that a row had before, what that one measured."""
    for row in found.values():
        if row["options"] == options:
            return row
    kept = ("test", "valid", "baselines", "federated", "seconds")
    runs = []
    for seed in config.seeds:
        run = _run(config, options, seed)
        runs.append({name: run.get(name) for name in kept} | {"epoch": run["model"]["epoch"]})
    return {"options": options, "runs": runs}


def _kept(path: Path, config: Config) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rows and searches that an earlier command found in the same setting."""
    if not path.is_file():
        return {}, {}
    written = json.loads(path.read_text())
    apart = ("rows", "data_dir", "out", "noises", "clients", "epsilons")
    now = json.loads(json.dumps(dataclasses.asdict(config)))
    same = all(written["config"].get(name) == now[name] for name in now if name not in apart)
    return (written["rows"], written["searched"]) if same else ({}, {})


def _show(config: Config, found: dict[str, dict[str, Any]]) -> None:
    table = Table(title=f"{config.data}, test slice", title_justify="left")
    table.add_column("")
    for name in ("rmse", "mae", "best round", "kB sent a round"):
        table.add_column(name, justify="right")
    baselines = next(iter(found.values()))["runs"][0]["baselines"]
    for name, value in baselines.items():
        table.add_row(name, f"{value['rmse']:.4f}", f"{value['mae']:.4f}", "", "")
    for name, row in found.items():
        runs, cells = row["runs"], [told(row["runs"], metric) for metric in ("rmse", "mae")]
        cells.append(", ".join(str(run["epoch"]) for run in runs))
        sent = [run["federated"]["bytes_sent_a_round"] for run in runs if run["federated"]]
        table.add_row(name, *cells, f"{statistics.mean(sent) / 1e3:,.0f}" if sent else "")
    Console(width=120).print(table)
