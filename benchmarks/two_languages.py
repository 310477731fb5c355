"""Two keyboards as one: keystrokes saved on English, German and mixed text, and how soon the language is told.

    python benchmarks/two_languages.py FOLDER [--models MODELS] [--part valid] [--sentences 300]

FOLDER holds descriptions of pictures (Multi30k: train, val and test_2016_flickr, each .en.gz and .de.gz, a sentence a
line). Two small keyboards learn a language each (a minute or two on one core; MODELS is where they are kept). Then the
first sentences of the part are typed letter by letter into the English keyboard, the German one and both joined, three
suggestions shown: English sentences, their German translations, and both in turns within one text. Every sentence is
typed into keyboards that have learnt nothing before. The language is told by its weight after 1, 3 and 5 words.
"""

import argparse
import gzip
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch

import unrolled
from unrolled import Multilingual, NextWord, Training
from unrolled.keyboard import Keyboard
from unrolled.text.cutting import words

LANGUAGES = {"English": "en", "German": "de"}
PARTS = {"valid": "val", "test": "test_2016_flickr"}
SUGGESTIONS = 3
WORDS = (1, 3, 5)


def fitted(folder: Path, language: str, models: Path) -> NextWord:
    """The keyboard of a language, read where it was kept."""
    kept = models / language
    if not (kept / "config.json").exists():
        task = NextWord(
            width=96, vocabulary=4_000, lines=True, training=Training(epochs=3, batch=20, learning_rate=0.004)
        )
        code = LANGUAGES[language]
        task.fit(folder / f"train.{code}.gz", valid=folder / f"val.{code}.gz", show=False).save(kept)
    model = unrolled.load(kept)
    assert isinstance(model, NextWord)
    return model


def sentences(folder: Path, part: str, code: str, most: int) -> list[str]:
    """The first sentences of a part."""
    with gzip.open(folder / f"{PARTS[part]}.{code}.gz", "rt", encoding="utf-8") as file:
        return [line.strip() for line, _ in zip(file, range(most), strict=False)]


def keys(keyboard: Keyboard, text: str) -> tuple[int, int]:
    """Keys pressed to write the words of a text, and its letters and spaces: a word is tapped once it is suggested."""
    pressed = letters = 0
    keyboard.write("")
    for word in words(text):
        letters += len(word) + 1
        pressed += 1  # the tap, or the space
        for typed, letter in enumerate(word):
            if word in [suggestion.text.strip() for suggestion in keyboard.suggest(SUGGESTIONS)]:
                keyboard.edit(typed, f"{word} ")
                break
            pressed += 1
            keyboard.edit(append=letter)
        else:
            keyboard.edit(append=" ")
    return pressed, letters


def saved(model: NextWord | Multilingual, texts: Sequence[str]) -> float:
    """The share of keystrokes that a keyboard saves; each text is typed into a fresh one."""
    counts = np.array([keys(model.session(), text) for text in texts])
    pressed, letters = counts.sum(axis=0)
    return round(float(1 - pressed / letters), 4)


def told(model: Multilingual, language: str, texts: Sequence[str]) -> dict[str, Any]:
    """The weight of the right language after some words: its mean, and the share of sentences in which it is above
    a half."""
    place, found = list(model.models).index(language), dict[str, Any]()
    for count in WORDS:
        weights = []
        for text in texts:
            keyboard = model.session().write(" ".join(words(text)[:count]) + " ")
            weights.append(keyboard.languages[place]["weight"])
        found[f"after_{count}"] = {
            "mean": round(float(np.mean(weights)), 3),
            "right": round(float(np.mean(np.array(weights) > 0.5)), 3),
        }
    return found


def followed(model: Multilingual, first: Sequence[str], second: Sequence[str], place: int) -> dict[str, float]:
    """The mean weight of the second text's language 1, 3 and 5 words after a text goes over into it."""
    found = {}
    for count in WORDS:
        weights = [
            model.session().write(f"{a} {' '.join(words(b)[:count])} ").languages[place]["weight"]
            for a, b in zip(first, second, strict=True)
        ]
        found[f"after_{count}"] = round(float(np.mean(weights)), 3)
    return found


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--part", default="test", choices=PARTS)
    parser.add_argument("--sentences", type=int, default=300)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    single = {language: fitted(arguments.folder, language, arguments.models) for language in LANGUAGES}
    joined = Multilingual(single)
    texts = {
        language: sentences(arguments.folder, arguments.part, code, arguments.sentences)
        for language, code in LANGUAGES.items()
    }
    english, german = texts.values()
    mixed = [
        f"{a} {b}" for a, b in zip(english, chain(german[1:], german[:1]), strict=True)
    ]  # not the sentence's own translation
    began = time.perf_counter()
    figures: dict[str, Any] = {
        "part": arguments.part,
        "sentences": arguments.sentences,
        "models": {name: f"{model.describe()}; {model.fitted_.summary()}" for name, model in single.items()},
        "keystrokes_saved": {
            name: {"English": saved(model, english), "German": saved(model, german), "mixed": saved(model, mixed)}
            for name, model in (*single.items(), ("joined", joined))
        },
        "weight_of_the_right_language": {language: told(joined, language, texts[language]) for language in texts},
        "weight_after_the_change": {
            "to German": followed(joined, english, german, 1),
            "to English": followed(joined, german, english, 0),
        },
        "seconds": round(time.perf_counter() - began),
    }
    print(figures)
    if arguments.part == "test":
        report.write("two_languages", **figures)


if __name__ == "__main__":
    main()
