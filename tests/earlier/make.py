"""Make the small model folders that later versions have to read, the data beside them, and what they answer today.

Run it with the version that is to be remembered, from the root of the repository: ``python -m tests.earlier.make``.
It writes tests/earlier/VERSION; what earlier versions wrote there is never made again.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from tests.earlier.questions import ASKED, GENES, REVIEWS, SENTENCES, SERIES, TUNES, answers, make_data
from tests.serve.small_models import tone, wav

import unrolled
from unrolled import Classifier, Composer, NextWord, Training

SUBJECTS = ("the cat", "the dog", "a bird", "my friend", "Anna", "the old man")
VERBS = ("sees", "likes", "finds", "hears")
OBJECTS = ("the river", "a house", "the red car", "its food", "the moon")
ADJECTIVES = {"good": ("lovely", "fine", "warm"), "bad": ("awful", "boring", "silly"), "plain": ("long", "short")}
NOUNS = ("film", "book", "story", "plot")


def sentences(count: int) -> list[str]:
    """Sentences of a tiny grammar."""
    rng = np.random.default_rng(1)
    return [f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}." for _ in range(count)]


def reviews(count: int) -> str:
    """A table of texts of three labels, in which one label in five is wrong."""
    rng, rows = np.random.default_rng(2), []
    heads = {"good": ("I love the", "a"), "bad": ("I hate the", "a"), "plain": ("it is a", "the")}
    for number in range(count):
        label, other = (str(one) for one in rng.permutation(list(ADJECTIVES))[:2])
        text = f"{rng.choice(heads[label])} {rng.choice(ADJECTIVES[label])} {rng.choice(NOUNS)}"
        rows.append(f"{text},{misheard(label, (label, other), number)[1]}\n")
    return "".join(["text,label\n", *rows])


def genes(count: int) -> list[tuple[str, str]]:
    """DNA with GT in the middle, or with none there."""
    rng, found = np.random.default_rng(3), []
    for number in range(count):
        letters = rng.choice(list("ACGT"), 9)
        letters[4:6] = list("GT" if number % 2 else "CA")
        found.append(("".join(letters), misheard("site" if number % 2 else "none", ("site", "none"), number)[1]))
    return found


def misheard(label: str, labels: tuple[str, str], number: int) -> tuple[str, str]:
    """The label, and what is written in its place: one in five is wrong, so that no model is too sure."""
    return label, labels[1 - labels.index(label)] if number % 10 in (3, 6) else label


def series(label: str, steps: int, shift: float) -> np.ndarray:
    """Rows of two numbers that rise or fall."""
    return (np.linspace(-1, 1, steps)[:, None] * [1, 0.5] * (1 if label == "rising" else -1) + shift).astype(np.float32)


def fasta(records: list[tuple[str, str]]) -> str:
    """The content of a FASTA file with the labels in the headers."""
    return "".join(f">{number} {label}\n{letters}\n" for number, (letters, label) in enumerate(records))


def write_data(folder: Path) -> None:
    """The small data sets that lie beside the models."""
    folder.mkdir()
    (folder / "sentences.txt").write_text("\n\n".join(SENTENCES) + "\n", encoding="utf-8")
    (folder / "tunes.json").write_text(json.dumps(TUNES) + "\n", encoding="utf-8")
    rows = [f'"{text}",{label}' for text, label in REVIEWS]
    (folder / "reviews.csv").write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    (folder / "genes.fasta").write_text(fasta(GENES), encoding="utf-8")
    inputs = np.zeros((len(SERIES), max(steps for _, steps, _ in SERIES), 2), np.float32)
    for row, one in zip(inputs, SERIES, strict=True):
        row[: one[1]] = series(*one)
    labels, lengths = (np.array([one[column] for one in SERIES]) for column in (0, 1))
    np.savez(folder / "series.npz", inputs=inputs, labels=labels, lengths=lengths)


def write_models(folder: Path, work: Path) -> None:
    """A model of every task and kind of input, learnt from data that goes to ``work``."""
    text = work / "book.txt"
    text.write_text("\n\n".join(sentences(120)), encoding="utf-8")
    quick = Training(epochs=3, batch=4, window=8, learning_rate=0.03)
    keyboard: dict[str, Any] = {"width": 8, "order": 3, "training": quick}
    NextWord(**keyboard).fit(text).save(folder / "next-word")
    dense: dict[str, Any] = {"model": "dense", "tokens": "character", "context": 3}
    NextWord(**keyboard | dense | {"order": 2}).fit(text).save(folder / "next-word-dense")
    few = Training(epochs=2, batch=8, window=16, learning_rate=0.03)
    pieces: dict[str, Any] = {"tokens": "bpe", "vocabulary": 266, "cell": "gru", "width": 5, "order": 2}
    NextWord(**keyboard | pieces | {"training": few}).fit(text).save(folder / "next-word-bpe")

    tunes = work / "tunes.json"
    tunes.write_text(json.dumps(TUNES * 4))
    music = Training(epochs=6, batch=2, window=8, learning_rate=0.03)
    Composer(width=8, order=3, training=music).fit(tunes).save(folder / "notes")
    Composer(events="chords", width=5, training=music).fit(tunes).save(folder / "chords")

    learning = Training(epochs=8, batch=6, learning_rate=0.03)
    small: dict[str, Any] = {"width": 4, "embedding": 4, "dropout": 0.1, "training": learning}
    table = work / "reviews.csv"
    table.write_text(reviews(90))
    Classifier(pooling="attention", **small).fit(table, valid=table).save(folder / "text")
    Classifier(model="bag", vectorizer="tf-idf", **small).fit(table, valid=table).save(folder / "text-tf-idf")
    Classifier(model="dense", vectorizer="one-hot", context=4, **small).fit(table, valid=table).save(
        folder / "text-one-hot"
    )
    dna = work / "genes.fasta"
    dna.write_text(fasta(genes(80)))
    Classifier(pooling="middle", **small).fit(dna, valid=dna).save(folder / "dna")
    tones = work / "tones"
    for seed in range(20):
        pitch, label = misheard(("high", "low")[seed % 2], ("high", "low"), seed)
        (tones / label).mkdir(parents=True, exist_ok=True)
        (tones / label / f"{seed}.wav").write_bytes(wav(tone(pitch, 0.2, seed=seed)))
    ahead: dict[str, Any] = {"bidirectional": False, **small}
    Classifier(pooling="max", **ahead).fit(tones, valid=tones).save(folder / "sound")
    shifts = np.random.default_rng(4).normal(0, 0.3, 40)
    found = [misheard(("rising", "falling")[i % 2], ("rising", "falling"), i) for i in range(len(shifts))]
    rows = [series(found[i][0], 3 + i % 4, shift) for i, shift in enumerate(shifts)]
    Classifier(pooling="last", cell="lstm", **ahead).fit(rows, [label for _, label in found]).save(folder / "numbers")


def rounded(value: Any) -> Any:
    """Numbers to eight digits that count."""
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def main() -> None:
    """Make the folder of this version."""
    folder = Path(__file__).parent / unrolled.__version__
    if folder.exists():
        sys.exit(f"{folder} exists already: what a version wrote is never made again")
    folder.mkdir()
    write_data(folder / "data")
    with tempfile.TemporaryDirectory() as work:
        write_models(folder, Path(work))
        make_data(folder / "data", Path(work) / "data")
        expected = {
            name: {
                question: answers(unrolled.load(folder / name), name, question, Path(work) / "data")
                for question in ("about", *asked)
            }
            for name, asked in ASKED.items()
        }
    lines = json.dumps(rounded(expected), ensure_ascii=False, allow_nan=False)
    (folder / "expected.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
