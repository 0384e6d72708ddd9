"""The charts of a page: curves of training, and recall by groups of users and items."""

from collections.abc import Mapping, Sequence
from html import escape

import polars as pl

from jaxrec.cli.page.svg import COLORS, Line, bar_chart, line_chart
from jaxrec.runs.answer.list_groups import ListGroups
from jaxrec.runs.run_report import RunReport


def colors(names: Sequence[str]) -> dict[str, str]:
    """A color a run, in their order."""
    return {name: COLORS[place % len(COLORS)] for place, name in enumerate(names)}


def legend(runs: Mapping[str, RunReport]) -> str:
    """Names beside their colors; nothing for one run."""
    if len(runs) == 1:
        return ""
    keys = (
        f'<span class="key" style="background:{color}"></span>{escape(name)}'
        for name, color in colors(list(runs)).items()
    )
    return f"<p>{''.join(keys)}</p>"


def curve_charts(runs: Mapping[str, RunReport]) -> list[str]:
    """The loss, phases after the first dashed, and the validation metric of each run, by epoch."""
    by_run, losses, valids = colors(list(runs)), [], {}
    for name, run in runs.items():
        for place, (phase, history) in enumerate(run.histories.items()):
            losses.append(_line(f"{name}, {phase}", history, "loss", by_run[name], place > 0))
            measured = history.drop_nulls("valid")
            if len(measured):
                line = _line(name, measured, "valid", by_run[name])
                valids.setdefault(run.options.select, []).append(line)
    found = []
    if losses:
        dashed = any(line.dashed for line in losses)
        note = "Training loss" + ("; refits are dashed" if dashed else "")
        found.append(figure(line_chart(losses, "epoch", "loss", log=True), note))
    for metric, lines in valids.items():
        found.append(figure(line_chart(lines, "epoch", metric), f"Validation {metric}"))
    return found


def activity_chart(runs: Mapping[str, RunReport]) -> str:
    """Mean recall of test users in groups by their number of training interactions."""
    lists = _lists(runs)
    series = {name: each.activity["recall"].to_list() for name, each in lists.items()}
    first = next(iter(lists.values()))
    note = "Mean recall of test users, by their number of training interactions: "
    note += _sizes(first.activity, "users")
    return _chart({name: each.activity for name, each in lists.items()}, series, first.k, note)


def popularity_charts(runs: Mapping[str, RunReport]) -> str:
    """Recall of held-out pairs, and share of list places, in groups of items by popularity."""
    lists = _lists(runs)
    first, frames = next(iter(lists.values())), {n: each.popularity for n, each in lists.items()}
    recall = {name: frame["recall"].to_list() for name, frame in frames.items()}
    shown = {name: frame["shown"].to_list() for name, frame in frames.items()}
    note = "Recall of all held-out pairs together, by the number of training interactions of the "
    note += f"item: {_sizes(first.popularity, 'items')}, with about as many held-out pairs each"
    places = "Share of all places in lists that each group of items has"
    return (
        '<div class="row">'
        + _chart(frames, recall, first.k, note)
        + _chart(frames, shown, first.k, places, "share of places")
        + "</div>"
    )


def _chart(
    frames: Mapping[str, pl.DataFrame],
    series: dict[str, list[float]],
    k: int,
    note: str,
    label: str | None = None,
) -> str:
    """One chart where all runs have the same groups, else one a run."""
    label = label or f"recall@{k}"
    groups = {name: _ranges(frame) for name, frame in frames.items()}
    if len({tuple(each) for each in groups.values()}) == 1:
        chart = bar_chart(next(iter(groups.values())), series, "training interactions", label)
        return figure(chart, note)
    return "".join(
        figure(
            bar_chart(groups[name], {name: series[name]}, "training interactions", label),
            f"{name}. {note}" if place == 0 else name,
        )
        for place, name in enumerate(series)
    )


def figure(chart: str, caption: str) -> str:
    """A chart with its caption."""
    return f"<figure>{chart}<figcaption>{escape(caption)}.</figcaption></figure>"


def _line(name: str, history: pl.DataFrame, column: str, color: str, dashed: bool = False) -> Line:
    return Line(name, history["epoch"].to_list(), history[column].to_list(), color, dashed)


def _lists(runs: Mapping[str, RunReport]) -> dict[str, ListGroups]:
    return {name: run.lists for name, run in runs.items() if run.lists is not None}


def _ranges(frame: pl.DataFrame) -> list[str]:
    pairs = zip(frame["least"], frame["most"], strict=True)
    return [f"{least} to {most}" if most > least else f"{least}" for least, most in pairs]


def _sizes(frame: pl.DataFrame, what: str) -> str:
    return ", ".join(f"{n:,}" for n in frame[what]) + f" {what}"
