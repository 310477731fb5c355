"""The unrolled picture: one recurrent network, drawn once for each time step, with the weights that steps share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unrolled.arrays import Tree
from unrolled.inspection.figures import Look, readable
from unrolled.layers import Recurrent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Sketch", "draw_unrolled", "kept_steps", "weight_shapes"]

MOST_STEPS = 7
STEP = 2.4  # from one time step to the next
TALL = 0.62  # the height of a cell
UNIT = 0.62  # inches
NARROWEST = 7.8  # inches that the lines below need
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
NUMBERS = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
MEANINGS = {"U": "reads the input", "W": "reads the memory", "C": "shows the memory", "V": "leads past the memory"}


@dataclass(frozen=True)
class Sketch:
    """What is drawn: the stack of layers, the shapes of its weights, and the outputs.

    ``outputs``: the output of each step, or a single decision where the steps are pooled; ``pooled`` says how.
    ``output``: the shape of the output layer's weights.
    """

    layers: Recurrent
    shapes: Tree
    output: tuple[int, ...]
    outputs: Sequence[str]
    pooled: str = ""


def weight_shapes(layers: Recurrent, shapes: Tree) -> list[tuple[str, tuple[int, ...]]]:
    """The name and shape of each matrix, such as ("W₂", (800, 200)); a prime marks the direction back."""
    matrices = []
    for i in range(len(layers.widths)):
        index = _index(layers, i)
        trees = [("", shapes[str(i)])]
        if layers.bidirectional:
            trees = [("", shapes[str(i)].ahead), ("′", shapes[str(i)].back)]
        matrices += [(f"{n}{index}{m}", tuple(s)) for m, tree in trees for n, s in tree.items() if len(s) == 2]
    return matrices


def kept_steps(count: int) -> list[int | None]:
    """Which of ``count`` steps are drawn: all of few; else the first four, a gap (None) and the last two."""
    return list(range(count)) if count <= MOST_STEPS else [0, 1, 2, 3, None, count - 2, count - 1]


def draw_unrolled(look: Look, sketch: Sketch, words: Sequence[str]) -> "Figure":
    """Draw the network folded at the left, unrolled over T ``words`` at the right, and its weights below."""
    from matplotlib.figure import Figure

    kept, legend = kept_steps(len(words)), _legend(sketch)
    pen = _Pen(look, sketch)
    edge = 1.85 if sketch.layers.bidirectional else 1.1  # room for a memory that comes back to itself, or goes on
    width, height = (
        max(STEP * (len(kept) + 0.35) + 0.2 + 2 * edge, NARROWEST / UNIT),
        pen.summit + (1.4 if sketch.pooled else 1.0),
    )
    below = 0.185 * len(legend) + 0.1
    size = UNIT * width, UNIT * height + below + 0.45
    figure = Figure(figsize=size)
    figure.set_layout_engine("none")
    question = _question(sketch.layers)
    points = min(13.0, 72 * size[0] / (0.72 * len(question)))
    figure.text(0.5, 1 - 0.25 / size[1], question, ha="center", va="center", fontsize=points, weight="bold")
    axes = pen.axes = figure.add_axes((0, below / size[1], 1, UNIT * height / size[1]))
    axes.set_axis_off()
    axes.set_xlim(-edge, width - edge)
    axes.set_ylim(-0.6, height - 0.6)
    pen.column(0.0, "input", "" if sketch.pooled else "output", "")
    pen.loops(0.0)
    axes.text(1.62, pen.floor(0), "=", fontsize=22, ha="center", va="center")
    for column, step in enumerate(kept):
        at = STEP * (column + 1.35) + 0.2
        if step is None:
            axes.text(at, pen.floor(0), "· · ·", fontsize=16, ha="center", va="center")
        else:
            output = "" if sketch.pooled else sketch.outputs[step]
            pen.column(at, words[step], output, str(step + 1).translate(SUBSCRIPTS))
        pen.memory(at, first=column == 0, last=column == len(kept) - 1)
    if sketch.pooled:
        pen.pool(STEP * 1.35 + 0.2, STEP * (len(kept) + 0.35) + 0.2)
    figure.text(0.25 / size[0], below / size[1], "\n".join(legend), va="top", fontsize=9, linespacing=1.35)
    return figure


def _index(layers: Recurrent, layer: int) -> str:
    return str(layer + 1).translate(SUBSCRIPTS) if len(layers.widths) > 1 else ""


def _question(layers: Recurrent) -> str:
    count = len(layers.widths) * (2 if layers.bidirectional else 1)
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    parts = ["layer"] * (len(layers.widths) > 1) + ["direction"] * layers.bidirectional
    why = f", one for each {' and '.join(parts)}" if parts else ""
    return f"How many {layers.cell.name.upper()}s are in this picture? {number}{why}."


def _legend(sketch: Sketch) -> list[str]:
    """A line on each weight, with its shape."""
    lines, layers = [], sketch.layers
    for name, (height, width) in weight_shapes(layers, sketch.shapes):
        index = name[1:].rstrip("′")
        hidden = next(h for i, h in enumerate(layers.widths) if _index(layers, i) == index)
        stacked = f": {height // hidden} matrices [{hidden}×{width}], one above the other" if height > hidden else ""
        end = " (from the end)" if name.endswith("′") else ""
        lines.append(f"{name} [{height}×{width}] {MEANINGS.get(name[0], 'is a weight')}{end}{stacked}")
    if "W" not in layers.cell.params:
        lines.append("no W: each unit keeps a share of its own memory, and sees no other's")
    lines.append(f"O [{sketch.output[0]}×{sketch.output[1]}] makes scores of what the memory shows")
    return [*lines, "They are the same at every step: drawn once for each word, but learnt once and stored once."]


class _Pen:
    """Draws the columns of one sketch: the input below, the layers above it, the output on top."""

    axes: "Axes"

    def __init__(self, look: Look, sketch: Sketch) -> None:
        self.look, self.sketch, self.layers = look, sketch, sketch.layers
        self.inks = look.series[0], look.series[1], look.series[2]  # of U, W and O
        both = sketch.layers.bidirectional
        self.story, self.half = (2.75, 0.45) if both else (1.7, 0.66)
        self.sides = [("", -0.5, -0.42), ("′", 0.5, 0.42)] if both else [("", 0.0, 0.0)]

    def floor(self, layer: int) -> float:
        """The height of the middle of a layer's cells."""
        return self.story * layer + (1.9 if len(self.sides) > 1 else 1.45)

    def top(self, layer: int) -> float:
        """The height at which the output of a layer leaves it."""
        return self.floor(layer) + self.sides[-1][2] + TALL / 2 + (0.16 if len(self.sides) > 1 else 0.0)

    @property
    def roof(self) -> float:
        return self.top(len(self.layers.widths) - 1)

    @property
    def summit(self) -> float:
        """The height of the outputs."""
        return self.roof + 1.15

    def column(self, x: float, word: str, output: str, step: str) -> None:
        """One time step: the word, a cell for each layer and direction, the output."""
        reads, _, makes = self.inks
        self.box(x, 0.0, 0.95, readable(word), self.look.faint)
        below = TALL / 2
        for layer in range(len(self.layers.widths)):
            for mark, dx, dy in self.sides:
                y = self.floor(layer) + dy
                name = f"S{step}{mark}" if step else self.layers.cell.name.upper() + mark
                self.box(x + dx, y, self.half, name, self.inks[1], bold=not step)
                self.arrow((x + dx * 0.6, below), (x + dx, y - TALL / 2), reads)
                middle = (below + y - TALL / 2) / 2 if not dx > 0 else below + 0.3
                self.letter(x + dx * 0.8 + 0.27, middle, f"U{_index(self.layers, layer)}{mark}", reads)
            below = self.top(layer)
            if len(self.sides) > 1:  # both halves side by side are what comes next
                for _, dx, dy in self.sides:
                    line = [x + dx, x + dx, x], [self.floor(layer) + dy, below, below]
                    self.axes.plot(*line, color=self.look.faint, linewidth=1.6, zorder=1)
        if output or not step:
            self.arrow((x, below), (x, self.summit - TALL / 2), makes)
            self.letter(x + 0.25, (below + self.summit - TALL / 2) / 2, "O", makes)
            self.box(x, self.summit, 0.95, readable(output or "decision"), makes)

    def loops(self, x: float) -> None:
        """The memory of the folded network: an arrow from each layer to itself."""
        for layer in range(len(self.layers.widths)):
            for mark, dx, dy in self.sides:
                side = -1 if dx < 0 else 1
                edge, y = x + dx + side * self.half, self.floor(layer) + dy
                self.arrow((edge, y + 0.16), (edge, y - 0.16), self.inks[1], bend=-2.2 * side)
                self.letter(edge + side * 0.58, y, self._memory_name(layer, mark), self.inks[1])

    def memory(self, x: float, first: bool, last: bool) -> None:
        """The arrows from one step's memory to the next one's; the state before the first is zero."""
        for layer in range(len(self.layers.widths)):
            for mark, dx, dy in self.sides:
                y, back = self.floor(layer) + dy, dx > 0
                left, right = x - STEP + dx + self.half, x + dx - self.half
                if first and not back:
                    left = right - 0.5
                if not first or not back:
                    ends = ((right, y), (left, y)) if back else ((left, y), (right, y))
                    self.arrow(*ends, self.inks[1])
                    middle = (
                        right - 0.3 if first else left + 0.4 if back else right - 0.45 if dx else (left + right) / 2
                    )
                    self.letter(middle, y + 0.2, "0" if first else self._memory_name(layer, mark), self.inks[1])
                if last and back:
                    edge = x + dx + self.half
                    self.arrow((edge + 0.5, y), (edge, y), self.inks[1])
                    self.letter(edge + 0.3, y + 0.2, "0", self.inks[1])

    def pool(self, start: float, end: float) -> None:
        """One decision of all steps: a bar over the columns, and above it the label."""
        middle, half, makes = (start + end) / 2, (end - start) / 2 + 0.7, self.inks[2]
        self.box(middle, self.roof + 0.55, half, self.sketch.pooled, self.look.faint, tall=0.36)
        self.arrow((middle, self.roof + 0.73), (middle, self.summit + 0.42 - TALL / 2), makes)
        self.letter(middle + 0.25, self.roof + 0.98, "O", makes)
        self.box(middle, self.summit + 0.42, 1.3, readable(self.sketch.outputs[0]), makes)

    def _memory_name(self, layer: int, mark: str) -> str:
        return f"W{_index(self.layers, layer)}{mark}" if "W" in self.layers.cell.params else ""

    def box(self, x: float, y: float, half: float, text: str, ink: str, bold: bool = False, tall: float = TALL) -> None:
        from matplotlib.patches import FancyBboxPatch

        shape = "round,pad=0,rounding_size=0.12"
        corner = x - half, y - tall / 2
        paper = self.look.paper
        self.axes.add_patch(
            FancyBboxPatch(
                corner, 2 * half, tall, boxstyle=shape, facecolor=paper, edgecolor=ink, linewidth=1.6, zorder=3
            )
        )
        size = min(9.0, 2 * half * UNIT * 72 / (0.66 * max(len(text), 1) + 0.5))
        weight = "bold" if bold else "normal"
        self.axes.text(x, y, text, ha="center", va="center", fontsize=size, weight=weight, zorder=4)

    def arrow(self, start: tuple[float, float], end: tuple[float, float], ink: str, bend: float = 0.0) -> None:
        style = {"arrowstyle": "-|>", "color": ink, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 11}
        style["connectionstyle"] = f"arc3,rad={bend}"
        self.axes.annotate("", end, start, arrowprops=style, zorder=2)

    def letter(self, x: float, y: float, text: str, ink: str) -> None:
        self.axes.text(x, y, text, color=ink, ha="center", va="center", fontsize=9, weight="bold", zorder=5)
