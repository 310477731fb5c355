"""Test examples on which a bag and a memory disagree: what order is good for, and what it is not."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from unrolled.comparison.experiment import Experiment, Row
from unrolled.comparison.measured import Measured
from unrolled.comparison.report.markup import Markup, data, tag
from unrolled.metrics import paired_bootstrap

__all__ = ["disagreements"]

SHOWN = 5  # examples of each kind


def disagreements(experiment: Experiment) -> Markup:
    """The best bag beside the best recurrent model: their difference, and examples that one alone got right."""
    bag, memory = experiment.best("bag"), experiment.best("recurrent")
    if bag is None or memory is None:
        return Markup("")
    memory_right, bag_right = memory.measured.right, bag.measured.right
    middle, low, high, _ = paired_bootstrap(memory_right, bag_right)
    points = f"{100 * middle:+.1f} points, {100 * low:+.1f} to {100 * high:+.1f}"
    memory_alone, bag_alone = memory_right & ~bag_right, bag_right & ~memory_right
    summary = (
        f"The best recurrent model, {memory.combination.name}, beside the best bag, {bag.combination.name}: {points}. "
        f"The one alone is right on {memory_alone.sum():,} test examples, the other alone on {bag_alone.sum():,}. "
        "Shown are those on which they are furthest apart."
    )
    parts = [tag("h2", "A bag and a memory"), tag("p", summary)]
    for title, alone in (("The memory alone is right", memory_alone), ("The bag alone is right", bag_alone)):
        rows = _furthest(experiment, memory, bag, alone)
        if len(rows):
            parts += [tag("h3", title), tag("div", _table(experiment, memory, bag, rows), class_="scroll")]
    return tag("section", *parts)


def _furthest(experiment: Experiment, memory: Row, bag: Row, wanted: NDArray[np.bool_]) -> list[int]:
    """The rows among ``wanted`` whose right label the two find most differently probable."""
    of_targets = np.arange(len(experiment.targets)), experiment.targets
    gap = np.abs(memory.measured.probabilities[of_targets] - bag.measured.probabilities[of_targets])
    rows = np.flatnonzero(wanted)
    shown = {_shown(experiment, int(row)): int(row) for row in reversed(rows[np.argsort(-gap[rows], kind="stable")])}
    return list(shown.values())[: -SHOWN - 1 : -1]  # equal inputs once


def _shown(experiment: Experiment, row: int) -> str:
    """A text itself; of what is no text, where it stands."""
    raw = experiment.test.inputs[row]
    return raw if isinstance(raw, str) else experiment.test.where[row]


def _table(experiment: Experiment, memory: Row, bag: Row, rows: Iterable[int]) -> Markup:
    heads = tag("tr", *(tag("th", name, scope="col") for name in ("input", "label", "memory says", "bag says")))
    lines = []
    for row in rows:
        answers = [_answer(experiment, measured, row) for measured in (memory.measured, bag.measured)]
        label = tag("td", data(experiment.test.targets[row], 80))
        lines.append(tag("tr", tag("td", data(_shown(experiment, row)), class_="text"), label, *answers))
    return tag("table", tag("thead", heads), tag("tbody", *lines))


def _answer(experiment: Experiment, measured: Measured, row: int) -> Markup:
    answer = data(experiment.labels[measured.answers[row]], 80)
    return tag("td", answer, f" ({measured.probabilities[row].max():.0%})")
