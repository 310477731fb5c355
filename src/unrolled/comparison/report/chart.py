"""Accuracy against a cost, as SVG: a mark for each fit, a line for the baseline."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from unrolled.comparison.report.markup import Markup, tag

__all__ = ["Point", "interval", "mark", "scatter"]

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 26, 46
BESIDE = [(9, 4, "start"), (-9, 4, "end"), (0, -9, "middle"), (0, 17, "middle"), (9, -6, "start"), (9, 14, "start")]
"""Where a mark's number may stand, the first free place is taken."""


class Point(NamedTuple):
    """``x`` > 0, ``y`` a share; its row's ``number`` in the table, its ``name``, its form and colour (0 to 7)."""

    x: float
    y: float
    number: int
    name: str
    form: str
    colour: int


def scatter(title: str, unit: str, points: Sequence[Point], baseline: float, name: str) -> Markup:
    """Accuracy (upwards) against what a fit costs (a logarithmic axis)."""
    bottom, top, step = _span([point.y for point in points] + [baseline])
    low, high = _decades([point.x for point in points])

    def right(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(x / low) / math.log(high / low)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (y - bottom) / (top - bottom)

    parts = [tag("title", f"{title}: accuracy of {len(points)} fits, and {name} as a line")]
    for i in range(round((top - bottom) / step) + 1):
        y = bottom + i * step
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=f"{up(y):.1f}", y2=f"{up(y):.1f}", class_="grid"))
        label = f"{100 * y:.{0 if step >= 0.01 else 1}f}%"
        parts.append(tag("text", label, x=LEFT - 6, y=f"{up(y) + 4:.1f}", text_anchor="end"))
    for x in _ticks(low, high):
        parts.append(tag("line", x1=f"{right(x):.1f}", x2=f"{right(x):.1f}", y1=TOP, y2=HEIGHT - BOTTOM, class_="grid"))
        parts.append(tag("text", _short(x), x=f"{right(x):.1f}", y=HEIGHT - BOTTOM + 17, text_anchor="middle"))
    at = f"{up(baseline):.1f}"
    parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="baseline"))
    parts.append(tag("text", title, x=LEFT, y=15, class_="heading"))
    parts.append(tag("text", unit, x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 8, text_anchor="middle"))
    placed = [(right(point.x), up(point.y)) for point in points]
    for point, (x, y) in reversed(list(zip(points, placed, strict=True))):  # the best last, on top
        shown = f"{point.number}. {point.name}: {point.y:.1%}, {_short(point.x)} {unit}"
        parts.append(tag("g", tag("title", shown), mark(point.form, point.colour, x, y)))
    parts += _numbers(points, placed)
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", class_="chart")


def mark(form: str, colour: int, x: float, y: float) -> Markup:
    """A circle for a bag, a square for a dense network, a triangle for a memory."""
    shown = f"mark c{colour}"
    if form == "bag":
        return tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=5, class_=shown)
    if form == "dense":
        return tag("rect", x=f"{x - 4.5:.1f}", y=f"{y - 4.5:.1f}", width=9, height=9, class_=shown)
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in ((-6, 5), (6, 5), (0, -6)))
    return tag("polygon", points=corners, class_=shown)


def interval(low: float, middle: float, high: float, ends: tuple[float, float]) -> Markup:
    """A difference and its interval on a line between ``ends``, with 0 marked."""
    span = max(ends[1] - ends[0], 1e-9)

    def right(x: float) -> str:
        return f"{5 + 110 * (x - ends[0]) / span:.1f}"

    parts = [
        tag("line", x1=right(0), x2=right(0), y1=1, y2=17, class_="zero"),
        tag("line", x1=right(low), x2=right(high), y1=9, y2=9, class_="reach"),
        tag("circle", cx=right(middle), cy=9, r=3.5, class_="dot"),
    ]
    return tag("svg", *parts, viewBox="0 0 120 18", class_="interval", aria_hidden="true")


def _numbers(points: Sequence[Point], placed: Sequence[tuple[float, float]]) -> list[Markup]:
    """The numbers of the rows, each beside its mark where there is room; those of better rows first."""
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in placed]
    shown = []
    for point, (x, y) in zip(points, placed, strict=True):
        wide = 8 * len(str(point.number))
        for dx, dy, anchor in BESIDE:
            left = x + dx - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
            box = left, y + dy - 10, left + wide, y + dy
            inside = box[0] > LEFT and box[2] < WIDTH and box[1] > TOP - 6
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                text = tag("text", str(point.number), x=f"{x + dx:.1f}", y=f"{y + dy:.1f}", text_anchor=anchor)
                shown.append(text)
                break
    return shown


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _span(values: Sequence[float]) -> tuple[float, float, float]:
    """Ends of an axis of shares around values, and the step between its labels."""
    low, high = min(values), max(values)
    step = next(s for s in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / s <= 5)
    bottom, top = math.floor(low / step - 0.2) * step, math.ceil(high / step + 0.2) * step
    return max(0.0, bottom), min(1.0, top), step


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """Ends of a logarithmic axis with some room on both sides."""
    low, high = min(values), max(values)
    room = max(high / low, 4) ** 0.08
    return low / room / (1.4 if high / low < 2 else 1), high * room * (1.4 if high / low < 2 else 1)


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with 2 and 5 between them where those alone would be few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    few = math.log10(high / low) < 2.2
    ticks = [factor * 10.0**power for power in powers for factor in ((1, 2, 5) if few else (1,))]
    return [x for x in ticks if low <= x <= high]


def _short(x: float) -> str:
    """1234567 → 1.2M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if x >= size:
            return f"{x / size:.3g}{letter}"
    return f"{x:.3g}"
