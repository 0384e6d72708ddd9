"""Small charts as SVG text, to stand in a page without any other file."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

COLORS = ("#3366cc", "#dc6900", "#2a9d50", "#9b3fb5", "#8a6d3b", "#5f6b7a")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 240, 56, 12, 12, 38


class Line(NamedTuple):
    """Points of one line, ``y`` by ``x``; a run's later phases are dashed."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    color: str
    dashed: bool = False


def line_chart(lines: Sequence[Line], x_label: str, y_label: str, log: bool = False) -> str:
    """Lines over a common pair of axes, the vertical one from 0.

    Args:
      log: makes the vertical axis logarithmic if all values are positive and span a power of ten.
    """
    values = [y for line in lines for y in line.y]
    log = log and min(values) > 0 and max(values) >= 10 * min(values)
    scale = math.log10 if log else float
    low, high = _ends([scale(y) for y in values], from_zero=not log)
    last = max(max(line.x) for line in lines) or 1
    to_x = lambda x: LEFT + (WIDTH - LEFT - RIGHT) * x / last
    to_y = lambda y: _height(scale(y), low, high)
    ticks = _log_ticks(low, high) if log else _ticks(low, high)
    parts = [*_grid([(to_y(tick), f"{tick:.3g}") for tick in ticks]), *_labels(x_label, y_label)]
    for tick in _ticks(0, last):
        parts.append(_text(to_x(tick), HEIGHT - BOTTOM + 14, f"{tick:g}", "middle"))
    for line in lines:
        points = " ".join(
            f"{to_x(x):.1f},{to_y(y):.1f}" for x, y in zip(line.x, line.y, strict=True)
        )
        dash = ' stroke-dasharray="5 4"' if line.dashed else ""
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{line.color}" stroke-width="1.8"'
            f"{dash}><title>{escape(line.name)}</title></polyline>"
        )
        if len(line.x) == 1:
            parts.append(f'<circle cx="{points.split(",")[0]}" cy="{points.split(",")[1]}" r="3"/>')
    return _svg(parts, f"{y_label} by {x_label}")


def bar_chart(
    groups: Sequence[str], series: Mapping[str, Sequence[float]], x_label: str, y_label: str
) -> str:
    """A bar a group and series, side by side, in ``COLORS`` of the series."""
    low, high = _ends([y for values in series.values() for y in values], from_zero=True)
    parts = _grid([(_height(tick, low, high), f"{tick:.3g}") for tick in _ticks(low, high)])
    parts += _labels(x_label, y_label)
    wide = (WIDTH - LEFT - RIGHT) / len(groups)
    bar = 0.76 * wide / len(series)
    for place, group in enumerate(groups):
        left = LEFT + place * wide
        parts.append(_text(left + wide / 2, HEIGHT - BOTTOM + 14, group, "middle"))
        for number, (name, values) in enumerate(series.items()):
            top, value = _height(values[place], low, high), values[place]
            parts.append(
                f'<rect x="{left + 0.12 * wide + number * bar:.1f}" y="{top:.1f}" '
                f'width="{bar:.1f}" '
                f'height="{HEIGHT - BOTTOM - top:.1f}" fill="{COLORS[number % len(COLORS)]}">'
                f"<title>{escape(f'{name}, {group}: {value:.4f}')}</title></rect>"
            )
    return _svg(parts, f"{y_label} by {x_label}")


def _ends(values: Sequence[float], from_zero: bool) -> tuple[float, float]:
    low, high = (min(0.0, *values) if from_zero else min(values)), max(values)
    return (low, high) if high > low else (low, low + 1)


def _height(y: float, low: float, high: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (high - y) / (high - low)


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers from ``low`` to ``high``.

    >>> _ticks(0, 0.23)
    [0.0, 0.05, 0.1, 0.15, 0.2]
    """
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * times for times in (1, 2, 5, 10) if raw <= power * times)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 12) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten, given the logarithms of the ends; few of a wide range.

    >>> _log_ticks(-1.5, 0.1)
    [0.05, 0.1, 0.2, 0.5, 1.0]
    """
    times = (1, 2, 5) if high - low < 3 else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    found = [float(f"{each}e{power}") for power in powers for each in times]
    return [tick for tick in found if low - 1e-9 <= math.log10(tick) <= high + 1e-9]


def _grid(ticks: Sequence[tuple[float, str]]) -> list[str]:
    lines = []
    for y, text in ticks:
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="#888" stroke-opacity="0.4"/>'
        )
        lines.append(_text(LEFT - 6, y + 4, text, "end"))
    return lines


def _labels(x_label: str, y_label: str) -> list[str]:
    middle = (HEIGHT - BOTTOM + TOP) / 2
    turned = f' transform="rotate(-90 12 {middle:.0f})"'
    return [
        _text((WIDTH + LEFT) / 2, HEIGHT - 6, x_label, "middle"),
        _text(12, middle, y_label, "middle", turned),
    ]


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _svg(parts: Sequence[str], title: str) -> str:
    body = "\n".join(parts)
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"'
    return f"<svg {box}>\n{body}\n</svg>"
