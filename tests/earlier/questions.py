"""What each model folder of an earlier version is asked, and what it is measured on: public names alone."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.serve.small_models import RATE, tone, wav

__all__ = ["ASKED", "answers", "clip", "make_data"]

TUNES = [
    [[60, 64, 67], [62, 65], [64], [60, 64, 67], [65, 69], [], [60]],
    [[67, 71], [65], [64, 67], [65], [67, 71], [60, 64]],
    [[60, 64, 67], [60, 64, 67], [65, 69], [62, 65], [64]],
]
REVIEWS = [
    ("a lovely film, with charm!", "good"),
    ("I hate the awful story", "bad"),
    ("the book has a plot", "plain"),
    ("we love this fine story", "good"),
    ("a boring and silly book", "bad"),
    ("it is a zebra", "plain"),
]
GENES = [("ACGTGTACG", "site"), ("TTGGTCCAA", "none"), ("ccatgtnat", "site"), ("GATTCAACA", "none")]
SERIES = [("rising", 4, 0.2), ("falling", 3, -0.3), ("rising", 6, 0.5), ("falling", 5, 0.1)]
TONES = [("high", 0.2, 40), ("low", 0.15, 41), ("low", 0.3, 42), ("high", 0.25, 43)]
SENTENCES = ["the cat sees the river.", "Anna likes a house.", "my friend hears the zebra.", "a bird finds its food."]

CLASSES = {
    "evaluate": ["reviews.csv"],
    "predict": ["a lovely film", "I hate the dull book", "it is about a plot", "ZEBRA giraffe"],
    "session": ["I", "I love", "I love the", "I hate the", ""],
    "stream": ["a boring", "and silly", "story"],
}
TEXTS = {
    "evaluate": ["sentences.txt"],
    "predict": ["the cat sees the", "", "my friend", "zebra Anna li"],
    "generate": ["the cat", ""],
    "session": ["the c", "the cat sees the rvi", "Anna likes a ", "Anna likes zebras. the ca"],
    "stream": ["the old", "man likes", "a"],
}
ASKED: dict[str, dict[str, list[Any]]] = {
    "next-word": TEXTS,
    "next-word-dense": TEXTS,
    "next-word-bpe": TEXTS,
    "notes": {
        "evaluate": ["tunes.json"],
        "predict": ["C4/1 E4/1", "", "G4/1 B4/1 >1"],
        "generate": ["C4/1 E4/1", ""],
        "play": ["C4/1 E4/1 >1", ""],
    },
    "chords": {
        "evaluate": ["tunes.json"],
        "predict": ["C4+E4+G4", "", "C4+E4 - G4"],
        "generate": ["C4+E4", ""],
        "play": ["C4+E4+G4 D4+F4", ""],
    },
    "text": CLASSES,
    "text-tf-idf": CLASSES,
    "text-one-hot": CLASSES,
    "dna": {
        "evaluate": ["genes.fasta"],
        "predict": ["ACGTGTACG", "ttgg", "NNACA", "A"],
        "session": ["AC", "ACGTG", "ACGTGTN", "GG"],
        "stream": ["ACG", "TGTA", "C"],
    },
    "sound": {"evaluate": ["tones"], "predict": TONES, "stream": TONES[:2]},
    "numbers": {
        "evaluate": ["series.npz"],
        "predict": [[[1, 1.5], [1, 1]], [[-1, -1.5]], [[0.1, 0.2], [0.3, -0.1], [0, 0.5]]],
        "stream": [[[0.5, 1]], [[-1, -0.5], [-1.5, -1]], [[0.2, 0.1]]],
    },
}
"""By the name of a folder and of a question, what it is asked about."""


def make_data(beside: Path, folder: Path) -> None:
    """Bring together what the models are measured on: the files that lie ``beside`` them, and tones made again."""
    shutil.copytree(beside, folder)
    for label, seconds, seed in TONES:
        (folder / "tones" / label).mkdir(parents=True, exist_ok=True)
        (folder / "tones" / label / f"{seed}.wav").write_bytes(wav(tone(label, seconds, seed=seed)))


def clip(label: str, seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """A recording as `predict` takes it."""
    return tone(label, seconds, seed=seed), RATE


def answers(task: Any, name: str, question: str, data: Path) -> Any:
    """What a loaded folder answers to a question of ``ASKED``, as JSON knows it; ``data`` holds the files it reads."""
    asked = ASKED[name].get(question, [])
    given = [clip(*one) for one in asked] if name == "sound" and question != "evaluate" else asked
    return QUESTIONS[question](task, given, data)


def _about(task: Any, asked: list[Any], data: Path) -> dict[str, Any]:
    shapes = {name: list(shape) for name, shape in task.shapes().items()}
    return {"describe": task.describe(), "parameters": task.parameters, "shapes": shapes}


def _evaluate(task: Any, asked: list[Any], data: Path) -> list[dict[str, Any]]:
    found = [task.evaluate(data / name) for name in asked]
    return [{"metrics": dict(one.metrics), "baseline": dict(one.baseline)} for one in found]


def _predict(task: Any, asked: list[Any], data: Path) -> dict[str, Any]:
    return {
        "alone": [[list(each) for each in task.predict(one)] for one in asked],
        "together": [[list(each) for each in found] for found in task.predict_many(asked, 2)],
    }


def _generate(task: Any, asked: list[Any], data: Path) -> list[str]:
    return [task.generate(text, 20) for text in asked]  # with the seed 0


def _play(task: Any, asked: list[Any], data: Path) -> list[dict[str, Any]]:
    tunes = [task.play(text, 5.0) for text in asked]
    return [{"tempo": tune.tempo, "notes": tune.as_json()} for tune in tunes]


def _session(task: Any, asked: list[Any], data: Path) -> list[Any]:
    session = task.session()
    if hasattr(session, "suggest"):
        return [[list(one) for one in session.write(text).suggest(3)] for text in asked]
    found = [session.receive({"text": text, "memory": True}) for text in asked]
    return [{key: value for key, value in one.items() if key != "microseconds"} for one in found]


def _stream(task: Any, asked: list[Any], data: Path) -> list[Any]:
    stream = task.stream()
    return [[list(one) for one in stream.feed(piece).top(3)] for piece in asked]


QUESTIONS: dict[str, Callable[[Any, list[Any], Path], Any]] = {
    "about": _about,
    "evaluate": _evaluate,
    "predict": _predict,
    "generate": _generate,
    "play": _play,
    "session": _session,
    "stream": _stream,
}
