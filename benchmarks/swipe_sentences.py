"""Words of sentences, swiped one after another: with the language model, and by how frequent they are alone.

    python benchmarks/swipe_sentences.py MODEL [--text FILE] [--sentences 300] [--seed 1]

MODEL is a keyboard that reads strokes; the text has a sentence a line, cut into words by spaces (the Penn Treebank's
test part, ../shared/data/ptb, where not given). Each word that the layout can write and the model knows is swiped after
the words that stand before it in the text; numbers and marks are typed. The strokes are of a motor model that the
network has never seen (`lognormal_strokes.py`). Counted is whether the first word is right, and whether it is among
three; the time is that of `Keyboard.swipe`, from points to words, on the clock and, as others may use the machine, of
the processor.
"""

import argparse
import gzip
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import report
from lognormal_strokes import lognormal_stroke
from numpy.typing import NDArray

import unrolled
from unrolled import NextWord
from unrolled.keyboard.swipe import read_stroke
from unrolled.strokes.layouts import Layout
from unrolled.strokes.words import likely_words

TEXT = Path("../shared/data/ptb/ptb.test.txt.gz")
SUGGESTIONS = 3


class Swiped(NamedTuple):
    """A word, the place (0 the first) at which it was found with the sentence and without, and how long that took."""

    word: str
    place: int | None
    alone: int | None
    seconds: float
    processor: float  # seconds, without those in which others had it


def sentences(path: Path, count: int, seed: int) -> list[list[str]]:
    """So many sentences of a text by chance, as words."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = [line.split() for line in content.decode().splitlines() if line.strip()]
    chosen = np.random.default_rng(seed).permutation(len(lines))[:count]
    return [lines[i] for i in chosen]


def swiped(task: NextWord, text: Sequence[Sequence[str]], seed: int) -> Iterator[Swiped]:
    """Swipe every word of sentences that the layout can write and the model knows."""
    assert task.strokes_ is not None, "teach the model: unrolled fit swipe MODEL -o MODEL"
    layout, dictionary = task.strokes_.default, task.dictionary()
    for number, sentence in enumerate(text):
        keyboard = task.session()
        for place, word in enumerate(sentence):
            centres = path(layout, word)
            if centres is not None and dictionary.variants(word):
                points = lognormal_stroke(centres, np.random.default_rng([seed, number, place]))
                began, worked = time.perf_counter(), time.thread_time()
                found = keyboard.swipe(points.tolist(), n=SUGGESTIONS)
                seconds, processor = time.perf_counter() - began, time.thread_time() - worked
                ids = likely_words(dictionary, *read_stroke(task.strokes_, points, None))
                alone = [dictionary.tokens[i] for i in ids]
                yield Swiped(word, where(word, [one.text for one in found]), where(word, alone), seconds, processor)
            keyboard.edit(append=f"{word} ")


def path(layout: Layout, word: str) -> NDArray[np.float64] | None:
    """The centres of the keys over which a stroke for a word goes; None where the layout lacks a letter."""
    letters = [letter for i, letter in enumerate(word.lower()) if letter != word.lower()[i - 1 : i]]
    if not all(letter in layout.keys for letter in letters) or not letters:
        return None
    return layout.centres[[layout.keys.index(letter) for letter in letters]]


def where(word: str, found: Sequence[str]) -> int | None:
    """The place of a word among others, whatever their case."""
    folded = [one.strip().casefold() for one in found]
    return folded.index(word.casefold()) if word.casefold() in folded else None


def figures(all_words: Collection[Swiped], frequent: Collection[str]) -> dict[str, Any]:
    """Shares of words found, of the ``frequent`` ones and of all, and the milliseconds of a stroke."""
    rows: dict[str, Any] = {}
    for name, some in (
        ("all words", list(all_words)),
        ("the 5,000 most frequent", [one for one in all_words if one.word in frequent]),
    ):
        rows[name] = {
            "words": len(some),
            "first right, in sentences": round(float(np.mean([one.place == 0 for one in some])), 4),
            "among three, in sentences": round(float(np.mean([one.place is not None for one in some])), 4),
            "first right, by frequency": round(float(np.mean([one.alone == 0 for one in some])), 4),
        }
    for name, seconds in (
        ("milliseconds a stroke", [one.seconds for one in all_words]),
        ("milliseconds of processor time", [one.processor for one in all_words]),
    ):
        p50, p99 = (1e3 * np.percentile(seconds, [50, 99])).round(2).tolist()
        rows[name] = {"median": p50, "99th percentile": p99}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--text", type=Path, default=TEXT)
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    from wordfreq import top_n_list

    task = unrolled.load(given.model)
    assert isinstance(task, NextWord)
    all_words = list(swiped(task, sentences(given.text, given.sentences, given.seed), given.seed))
    results = figures(all_words, frozenset(top_n_list("en", 5_000)))
    report.write("swipe_sentences", model=report.about_model(given.model), text=given.text.name, results=results)


if __name__ == "__main__":
    main()
