"""Swipe typing: teach a next-word model to read strokes over the keys of a keyboard."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from unrolled import settings
from unrolled.arrays import Tree
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.log import Log
from unrolled.settings import documented, option
from unrolled.storage.model_folder import ModelFolder, write_model_folder
from unrolled.strokes.layouts import LAYOUTS, Layout, layout_named, read_layout
from unrolled.strokes.network import NetworkSize, StrokeNetwork
from unrolled.strokes.practice import Practice
from unrolled.strokes.reader import STROKES, StrokeReader
from unrolled.strokes.writable import Writable
from unrolled.tasks import load
from unrolled.tasks.base import Task
from unrolled.tasks.fitted import Fitted, shown_loss
from unrolled.tasks.next_word import NextWord
from unrolled.tasks.recipe import Prepared, Source, Tensors

if TYPE_CHECKING:
    from unrolled.training import Problem
    from unrolled.training.connectionist import Unaligned

__all__ = ["Swipe"]

_EPOCH, _VALIDATED = 250, 8  # batches
_ENTRIES = ("task", "settings", "training", "fitted")  # of config.json, which stay as they are


@dataclass
class LearntStrokes:
    """The keyboard that learns to read strokes, its folder held in memory, and the layout of its words."""

    folder: ModelFolder
    layout: Layout
    remark: str = ""
    mixed_loss: float | None = None


@dataclass(frozen=True)
class StrokeLearning:
    """The recipe: words of a keyboard, and strokes for them made by a motor model. ``layout`` is a name or a file."""

    size: NetworkSize
    layout: str | None
    unit: str = "keys"

    def prepare(self, source: Source, log: Log) -> Prepared[LearntStrokes]:
        """See `Recipe`."""
        log.stage("reading the keyboard's words")
        if source.valid is not None:
            raise InputError("a swipe model is validated on strokes that are made for it; leave valid out", "valid")
        path = _folder_of(source.data)
        model = load(path)
        if not isinstance(model, NextWord):
            raise InputError(f"{path} holds a {model.name} model; expected a next-word model: unrolled fit next-word")
        words = Writable.best(model.dictionary(), self._layouts(), str(path))
        practice = Practice(words.layout, words.keys, words.frequency, source.training.seed)
        folder = ModelFolder.open(path)
        for name in folder.files:
            folder = folder.holding(name)
        from unrolled.training.connectionist import Connectionist

        at = partial(_batch, practice, source.batch)
        network, rng = StrokeNetwork.of(self.size), np.random.default_rng(source.training.seed)
        valid = [at(-step) for step in range(1, _VALIDATED + 1)]
        problem = Connectionist(network.forward, network.initial(rng), at, _EPOCH, valid)
        learnt = LearntStrokes(folder, words.layout, words.remark)
        return Prepared(problem, learnt, {"train": _fingerprint(words)}, len(words.keys), None)

    def _layouts(self) -> Sequence[Layout]:
        """Those of which the one that writes most of the words is taken."""
        if self.layout is None:
            return tuple(LAYOUTS.values())
        return (read_layout(self.layout) if self.layout.endswith(".json") else layout_named(self.layout),)

    def prepare_tuning(self, source: Source, learnt: LearntStrokes, weights: Tree, log: Log) -> Prepared[LearntStrokes]:
        """See `Recipe`: there is no need of it."""
        raise InputError("strokes are learnt anew within minutes; call fit in place of tune")

    def model(self, learnt: LearntStrokes) -> StrokeNetwork:
        """See `Recipe`."""
        return StrokeNetwork.of(self.size)

    def summary(self, learnt: LearntStrokes, fitted: Fitted) -> str:
        """See `Recipe`."""
        spent = f"{fitted.steps:,} steps, {fitted.seconds:,.0f} s"
        read = f"it reads strokes over {learnt.layout.name} and any other layout"
        loss = f"validation loss {shown_loss('loss', fitted.loss)} nats per key after {spent}"
        return f"{read}; {loss}" + (f"\n{learnt.remark}" if learnt.remark else "")

    def finish(self, problem: "Problem", learnt: LearntStrokes, weights: Tree) -> LearntStrokes:
        """See `Recipe`: nothing is left to learn."""
        return learnt

    def saved(self, learnt: LearntStrokes) -> tuple[Tensors, dict[str, str]]:
        """See `Recipe`; what is saved is the reader, by `Swipe.save`."""
        return {}, {}

    def restore(self, folder: ModelFolder) -> LearntStrokes:
        """See `Recipe`."""
        raise InputError(f"{folder.folder}: strokes are read by the next-word model that learnt to; it is loaded so")


@documented
@dataclass(eq=False, repr=False)
class Swipe(Task[LearntStrokes]):
    """Teaches a next-word model to read strokes over the keys; `save` writes that model with what was learnt in it.

    A small bidirectional network learns from strokes that a model of the hand's movements makes for the words of the
    keyboard, by connectionist temporal classification. It reads strokes over any layout.
    """

    layout: str | None = option(
        None,
        f"the keyboard: {', '.join(LAYOUTS)}, or the .json file of one; the one that writes most words if not given",
        metavar="NAME",
    )
    cell: str = option("lstm", "the recurrence", choices=tuple(CELLS))
    width: int = option(64, "hidden units of a layer, in each direction", 1, 1024)
    layers: int = option(1, "recurrent layers, in both directions", 1, 8)
    name: ClassVar[str] = "swipe"
    card: ClassVar[str] = "next-word"
    reads: ClassVar[str] = "The folder of a next-word model; -o may name the same one, which then reads strokes, too."
    examples: ClassVar[tuple[str, ...]] = ("keyboard -o keyboard", "tastatur --layout qwertz -o tastatur")
    usual: ClassVar[tuple[int, float]] = (64, 0.004)
    takes_valid: ClassVar[bool] = False
    extends: ClassVar[bool] = True
    tried_by: ClassVar[str] = "serve"
    advice: ClassVar[str] = "more minutes help most"

    def recipe(self) -> StrokeLearning:
        """Words of a keyboard, strokes for them, and a network."""
        return StrokeLearning(NetworkSize(self.cell, self.width, self.layers), self.layout)

    def describe(self) -> str:
        """One line on what the model is."""
        return f"{self.cell} layers of {self.width} units in both directions over strokes: the same for any layout"

    @property
    def baseline_name(self) -> str:
        """What `NextWord.evaluate` compares strokes with."""
        return "template matching"

    @property
    def example(self) -> str:
        """None: strokes are drawn on the page."""
        return ""

    def reader(self) -> StrokeReader:
        """What was learnt, ready to read strokes without torch."""
        self._check_fitted()
        return StrokeReader(self.recipe().size, self.weights_, self.learnt_.layout)

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write the folder of the next-word model with what was learnt; its other files stay as they are.

        It must not exist unless ``overwrite``. Until it is written whole, the old folder stands.
        """
        tensors, texts = self.reader().tensors(), self.reader().texts()
        of = self.learnt_.folder
        added = {*texts, *(f"{name}.safetensors" for name in tensors)}
        kept = {name: content for name, content in of.contents().items() if name not in added}
        config = {name: of.config[name] for name in _ENTRIES if name in of.config}
        config |= {STROKES: {"training": settings.to_dict(self.how), **_shown(self.fitted_)}}
        write_model_folder(folder, config, tensors, texts, overwrite, kept)


def _shown(fitted: Fitted) -> dict[str, Any]:
    return {name: getattr(fitted, name) for name in ("loss", "steps", "seconds", "items")}


def _folder_of(data: Any) -> Path:
    """The one folder that data names."""
    several = [data] if isinstance(data, str | PathLike) else data
    if not isinstance(several, Sequence) or len(several) != 1 or not isinstance(several[0], str | PathLike):
        raise InputError(f"data is {data!r:.200}; expected the folder of one next-word model")
    return Path(several[0])


def _batch(practice: Practice, count: int, step: int) -> "Unaligned":
    from unrolled.training.connectionist import Unaligned

    read, keys = practice.drawn(step, count)
    return Unaligned((read.features, read.points, read.keys), read.lengths, [own + 1 for own in keys])


def _fingerprint(words: Writable) -> str:
    digest = hashlib.sha256(repr(words.layout).encode())
    for own in words.keys:
        digest.update(own.astype(np.uint8).tobytes() + b"\xff")
    return digest.hexdigest()
