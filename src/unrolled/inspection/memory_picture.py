"""The picture of a memory: a heat map, units by steps, for each entry of the state and each gate."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.inputs.ruler import Ruler
from unrolled.inspection.figures import Look, draw_curve, label_steps, step_width
from unrolled.inspection.memory import Memory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_memory", "state_changes"]

Floats = NDArray[np.floating]
MOST_UNITS = 48  # rows that an eye can follow
PAGE = 15.0  # inches that panels share before the next row of them begins


class _Panel(NamedTuple):
    title: str
    values: Floats  # (T, units)
    units: int  # how many there are in all
    gate: bool


def state_changes(memory: Memory) -> Floats:
    """How far each step moves the state: ‖S_t - S_{t-1}‖ (T,), S being all entries side by side, zero at first."""
    state = np.concatenate(list(memory.states.values()), axis=1)
    first = {"append": 0} if memory.direction == "back" else {"prepend": 0}
    changes: Floats = np.linalg.norm(np.diff(state, axis=0, **first), axis=1)
    return changes


def draw_memory(
    look: Look, memories: Sequence[Memory], words: Sequence[str], title: str, ruler: Ruler | None = None
) -> "Figure":
    """Draw heat maps of every entry of the state and every gate of each memory, over T words, or along a ``ruler``.

    The first panel is then the input itself, where the ruler has it.

    Of more than 48 units the 48 that change most are shown, ordered by when they do; all panels of a layer show the
    same ones.
    """
    from matplotlib.figure import Figure

    width = step_width(words, ruler)
    panel = max(width * len(words), 2.2) + 1.0
    groups = [list(_panels(memory, len(memories) > 1)) for memory in memories]
    curves = [int(ruler is not None and ruler.values is not None and i == 0) for i in range(len(groups))]
    columns = max(1, min(max(len(group) + 1 for group in groups), int(PAGE // panel)))
    rows = [-(-(len(group) + 1 + curve) // columns) for group, curve in zip(groups, curves, strict=True)]
    figure = Figure(figsize=(columns * panel + 0.3, 2.35 * sum(rows) + 0.6))
    figure.suptitle(title)
    grid = figure.subplots(sum(rows), columns, squeeze=False)
    for axes in grid.flat:
        axes.set_visible(False)
    first = 0
    for memory, group, count, curve in zip(memories, groups, rows, curves, strict=True):
        places = grid[first : first + count].ravel()
        if ruler is not None and curve:
            draw_curve(places[0], look, ruler, len(words))
        _draw_changes(places[curve], look, memory, len(memories) > 1)
        for axes, content in zip(places[curve + 1 :], group, strict=False):
            _draw_panel(axes, look, content)
        for axes in places[: len(group) + 1 + curve]:
            axes.set_visible(True)
            label_steps(axes, words, width, ruler)
        first += count
    return figure


def _panels(memory: Memory, several: bool) -> Iterator[_Panel]:
    name = f"{memory.name}: " if several else ""
    chosen = _most_active(memory.outputs)
    for kind, entries in (("state", memory.states), ("gate", memory.gates)):
        for entry, values in entries.items():
            rows = chosen if values.shape == memory.outputs.shape else _most_active(values)
            gate = kind == "gate" and entry != "candidate"
            title = f"{name}state {entry}" if kind == "state" else name + entry + (" gate" if gate else "")
            yield _Panel(title, values[:, rows], values.shape[1], gate)


def _most_active(values: Floats) -> NDArray[np.intp]:
    """The units that change most over the steps of ``values`` (T, H), ordered by when they do."""
    moved = np.abs(np.diff(values, axis=0, prepend=0))
    chosen = np.argsort(-moved.max(axis=0), kind="stable")[:MOST_UNITS]
    when, upwards = moved[:, chosen].argmax(axis=0), values[moved.argmax(axis=0)[chosen], chosen] < 0
    return chosen[np.lexsort((upwards, when))]


def _draw_panel(axes: "Axes", look: Look, panel: _Panel) -> None:
    limit = 1.0 if panel.gate else float(np.abs(panel.values).max()) or 1.0
    image = axes.imshow(
        panel.values.T,
        aspect="auto",
        interpolation="nearest",
        cmap=look.one_side if panel.gate else look.diverging,
        vmin=0.0 if panel.gate else -limit,
        vmax=limit,
    )
    axes.set_title(panel.title)
    rows = panel.values.shape[1]
    axes.set_ylabel(f"{rows} of {panel.units} units" if rows < panel.units else f"{rows} units")
    axes.set_yticks([])
    ticks = [0, 0.5, 1] if panel.gate else [-limit, 0, limit]
    names = ["0 shut", "", "1 open"] if panel.gate else [f"{-limit:.2g}", "0", f"{limit:.2g}"]
    bar = axes.figure.colorbar(image, ax=axes, pad=0.02, fraction=0.08, aspect=18)
    bar.set_ticks(ticks, labels=names, fontsize=7.5)
    bar.outline.set_visible(False)


def _draw_changes(axes: "Axes", look: Look, memory: Memory, several: bool) -> None:
    changes = state_changes(memory)
    axes.bar(np.arange(len(changes)), changes, width=0.72, color=look.series[0])
    axes.set_title(f"{memory.name}: change at each step" if several else "how far each step moves it")
    axes.set_ylabel("length of the change")
    axes.grid(axis="y", linewidth=0.5)
    axes.set_axisbelow(True)
