"""Small models of every kind, fitted in a second or two on data made by code."""

import io
import json
from pathlib import Path

import numpy as np
import soundfile
from tests.serve.small_forecaster import shop

from unrolled import Classifier, Composer, Training
from unrolled.tasks.forecast import Forecaster

__all__ = ["RATE", "SMALL", "fit_classifiers", "fit_forecaster", "fit_music", "tone", "wav"]

SMALL = ("mood", "tone", "gauge", "gene", "choir", "bach", "demand")
RATE = 8_000
PITCHES = {"high": 1_500, "low": 200}
SENTENCES = {
    "good": ("I love the warm book", "a fine film"),
    "bad": ("I hate the dull book", "an awful film", "a fine awful film"),
}


def tone(label: str, seconds: float = 0.4, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """A high or a low tone, its pitch a little different with each seed."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    sound = 0.4 * np.sin(2 * np.pi * PITCHES[label] * rng.uniform(0.9, 1.1) * time)
    return (sound + rng.normal(0, 0.01, len(time))).astype(np.float32)


def wav(samples: np.ndarray, rate: int = RATE, kind: str = "WAV", coder: str | None = None) -> bytes:
    """The content of a file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=coder)
    return file.getvalue()


def fit_classifiers(folder: Path) -> None:
    """One of text, of sound, of numbers and of DNA."""
    small = {"width": 8, "dropout": 0.0, "training": Training(epochs=12, batch=8, learning_rate=0.03)}
    ahead = {"bidirectional": False, "pooling": "last", **small}
    texts = [(text, label) for label, some in SENTENCES.items() for text in some] * 6
    longer = Training(epochs=40, batch=8, learning_rate=0.03)  # a dozen would end while the rate is warmed up
    Classifier(embedding=8, **ahead | {"training": longer}).fit(*map(list, zip(*texts, strict=True))).save(
        folder / "mood"
    )
    for label in PITCHES:
        (folder / "tones" / label).mkdir(parents=True)
        for seed in range(8):
            (folder / "tones" / label / f"{seed}.wav").write_bytes(wav(tone(label, seed=seed)))
    Classifier(convolution=0, **small).fit(folder / "tones").save(folder / "tone")
    series = [np.full((4, 2), sign, np.float32) + 0.1 * i for i in range(8) for sign in (-1, 1)]
    Classifier(**ahead).fit(series, ["falling", "rising"] * 8).save(folder / "gauge")
    letters = "".join(f">{i} {label}\n{text}\n" for i in range(8) for label, text in (("AT", "ATTA"), ("GC", "GCCG")))
    (folder / "genes.fasta").write_text(letters)
    Classifier(**small).fit(folder / "genes.fasta").save(folder / "gene")


def fit_music(folder: Path) -> None:
    """One of chords and one of notes."""
    pieces = [[[60, 64, 67], [62, 65], [64], [60, 64, 67], [65, 69]] * 4, [[67, 71], [65], [64, 67]] * 6]
    (folder / "tunes.json").write_text(json.dumps(pieces))
    training = Training(epochs=8, batch=2, window=8, learning_rate=0.02)
    Composer(events="chords", width=12, training=training).fit(folder / "tunes.json").save(folder / "choir")
    Composer(width=12, training=training).fit(folder / "tunes.json").save(folder / "bach")


def fit_forecaster(folder: Path) -> None:
    """One of the sales of three articles."""
    small = {"width": 4, "layers": 1, "members": 1, "training": Training(epochs=1, batch=16)}
    Forecaster(horizon=7, frequency="D", **small).fit(shop(3, 60)).save(folder / "demand")
