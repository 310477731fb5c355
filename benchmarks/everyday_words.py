"""What everyday words save a person whose keyboard has learnt from little text: the same model with and without them.

    python benchmarks/everyday_words.py DATA [--words 25000] [--typed 2000] [--show]

DATA holds ptb/ (news, tokenised, in small letters: ptb.train.txt.gz, ptb.test.txt.gz) and aeslc/ (e-mails:
train.jsonl.gz, test.jsonl.gz). A small network learns the first so many words of each for about a minute. Then other
text of the same kind, and e-mails by the keyboard that has learnt news, is typed in letter by letter; three suggestions
are shown, of which one is tapped as soon as it is the word. The keyboard learns from what is typed meanwhile.

Counted are keys: a word costs its letters and the space, a tap brings both. All words count, whatever the model knows;
marks and numbers cost the same with and without help, and are left out. Then errors of five kinds are planted in words
of four letters and more, drawn from all that were typed: is the word among the three. And words typed right, from the
same text: how many does autocorrect leave alone. Last, what a folder with everyday words takes to read, and its
dictionary to build.
"""

import argparse
import gzip
import json
import time
import tracemalloc
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import report
from typing_errors import KINDS, wrong

from unrolled import NextWord, Training
from unrolled.completion.dictionary import Dictionary
from unrolled.keyboard import Keyboard
from unrolled.text.cutting import Cutting
from unrolled.text.everyday import Everyday, everyday_words

SUGGESTIONS, CONTEXT = 3, 60  # characters before a word in which an error is planted
PAIRS = (("ptb", "ptb"), ("aeslc", "aeslc"), ("ptb", "aeslc"))
Piece = tuple[str, str]
"""What stands before a word since the word before it, and the word."""


def texts(data: Path, name: str, part: str) -> Iterator[str]:
    """The sentences of the news, or the bodies of the e-mails."""
    ending = "txt" if name == "ptb" else "jsonl"
    with gzip.open(next((data / name).glob(f"*{part}.{ending}.gz")), "rt", encoding="utf-8") as lines:
        for line in lines:
            yield line.replace("<unk>", "").replace(" N ", " ") if name == "ptb" else json.loads(line)["body"]


def first(paragraphs: Iterator[str], words: int) -> list[str]:
    """The paragraphs that hold the first so many words."""
    taken: list[str] = []
    for paragraph in paragraphs:
        taken.append(paragraph)
        words -= len(paragraph.split())
        if words <= 0:
            break
    return taken


def pieces(paragraphs: list[str]) -> Iterator[Piece]:
    """The words of paragraphs."""
    last = ""
    for paragraph in paragraphs:
        end = 0
        for piece, (start, stop) in Cutting("word").pieces(paragraph):
            if any(map(str.isalpha, piece)) and not any(map(str.isdigit, piece)):
                yield last + paragraph[end:start], piece
                last, end = "", stop
        last += paragraph[end:] + "\n"


def type_in(keyboard: Keyboard, typed: list[Piece]) -> dict[str, Any]:
    """The share of keys that taps save."""
    pressed = without = everyday = 0
    for before, word in typed:
        keyboard.edit(append=before)
        without += len(word) + 1
        for letters in range(len(word) + 1):
            shown = {one.text.strip(): one for one in keyboard.suggest(SUGGESTIONS)}
            if letters == len(word) or word in shown:
                everyday += letters < len(word) and shown[word].everyday
                keyboard.edit(letters, word)
                pressed += letters + 1
                break
            keyboard.edit(append=word[letters])
    return {"keystrokes_saved": round(1 - pressed / without, 4), "everyday_words_tapped": everyday, "words": len(typed)}


def mended(keyboard: Keyboard, typed: list[Piece], known: Dictionary, count: int) -> dict[str, Any]:
    """Shares of words with an error that are among the three: of all, and of those that the text lacked."""
    rng, found = np.random.default_rng(1), {True: [0, 0], False: [0, 0]}
    kinds = [kind for kind in KINDS if kind != "missing space"]
    for i, place in enumerate(places(typed, rng, count, 4)):
        before, word = place
        error, _ = wrong(word, kinds[i % len(kinds)], rng)
        keyboard.write("").write(before + error)
        tally = found[not known.variants(word)]
        tally[0] += word in [one.text for one in keyboard.suggest(SUGGESTIONS)]
        tally[1] += 1
    return _by_group("mended", found)


def left_alone(keyboard: Keyboard, typed: list[Piece], known: Dictionary, count: int) -> dict[str, Any]:
    """Shares of words typed right that autocorrect does not change."""
    keyboard.autocorrect, found = True, {True: [0, 0], False: [0, 0]}
    for before, word in places(typed, np.random.default_rng(2), count, 3):
        keyboard.write("").write(before + word).edit(append=" ")
        tally = found[not known.variants(word)]
        tally[0] += keyboard.corrected is None
        tally[1] += 1
    return _by_group("left_alone", found)


def places(typed: list[Piece], rng: np.random.Generator, count: int, shortest: int) -> list[Piece]:
    """Words of small letters drawn from what was typed, each once, after the text that stands before it."""
    text, found = "", dict[str, Piece]()
    for before, word in typed:
        text += before
        if len(word) >= shortest and word.isascii() and word.isalpha() and word.islower():
            found.setdefault(word, (text[-CONTEXT:].split(" ", 1)[-1], word))
        text += word
    drawn = sorted(found)
    return [found[drawn[i]] for i in rng.permutation(len(drawn))[:count]]


def _by_group(name: str, found: dict[bool, list[int]]) -> dict[str, Any]:
    groups = {"": np.sum([*found.values()], axis=0), "_of_those_lacking": found[True]}
    return {f"{name}{group}": [round(int(yes) / max(int(n), 1), 4), int(n)] for group, (yes, n) in groups.items()}


def start_up(task: NextWord, everyday: Everyday) -> dict[str, float]:
    """Milliseconds that its file takes to read, and the dictionary to answer the first letter; bytes that it holds."""
    text, tokens, figures = everyday.to_json(), len(task.tokenizer_), {}
    began = time.perf_counter()
    Everyday.from_json(text, "", tokens)
    figures["file_kib"] = round(len(text.encode()) / 1024)
    figures["read_ms"] = round(1e3 * (time.perf_counter() - began), 1)
    for name, words in (("without", None), ("with", everyday)):
        began = time.perf_counter()
        keyboard = Keyboard(task.stream(), Dictionary(task.tokenizer_, None, words))
        keyboard.write("th").suggest()
        figures[f"first_letter_{name}_ms"] = round(1e3 * (time.perf_counter() - began), 1)
        times = []
        for _ in range(200):
            keyboard.edit(1)
            began = time.perf_counter()
            keyboard.edit(append="h").suggest()
            times.append(1e6 * (time.perf_counter() - began))
        figures[f"letter_{name}_us"] = round(float(np.median(times)))
    tracemalloc.start()
    keyboard = Keyboard(task.stream(), Dictionary(task.tokenizer_, None, everyday))
    keyboard.write("th").suggest()
    figures["dictionary_mib"] = round(tracemalloc.get_traced_memory()[0] / 2**20, 1)
    tracemalloc.stop()
    return figures


def fitted(data: Path, name: str, words: int) -> NextWord:
    """A small keyboard that has learnt the first words of a text."""
    training = Training(epochs=4, batch=16, window=32, learning_rate=0.005)
    return NextWord(width=96, training=training).fit(first(texts(data, name, "train"), words), show=False)


def compared(task: NextWord, everyday: Everyday | None, typed: list[Piece]) -> dict[str, Any]:
    """All measures of the same model with and without everyday words."""
    known, figures = Dictionary(task.tokenizer_), {}
    lacking = [word for _, word in typed if not known.variants(word)]
    listed = set() if everyday is None else {word.lower() for word in everyday.words}
    figures["words_that_the_text_lacked"] = round(len(lacking) / len(typed), 4)
    figures["of_them_everyday_words"] = round(sum(word.lower() in listed for word in lacking) / len(lacking), 4)
    for line, words in (("without", None), ("with", everyday)):
        dictionary = Dictionary(task.tokenizer_, None, words)
        keyboards = [Keyboard(task.stream(), dictionary) for _ in range(3)]
        figures[line] = {
            **type_in(keyboards[0], typed),
            **mended(keyboards[1], typed, known, 400),
            **left_alone(keyboards[2], typed, known, 600),
        }
    return figures


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--words", type=int, default=25_000)
    parser.add_argument("--typed", type=int, default=2_000)
    parser.add_argument("--show", action="store_true", help="print only")
    a = parser.parse_args()
    began, rows, tasks = time.perf_counter(), [], {}
    for learnt, written in PAIRS:
        task = tasks.setdefault(learnt, None) or fitted(a.data, learnt, a.words)
        tasks[learnt] = task
        everyday = everyday_words("en", task.tokenizer_.tokens, task.tokenizer_.cutting)
        assert everyday is not None
        everyday = everyday.after(task.input_.counts)
        typed = list(islice(chain(pieces(list(islice(texts(a.data, written, "test"), 1_000)))), a.typed))
        rows.append({"learnt": learnt, "typed": written, **compared(task, everyday, typed)})
        print(rows[-1], flush=True)
        if learnt == written == "aeslc":
            figures = start_up(task, everyday)
    told = {"learnt_words": a.words, "everyday_words": len(everyday), "rows": rows, "start_up": figures}
    if not a.show:
        report.write("everyday_words", **told, seconds=round(time.perf_counter() - began))


if __name__ == "__main__":
    main()
