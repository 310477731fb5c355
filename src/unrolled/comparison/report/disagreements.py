"""Test examples on which a bag and a memory disagree: what order is good for, and what it is not."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from unrolled.comparison.contest import Contest, Row
from unrolled.comparison.measured import Measured
from unrolled.comparison.report.markup import Markup, data, tag
from unrolled.metrics import paired_bootstrap

__all__ = ["disagreements"]

SHOWN = 5  # examples of each kind


def disagreements(contest: Contest) -> Markup:
    """The best bag beside the best recurrent model: their difference, and examples that one alone got right."""
    bag, memory = contest.best("bag"), contest.best("recurrent")
    if bag is None or memory is None or bag.measured is None or memory.measured is None:
        return Markup("")
    right = [np.asarray(measured.answers == contest.targets) for measured in (memory.measured, bag.measured)]
    found = paired_bootstrap(right[0], right[1])
    points = f"{100 * found.difference:+.1f} points, {100 * found.low:+.1f} to {100 * found.high:+.1f}"
    alone = [f"{(right[one] & ~right[1 - one]).sum():,}" for one in (0, 1)]
    told = (
        f"The best recurrent model, {memory.combination.name}, beside the best bag, {bag.combination.name}: {points}. "
        f"The one alone is right on {alone[0]} test examples, the other alone on {alone[1]}. "
        "Shown are those on which they are furthest apart."
    )
    parts = [tag("h2", "A bag and a memory"), tag("p", told)]
    for title, one, other in (("The memory alone is right", 0, 1), ("The bag alone is right", 1, 0)):
        rows = _furthest(contest, memory, bag, right[one] & ~right[other])
        if len(rows):
            parts += [tag("h3", title), tag("div", _table(contest, memory, bag, rows), class_="scroll")]
    return tag("section", *parts)


def _furthest(contest: Contest, memory: Row, bag: Row, wanted: NDArray[np.bool_]) -> list[int]:
    """The rows among ``wanted`` whose right label the two find most differently probable."""
    assert memory.measured is not None
    assert bag.measured is not None
    everyone = np.arange(len(contest.targets)), contest.targets
    gap = np.abs(memory.measured.probabilities[everyone] - bag.measured.probabilities[everyone])
    rows = np.flatnonzero(wanted)
    shown = {_shown(contest, int(row)): int(row) for row in reversed(rows[np.argsort(-gap[rows], kind="stable")])}
    return list(shown.values())[: -SHOWN - 1 : -1]  # equal inputs once


def _shown(contest: Contest, row: int) -> str:
    """A text itself; of what is no text, where it stands."""
    given = contest.test.inputs[row]
    return given if isinstance(given, str) else contest.test.where[row]


def _table(contest: Contest, memory: Row, bag: Row, rows: Iterable[int]) -> Markup:
    heads = tag("tr", *(tag("th", name, scope="col") for name in ("input", "label", "memory says", "bag says")))
    lines = []
    for row in rows:
        says = [_says(contest, measured, row) for measured in (memory.measured, bag.measured) if measured]
        label = tag("td", data(contest.test.labels[row], 80))
        lines.append(tag("tr", tag("td", data(_shown(contest, row)), class_="text"), label, *says))
    return tag("table", tag("thead", heads), tag("tbody", *lines))


def _says(contest: Contest, measured: Measured, row: int) -> Markup:
    answer = data(contest.labels[measured.answers[row]], 80)
    return tag("td", answer, f" ({measured.probabilities[row].max():.0%})")
