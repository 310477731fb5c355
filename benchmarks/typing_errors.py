"""Typing errors of six kinds that a keyboard mends, and words typed right that it leaves alone; beside a plain speller.

    python benchmarks/typing_errors.py MODEL [--data sample:wikipedia:test] [--words 500] [--seed 1] [--chosen]

The most frequent words of three letters and more that occur in the text, each at a place by chance after the words that
stand before it, or after nothing, get one error each, drawn with a fixed seed: a neighbouring key, two letters swapped,
a letter left out, a letter doubled, the space before it missing, or a letter too many. Counted is whether the word is
among three suggestions once it is typed wholly, once three letters of it are typed (the error may come later), and of
those typed to three letters with the error among them. Then words typed right: are they among the three, are they
first; and the words of chats that prose hardly knows: what are they changed to.

Beside it the strongest simple method: every known word within one edit of what was typed, the more frequent first
(Norvig 2007, "How to write a spelling corrector"), two words without their space included; at three letters every word
with a beginning that is within one edit. --chosen prints without writing: the costs in
src/unrolled/completion/typing_errors.py were chosen so on `--data sample:wikipedia:valid --seed 0`.
"""

import argparse
import string
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import report

import unrolled
from unrolled import NextWord
from unrolled.completion.typing_errors import neighbours
from unrolled.keyboard import Keyboard
from unrolled.sources.text import read_paragraphs
from unrolled.text.cutting import words

SUGGESTIONS = 3
SHORTEST = 3  # letters of a word that gets an error
BEGUN = 3  # letters
CONTEXT = 12  # words before it
KINDS = ("neighbour", "swap", "omission", "doubling", "missing space", "extra letter")
CHAT = "lol omg btw haha hmm thx brb idk yeah nope gonna wanna pls ok okay hey wow bye tmrw xoxo ugh meh yay lmao"


class Place(NamedTuple):
    """A word of the text, the words before it, and the text that stands there."""

    text: str
    before: str
    word: str


class Typo(NamedTuple):
    """What is typed in place of what was meant, after which text; and where in it the error is."""

    text: str
    typed: str
    meant: str
    at: int


def wrong(word: str, kind: str, rng: np.random.Generator) -> tuple[str, int]:
    """The word with one error, and its place."""
    places = range(len(word))
    if kind == "swap":
        i = int(rng.choice([i for i in places[:-1] if word[i] != word[i + 1]]))
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :], i
    i = int(rng.integers(len(word)))
    if kind == "neighbour":
        return word[:i] + str(rng.choice(list(neighbours(word[i])))) + word[i + 1 :], i
    if kind == "omission":
        return word[:i] + word[i + 1 :], i
    if kind == "doubling":
        return word[: i + 1] + word[i:], i + 1
    i = int(rng.integers(len(word) + 1))
    return word[:i] + str(rng.choice(list(string.ascii_lowercase))) + word[i:], i


def places(data: str, wanted: list[str], count: int, context: int, seed: int) -> list[Place]:
    """The first of the wanted words that occur in the text, each at a place by chance, after its context."""
    rng, found = np.random.default_rng(seed), {word: list[Place]() for word in wanted}
    for paragraph in read_paragraphs(data, lines=False):
        cut = words(paragraph, lowercase=False)
        ends = list(_ends(paragraph, cut))
        for i in range(2, len(cut)):
            at, first = ends[i] - len(cut[i]), max(0, i - context)
            if cut[i] in found and paragraph[at - 1] == " ":
                text = paragraph[ends[first] - len(cut[first]) : at] if context else ""
                found[cut[i]].append(Place(text, cut[i - 1], cut[i]))
    return [at[int(rng.integers(len(at)))] for at in found.values() if at][:count]


def _ends(paragraph: str, cut: list[str]) -> Iterator[int]:
    end = 0
    for word in cut:
        end = paragraph.index(word, end) + len(word)
        yield end


def typo(place: Place, kind: str, known: dict[str, int], rng: np.random.Generator) -> Typo | None:
    """One error; None where the word before it cannot have lost its space."""
    if kind != "missing space":
        error, at = wrong(place.word, kind, rng)
        return Typo(place.text, error, place.word, at)
    if place.before not in known or not place.text.endswith((f"{place.before} ", "")[not place.text]):
        return None
    at = len(place.before)
    return Typo(
        place.text[: -at - 1] if place.text else "", place.before + place.word, f"{place.before} {place.word}", at
    )


class Speller:
    """Known words within one edit of what was typed, the more frequent first."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        self.beginnings: dict[str, list[str]] = {}
        for word in sorted(counts, key=lambda word: -counts[word]):
            for length in range(1, len(word) + 1):
                best = self.beginnings.setdefault(word[:length], [])
                if len(best) < SUGGESTIONS:
                    best.append(word)

    def whole(self, typed: str) -> list[str]:
        """The word itself if it is known; else those one edit away, and two words."""
        near = [typed] if typed in self.counts else list(edits(typed) & self.counts.keys())
        scores = {word: float(self.counts[word]) for word in near}
        total = sum(self.counts.values())
        for i in range(1, len(typed)):
            one, two = typed[:i], typed[i:]
            if one in self.counts and two in self.counts and typed not in self.counts:
                scores[f"{one} {two}"] = self.counts[one] * self.counts[two] / total
        return sorted(scores, key=lambda word: -scores[word])[:SUGGESTIONS]

    def begun(self, typed: str) -> list[str]:
        """The most frequent words that begin with what was typed, or with what is one edit away from it."""
        found = {word for beginning in {typed, *edits(typed)} for word in self.beginnings.get(beginning, ())}
        return sorted(found, key=lambda word: -self.counts[word])[:SUGGESTIONS]


def edits(word: str) -> set[str]:
    """All that is one edit away."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    letters = string.ascii_lowercase + "'"
    return {
        *(a + b[1:] for a, b in cuts if b),
        *(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1),
        *(a + letter + b[1:] for a, b in cuts if b for letter in letters),
        *(a + letter + b for a, b in cuts for letter in letters),
    }


def mended(task: NextWord, chosen: list[Place], known: dict[str, int], seed: int) -> list[dict[str, Any]]:
    """For each kind, the shares of words that are among the three, by the keyboard and by the speller."""
    rng, keyboard, speller = np.random.default_rng(seed), task.session(), Speller(known)
    counts = {kind: np.zeros(7) for kind in KINDS}
    for number, place in enumerate(chosen):
        kind = KINDS[number % len(KINDS)]
        error = typo(place, kind, known, rng)
        if error is None:
            continue
        length = BEGUN + (error.at if kind == "missing space" else 0)
        whole = error.meant in offered(keyboard, error.text, error.typed)
        begun = error.meant in offered(keyboard, error.text, error.typed[:length])
        early = error.at < length
        plain = speller.whole(error.typed), speller.begun(error.typed[:length])
        counts[kind] += [1, whole, begun, early, early and begun, *(error.meant in one for one in plain)]
    rows = []
    for kind, row in [*counts.items(), ("all", sum(counts.values()))]:
        n, whole, begun, early, begun_early, plain_whole, plain_begun = row
        rows.append(
            {
                "error": kind,
                "words": int(n),
                "typed_wholly": share(whole, n),
                "at_three_letters": share(begun, n),
                "at_three_letters_with_the_error_among_them": share(begun_early, early),
                "speller_typed_wholly": share(plain_whole, n),
                "speller_at_three_letters": share(plain_begun, n),
            }
        )
    return rows


def share(part: float, whole: float) -> float:
    """A share, rounded."""
    return round(float(part / whole), 3)


def offered(keyboard: Keyboard, text: str, typed: str) -> list[str]:
    """The three suggestions."""
    keyboard.write("").write(text + typed)
    return [suggestion.text for suggestion in keyboard.suggest(SUGGESTIONS)]


def typed_right(task: NextWord, chosen: list[Place]) -> dict[str, Any]:
    """Shares of known words, typed wholly and right, that are among the three and first."""
    keyboard = task.session()
    listed = [offered(keyboard, place.text, place.word) for place in chosen]
    pairs = [(place.word, three) for place, three in zip(chosen, listed, strict=True)]
    return {
        "words": len(pairs),
        "among_the_three": share(sum(word in three for word, three in pairs), len(pairs)),
        "first": share(sum(three[:1] == [word] for word, three in pairs), len(pairs)),
        "not_first": " ".join(sorted(f"{word}:{'/'.join(three)}" for word, three in pairs if three[:1] != [word])[:20]),
    }


def left_alone(task: NextWord, known: dict[str, int]) -> dict[str, Any]:
    """What unknown words of chats are changed to."""
    keyboard = task.session()
    listed = {word: offered(keyboard, "I said ", word) for word in CHAT.split() if word not in known}
    return {"words": len(listed), "corrected": {word: three for word, three in listed.items() if three}}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", default="sample:wikipedia:test")
    parser.add_argument("--words", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chosen", action="store_true", help="print only")
    a = parser.parse_args()
    task = unrolled.load(a.model)
    assert isinstance(task, NextWord)
    tokens = task.input_.tokenizer.tokens
    known = {word: int(n) for word, n in zip(tokens, task.input_.counts, strict=True) if word.isalpha()}
    frequent = [w for w in tokens if len(w) >= SHORTEST and w.isalpha() and w.isascii() and w.islower()]
    drawn = np.random.default_rng(a.seed).permutation(sorted(known)).tolist()
    began = time.perf_counter()
    after = {context: places(a.data, frequent, a.words, context, a.seed) for context in (CONTEXT, 0)}
    figures = {
        "data": a.data,
        "seed": a.seed,
        "errors": mended(task, after[CONTEXT], known, a.seed),
        "errors_without_context": mended(task, after[0], known, a.seed),
        "frequent_words_typed_right": typed_right(task, after[CONTEXT]),
        "frequent_words_typed_right_without_context": typed_right(task, after[0]),
        "known_words_typed_right": typed_right(task, places(a.data, drawn, a.words, CONTEXT, a.seed)),
        "unknown_words": left_alone(task, known),
        "seconds": round(time.perf_counter() - began),
    }
    if not a.chosen:
        report.write("typing_errors", model=report.about_model(a.model), **figures)
        return
    for name, value in figures.items():
        print(name, *(value if isinstance(value, list) else [value]), sep="\n  ")


if __name__ == "__main__":
    main()
