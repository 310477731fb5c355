"""Keystrokes that the keyboard saves on Penn Treebank's test text, beside the n-gram's and without the cache.

    python benchmarks/keyboard.py FOLDER MODEL [--part valid] [--words 20000] [--speed]

FOLDER holds ptb.{train,valid,test}.txt.gz, MODEL is a folder that `penn_treebank.py keyboard-wider --save MODEL` wrote.
The text is read once from its beginning; the cache knows nothing but the words before. Five lines by one rule (that of
`unrolled.metrics.LanguageScores`, three suggestions): the Kneser–Ney n-gram, the network, the model (the network mixed
with the n-gram, by weights chosen on the validation part), the model with the cache, and the keyboard itself, typed
into letter by letter, where corrections stand beside completions.
What it does with typing errors is measured by `typing_errors.py`.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import report
from numpy.typing import NDArray

import unrolled
from unrolled import NextWord
from unrolled.arrays import NUMPY
from unrolled.baselines.mixture import Mixture
from unrolled.keyboard import Keyboard
from unrolled.keyboard.cache import Cache
from unrolled.metrics.language import LanguageScores
from unrolled.sources.text import read_paragraphs
from unrolled.text.tokens import END, UNKNOWN

BLOCK = 128
SUGGESTIONS = 3
Block = tuple[NDArray[np.float32], NDArray[np.int64]]


def predicted(task: NextWord, ids: NDArray[np.int64], mixed: bool, cache: Cache | None = None) -> Iterator[Block]:
    """(probabilities (n, V), targets (n,)) of a text: the network's, or ``mixed`` those that the model answers with,
    each mixed with a cache of the words before it."""
    (model, params), state, last = task.network(), None, np.array([END])
    mixture, read = task.recipe().mixture(task.learnt_) if mixed else None, last[:0]
    for start in range(0, len(ids), BLOCK):
        targets = ids[start : start + BLOCK]
        inputs = np.concatenate([last, targets[:-1]])
        features, state = model.forward(NUMPY, params, inputs[None], state)
        probabilities = model.output.predicted(NUMPY, model.output.scores(params, features[0]))
        if isinstance(mixture, Mixture):
            read = np.concatenate([read[-mixture.context :], inputs])
            probabilities = mixture.mixed_along(probabilities, read)
        if cache is not None:
            for row, (before, target) in enumerate(zip(features[0], targets, strict=True)):
                probabilities[row] = cache.mix(probabilities[row], before)
                cache.add(before[None], np.array([target]))
        yield probabilities, targets
        last = targets[-1:]


def scored(task: NextWord, blocks: Iterator[Block]) -> dict[str, float]:
    """The measures of a sequence of distributions."""
    scores = LanguageScores(task.input_.tokenizer.tokens)
    for probabilities, targets in blocks:
        scores.add(probabilities, targets)
    return {name: round(value, 4) for name, value in scores.result().items()}


def type_in(keyboard: Keyboard, word: str) -> int:
    """Type a word, or tap it as soon as it is suggested, and the space; returns how many keys that took."""
    for typed, letter in enumerate(word):
        if word in [suggestion.text for suggestion in keyboard.suggest(SUGGESTIONS)]:
            keyboard.edit(typed, f"{word} ")
            return typed + 1
        keyboard.edit(append=letter)
    keyboard.edit(append=" ")
    return len(word) + 1


def typed(task: NextWord, ids: NDArray[np.int64]) -> dict[str, float]:
    """Keystrokes that the keyboard saves, by the rule of LanguageScores: unknown words are as long as known ones."""
    keyboard, tokens = task.session(), task.input_.tokenizer.tokens
    pressed = letters = known = unknown = 0
    for number in ids.tolist():
        if number in (END, UNKNOWN):
            keyboard.edit(append="\n" if number == END else f"{tokens[UNKNOWN]} ")
            unknown += number == UNKNOWN
        else:
            pressed += type_in(keyboard, tokens[number])
            letters += len(tokens[number])
            known += 1
    unlisted = unknown * (letters / known + 1)
    saved = 1 - (pressed + unlisted) / (letters + known + unlisted)
    return {"keystrokes_saved": round(saved, 4), "tokens": len(ids)}


def speed(task: NextWord, ids: NDArray[np.int64]) -> dict[str, float]:
    """Microseconds of `receive` for a letter inside a word and at a word's end, with a full cache."""
    tokens = task.input_.tokenizer.tokens
    text = "".join("\n" if i == END else f"{tokens[i]} " for i in ids.tolist())
    keyboard = task.session().learn(text[4_000:])
    inside: list[float] = []
    boundary: list[float] = []
    for letter in text[:4_000]:
        answer = keyboard.receive({"append": letter})
        (inside if answer["typed"] else boundary).append(answer["microseconds"])
    percentiles: dict[str, float] = {}
    for name, times in (("letter", inside), ("boundary", boundary)):
        for share in (50, 99):
            percentiles[f"{name}_{share}_percentile_us"] = round(
                float(np.percentile(times[len(times) // 10 :], share)), 1
            )
    return percentiles


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--part", default="test", choices=("valid", "test"))
    parser.add_argument("--words", type=int, help="only the text's first ones; nothing is written then")
    parser.add_argument("--speed", action="store_true", help="only microseconds")
    arguments = parser.parse_args()
    task = unrolled.load(arguments.model)
    assert isinstance(task, NextWord)
    paragraphs = read_paragraphs(arguments.folder / f"ptb.{arguments.part}.txt.gz", lines=True)
    ids = np.concatenate([np.append(row, END) for row in task.input_.tokenizer.encode_paragraphs(paragraphs)])
    ids = ids[: arguments.words]
    if arguments.speed:
        report.write("keyboard_speed", **speed(task, ids[:5_000]))
        return
    began = time.perf_counter()
    lines: dict[str, dict[str, Any]] = {
        f"Kneser–Ney {task.baseline_.order}-gram": scored(task, task.baseline_.distributions(ids, BLOCK)),
        "the network": scored(task, predicted(task, ids, mixed=False)),
        "the model": scored(task, predicted(task, ids, mixed=True)),
        "the model with the cache": scored(task, predicted(task, ids, True, Cache(len(task.stream().features)))),
        "the keyboard": typed(task, ids),
    }
    baseline, own = (list(lines.values())[i]["keystrokes_saved"] for i in (0, -1))
    figures = {
        "part": arguments.part,
        **lines,
        "more_than_the_n_gram": f"{own / baseline - 1:+.1%}",
        "seconds": round(time.perf_counter() - began),
    }
    if arguments.words is None:
        report.write("keyboard", **figures)
    else:
        print(figures)


if __name__ == "__main__":
    main()
