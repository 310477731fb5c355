"""How often a keyboard takes saved strokes for the words that were meant, beside template matching."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unrolled.completion.written import alike
from unrolled.errors import InputError
from unrolled.metrics.evaluation import Evaluation
from unrolled.progress import track
from unrolled.strokes.layouts import Layout
from unrolled.strokes.recorded import RecordedStroke, read_recorded
from unrolled.strokes.templates import Templates
from unrolled.strokes.writable import Writable

if TYPE_CHECKING:
    from unrolled.tasks.next_word import NextWord

__all__ = ["measured_strokes"]

_GUESSES = 3


def measured_strokes(model: "NextWord", paths: Sequence[Path], show: bool | None) -> Evaluation:
    """The shares of words that are the first of the words found, and among three; InputError for bad lines."""
    strokes = [stroke for path in paths for stroke in read_recorded(path)]
    if not strokes:
        raise InputError(f"{paths[0]}: holds no strokes; expected JSON lines with a word and a stroke")
    simple = _Simple(model)
    columns = {"network": np.zeros((len(strokes), 2)), "template matching": np.zeros((len(strokes), 2))}
    tracked = track(((1, stroke) for stroke in strokes), len(strokes), "reading strokes", show, "strokes")
    for row, stroke in enumerate(tracked):
        keyboard = model.session()
        keyboard.learning = False
        keyboard.write(stroke.before)
        found = [one.text for one in keyboard.swipe(stroke.points, stroke.layout, _GUESSES)]
        for rows, guesses in zip(columns.values(), (found, simple.guesses(stroke)), strict=True):
            right = [alike(guess.strip()) == alike(stroke.word.strip()) for guess in guesses]
            rows[row] = any(right[:1]), any(right)
    measured = {
        name: {"top1_recall": float(rows[:, 0].mean()), "top3_recall": float(rows[:, 1].mean())}
        for name, rows in columns.items()
    }
    for of in measured.values():
        of["examples"] = float(len(strokes))
    return Evaluation.of(measured, "shares of words that are the first, or among the first three, words found")


class _Simple:
    """Template matching over the words of a keyboard, the more frequent ones first."""

    def __init__(self, model: "NextWord") -> None:
        self._model, self._of = model, dict[Layout, tuple[Writable, Templates]]()

    def guesses(self, stroke: RecordedStroke) -> list[str]:
        """The best words for a stroke, whatever stood before it."""
        reader = self._model.strokes_
        assert reader is not None
        layout = reader.layout(stroke.layout)
        if layout not in self._of:
            words = Writable.best(self._model.dictionary(), [layout], "the model")
            self._of[layout] = words, Templates([layout.key_centres[keys] for keys in words.keys])
        words, templates = self._of[layout]
        scores = templates.scores(stroke.points, words.frequency)
        best = np.argsort(-scores, kind="stable")[:_GUESSES].tolist()
        return [words.words[i] for i in best if np.isfinite(scores[i])]
