"""Template matching: words whose path over the keys lies nearest a stroke."""

import numpy as np

from unrolled.strokes.layouts import LAYOUTS
from unrolled.strokes.templates import Templates

QWERTY = LAYOUTS["qwerty"]
WORDS = ("the", "toe", "tie", "thee", "was", "a")


def path(word: str) -> np.ndarray:
    return QWERTY.centres[[QWERTY.keys.index(letter) for letter in word]]


def test_the_nearest_path_wins_and_the_more_frequent_of_equal_ones() -> None:
    templates = Templates([path(word) for word in WORDS])
    even = np.full(len(WORDS), 1 / len(WORDS))
    for word in ("toe", "tie", "was", "a"):
        stroke = np.column_stack([path(word) + 0.1, np.arange(len(word))])
        scores = templates.scores(stroke, even)
        assert WORDS[scores.argmax()] == word
    scores = templates.scores(np.column_stack([path("the"), np.arange(3)]), even)
    assert scores[0] == scores[3]  # a double letter is not seen
    assert scores[4] == -np.inf  # it begins far away
    p = even * [1, 1, 1, 2, 1, 0]
    scores = templates.scores(np.column_stack([path("the"), np.arange(3)]), p)
    assert WORDS[scores.argmax()] == "thee"
    assert scores[5] == -np.inf
