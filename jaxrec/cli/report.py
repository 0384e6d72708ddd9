"""What a person reads on standard output: tables and lines."""

from collections.abc import Container, Sequence

from rich.measure import Measurement
from rich.table import Table

from jaxrec.data import Finding
from jaxrec.runs.progress import LastingConsole

BROADEST = 10_000
"""Wider than any table; to a console all are at most as wide as itself."""
LOOKS_AHEAD = "test_before_train_end"

out = LastingConsole(highlight=False)


def print_standard_errors(errors: dict[str, float], names: Sequence[str]) -> None:
    """Prints the standard errors of a model's means over a sample of what could be asked."""
    parts = (f"{name} {errors[name]:.4f}" for name in names if name in errors)
    line = f"Standard errors of the model over the sample: {', '.join(parts)}"
    out.print(line, soft_wrap=True, markup=False)


def leak_lines(findings: Sequence[Finding]) -> str:
    """What the training part of the split tells about the test: one line a check."""
    lines = ["Leak checks"]
    for finding in findings:
        share = f"{finding.count:,} of {finding.total:,}" if finding.count else "none"
        hint = "; --split time measures without" if finding.name == LOOKS_AHEAD else ""
        lines.append(f"  {finding.message}: {share}{hint if finding.count else ''}")
    return "\n".join(lines)


def metric_table(
    rows: dict[str, dict[str, float]],
    title: str,
    names: Sequence[str],
    lower_is_better: Container[str] = (),
) -> Table:
    """A row a system, a column a metric, the best in bold; turned where that is too wide.

    Metrics that a system lacks are left out.
    """
    cells = {}
    names = [name for name in names if all(name in row for row in rows.values())]
    for name in names:
        best = (min if name in lower_is_better else max)(row[name] for row in rows.values())
        for system, row in rows.items():
            text = f"{row[name]:.4f}"
            cells[system, name] = f"[bold]{text}[/bold]" if row[name] == best else text
    heads = [name.replace("@", "\n@") for name in names]
    lines = [[system, *(cells[system, name] for name in names)] for system in rows]
    return fitting_table(title, heads, lines)


def fitting_table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    """A named line a row; turned, a line a column, where that is too wide."""
    wide = plain_table(title, heads, lines)
    if fits(wide):
        return wide
    names, *columns = zip(*lines, strict=True)
    turned = [[head.replace("\n", ""), *each] for head, each in zip(heads, columns, strict=True)]
    return plain_table(title, names, turned)


def fits(table: Table) -> bool:
    """Whether nothing of it would be cut or wrapped."""
    return _measured(table).maximum <= out.width


def least_width(table: Table) -> int:
    """The narrowest console on which nothing of it would be cut."""
    return _measured(table).minimum


def _measured(table: Table) -> Measurement:
    return Measurement.get(out, out.options.update(max_width=BROADEST), table)


def plain_table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    """A named line a row, numbers to the right."""
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(*line)
    return table
