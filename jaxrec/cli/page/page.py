"""One self-contained HTML page on one run or several side by side."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from jaxrec import registry
from jaxrec.cli.page.charts import activity_chart, curve_charts, legend, popularity_charts
from jaxrec.cli.page.style import STYLE
from jaxrec.data import Finding
from jaxrec.runs.run_report import RunReport
from jaxrec.search.trial_table import command

Named = dict[str, RunReport]
N_HELD_OUT = 10
"""So many held-out items of a user are named."""
BEYOND = ("coverage", "gini", "popularity")


def page(runs: Named, same_question: bool) -> str:
    """The page as text.

    Args:
      runs: by name, one or more.
      same_question: whether all were measured on the same test slice and candidates.
    """
    title = "jaxrec: " + ", ".join(runs)
    parts = [f"<h1>{escape(title)}</h1>", _about(runs)]
    if not same_question:
        parts.append(
            '<p class="warn">These runs were not measured on the same test slice: '
            "their numbers cannot be compared.</p>"
        )
    parts += [legend(runs), *_sections(runs)]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _sections(runs: Named) -> Iterator[str]:
    yield _section("Metrics on the test slice", _metrics(runs))
    if curves := curve_charts(runs):
        yield _section("Training", f'<div class="row">{"".join(curves)}</div>')
    ranked = {name: run for name, run in runs.items() if run.lists is not None}
    if ranked:
        yield _section("Recall by activity of users", activity_chart(ranked))
        yield _section("Recall by popularity of items", popularity_charts(ranked))
        yield _section("Coverage", _beyond(ranked))
        yield _section("Examples of lists", "".join(_examples(*each) for each in ranked.items()))
    yield _section("Leak checks", _leaks(runs))
    yield _section("How to repeat it", "".join(_repeat(*each) for each in runs.items()))


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{body}\n</section>"


def _about(runs: Named) -> str:
    rows = []
    for name, run in runs.items():
        data, results = run.results["data"], run.results
        seconds = sum(results["seconds"].values())
        epoch = str(results["model"]["epoch"]) if run.histories else "not trained"
        rows.append(
            [name, run.options.model, run.options.task, str(data["name"]), str(data["split"])]
            + [epoch, str(run.options.seed), f"{seconds:.1f}"]
        )
    heads = ["run", "model", "task", "data", "split", "best epoch", "seed", "seconds"]
    return table(heads, rows)


def _metrics(runs: Named) -> str:
    """A table a task, for tasks have metrics of their own."""
    tables = []
    for task in dict.fromkeys(run.options.task for run in runs.values()):
        of_task = {name: run for name, run in runs.items() if run.options.task == task}
        first = next(iter(of_task.values()))
        names = list(registry.task_of(first.options).shown(first.options))
        names = [n for n in names if all(n in run.results["test"] for run in of_task.values())]
        lower = registry.task_of(first.options).lower_is_better
        tables.append(_compared(_systems(of_task, names), names, lower))
    return "".join(tables)


def _systems(runs: Named, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Means of the runs, then of their baselines; each baseline once where runs agree on it."""
    rows = {name: run.results["test"] for name, run in runs.items()}
    for base in dict.fromkeys(base for run in runs.values() for base in run.results["baselines"]):
        found = {n: run.results["baselines"].get(base, {}) for n, run in runs.items()}
        values = [[means.get(each) for each in names] for means in found.values()]
        if all(each == values[0] for each in values):
            rows[base] = next(iter(found.values()))
        else:
            rows |= {f"{base} ({name})": means for name, means in found.items() if means}
    return rows


def _compared(rows: dict[str, dict[str, float]], names: Sequence[str], lower: Any = ()) -> str:
    """A row a system, the best of each column in bold."""
    best = {
        n: (min if n in lower else max)(row[n] for row in rows.values() if n in row) for n in names
    }
    cells = []
    for system, row in rows.items():
        values = [(f"{row[n]:.4f}", row[n] == best[n]) if n in row else ("", False) for n in names]
        cells.append([escape(system), *(f"<b>{v}</b>" if top else v for v, top in values)])
    return table(["", *names], cells, raw=True)


def _beyond(runs: Named) -> str:
    ks = dict.fromkeys(run.lists.k for run in runs.values() if run.lists is not None)
    names = [f"{each}@{k}" for k in ks for each in BEYOND]
    cells = [
        [system, *(f"{row[n]:.4f}" if n in row else "" for n in names)]
        for system, row in _systems(runs, names).items()
    ]
    words = (
        "<p>Coverage is the share of the catalogue in any list. Gini is 0 where all items are "
        "listed equally often, and near 1 where few items fill the lists. Popularity is the mean "
        "number of training interactions of listed items.</p>"
    )
    return table(["", *names], cells) + words


def _examples(name: str, run: RunReport) -> str:
    assert run.lists is not None
    cards = []
    for row in run.lists.examples.iter_rows(named=True):
        items = "".join(
            f'<li class="hit">{escape(item)}</li>' if hit else f"<li>{escape(item)}</li>"
            for item, hit in zip(row["list"], row["hit"], strict=True)
        )
        has = ", ".join(map(escape, row["has"]))
        more = (
            f"{row['n_has']:,} training items, among them "
            if row["n_has"] > len(row["has"])
            else ""
        )
        held = ", ".join(map(escape, row["held_out"][:N_HELD_OUT]))
        if (n_left := len(row["held_out"]) - N_HELD_OUT) > 0:
            held += f" and {n_left:,} more"
        cards.append(
            f"<div class='card'><h4>User {escape(row['user'])}</h4><p>Has {more}{has}.</p>"
            f"<p>Held out: {held}.</p><ol>{items}</ol></div>"
        )
    note = "<p>Held-out items in a list are marked.</p>"
    return f"<h3>{escape(name)}</h3>{note}<div class='row'>{''.join(cards)}</div>"


def _leaks(runs: Named) -> str:
    rows = []
    for name, run in runs.items():
        for finding in (Finding(**each) for each in run.results["data"]["leaks"]):
            share = f"{finding.count:,} of {finding.total:,}" if finding.count else "none"
            rows.append([name, finding.message, share])
    return table(["run", "check", "found"], rows)


def _repeat(name: str, run: RunReport) -> str:
    results, data = run.results, run.about["data"]
    versions = ", ".join(f"{package} {number}" for package, number in results["versions"].items())
    seconds = ", ".join(f"{what} {value:g}" for what, value in results["seconds"].items())
    rows = [
        ["data", f"{data['name']}, SHA-256 {data['fingerprint']['sha256']}"],
        ["versions", versions],
        ["device", str(results["device"])],
        ["seconds", seconds],
    ]
    line = escape(command(run.options, run.folder.with_name(f"{run.folder.name}-again")))
    return f"<h3>{escape(name)}</h3><pre>{line}</pre>{table(['', ''], rows)}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], raw: bool = False) -> str:
    """An HTML table; cells are escaped unless ``raw``."""
    text = (lambda cell: cell) if raw else escape
    head = "".join(f"<th>{escape(each)}</th>" for each in heads) if any(heads) else ""
    body = "".join("<tr>" + "".join(f"<td>{text(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'
