"""Words swiped alone, without a text before them: the network beside template matching, over several layouts.

    python benchmarks/swipe.py MODEL [--every 5] [--layouts qwerty qwertz azerty]

MODEL is a keyboard that reads strokes; its words are not used. The words are the 5,000 most frequent of English that
have a letter (wordfreq), every fifth unless said otherwise, found among the 30,000 most frequent, all by these
frequencies. Their strokes are of a motor model that the network has never seen (`lognormal_strokes.py`). Beside it the
strongest simple method: SHARK², which compares whole strokes with the straight paths over the keys
(`unrolled.strokes.templates`), with the same frequencies. A stroke's time is that from its points to its words.
"""

import argparse
import time
from typing import Any

import numpy as np
import report
from lognormal_strokes import lognormal_stroke
from swipe_sentences import path

import unrolled
from unrolled import NextWord
from unrolled.completion.lexicon import Lexicon
from unrolled.keyboard.swipe import read_stroke
from unrolled.strokes.search import Prior
from unrolled.strokes.templates import Templates
from unrolled.strokes.words import LEAST_PRIOR, PRIOR_WEIGHT, best_words

FREQUENT, KNOWN, GUESSES = 5_000, 30_000, 3


def measured(task: NextWord, name: str, every: int) -> dict[str, Any]:
    """Shares of words found first and among three over one layout, and milliseconds."""
    from wordfreq import top_n_list, word_frequency

    assert task.strokes_ is not None, "teach the model: unrolled fit swipe MODEL -o MODEL"
    layout = task.strokes_.layout(name)
    paths = {word: path(layout, word.replace("'", "")) for word in top_n_list("en", KNOWN)}
    words = [word for word, centres in paths.items() if centres is not None]
    frequency = np.array([word_frequency(word, "en") for word in words])
    p = (frequency / frequency.sum()).astype(np.float32)
    lexicon, templates = (Lexicon(words),), Templates([np.asarray(paths[word]) for word in words])
    first, three, simple, seconds = [], [], [], []
    for number, word in enumerate(words[:FREQUENT:every]):
        points = lognormal_stroke(paths[word], np.random.default_rng([7, number]))
        began = time.perf_counter()
        stroke = read_stroke(task.strokes_, points.tolist(), name)
        found = [words[i] for i, _ in best_words(lexicon, *stroke, Prior(p, PRIOR_WEIGHT, LEAST_PRIOR), GUESSES)]
        seconds.append(time.perf_counter() - began)
        first.append(found[:1] == [word])
        three.append(word in found)
        simple.append(words[int(np.argmax(templates.scores(points, p)))] == word)
    p50, p99 = (1e3 * np.percentile(seconds, [50, 99])).round(2).tolist()
    return {
        "layout": name,
        "words": len(first),
        "first right": round(float(np.mean(first)), 4),
        "among three": round(float(np.mean(three)), 4),
        "template matching, first right": round(float(np.mean(simple)), 4),
        "milliseconds a stroke": {"median": p50, "99th percentile": p99},
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--layouts", nargs="+", default=["qwerty", "qwertz", "azerty"])
    given = parser.parse_args()
    task = unrolled.load(given.model)
    assert isinstance(task, NextWord)
    rows = [measured(task, name, given.every) for name in given.layouts]
    report.write("swipe", model=report.about_model(given.model), rows=rows)


if __name__ == "__main__":
    main()
