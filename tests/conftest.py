"""Data made by code, and one small trained keyboard that the tests of tasks, runtime and command line share."""

import gc
import math
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from unrolled import progress
from unrolled.baselines import linear

gc.disable()  # until all tests and what they test are loaded: nothing of it is ever freed

# One setting of the regression beside each classifier: its choice took most of the time of a small fit, and
# tests/baselines, where the shipped settings are put back, tests it.
PENALTIES = {name: getattr(linear, name) for name in ("PENALTIES", "SCALED_PENALTIES")}
for name, values in PENALTIES.items():
    setattr(linear, name, values[2:3])

progress.LINES.update(dict.fromkeys(progress.LINES, math.inf))  # standard error tells the same on a slow machine

# The same examples in every run, however slow the machine.
hypothesis.settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

SUBJECTS = ("the cat", "the dog", "a bird", "my friend", "Anna", "the old man")
VERBS = ("sees", "likes", "finds", "hears")
OBJECTS = ("the river", "a house", "the red car", "its food", "the moon")


def sentences(count: int, seed: int = 0) -> list[str]:
    """Sentences of a tiny grammar."""
    rng = np.random.default_rng(seed)
    return [f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}." for _ in range(count)]


def pytest_collection_finish() -> None:
    """Collections of garbage pass over what was loaded."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def run_command(monkeypatch, capsys):
    """Run `unrolled` with words → exit code, standard output, standard error; never a traceback."""
    from unrolled.commands import main as cli

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["unrolled", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return call


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text file of 400 paragraphs."""
    path = tmp_path_factory.mktemp("text") / "book.txt"
    path.write_text("\n\n".join(sentences(400)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Other sentences of the same grammar, and a word that was never seen."""
    path = tmp_path_factory.mktemp("text") / "held_out.txt"
    path.write_text("\n\n".join([*sentences(60, seed=1), "the zebra sees a house."]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def fitted(book: Path):
    """A NextWord fitted on the book."""
    from unrolled import NextWord, Training

    training = Training(epochs=6, batch=8, window=10, learning_rate=0.02)
    return NextWord(width=16, dropout=0.1, order=3, training=training).fit(book)


@pytest.fixture(scope="session")
def keyboard(fitted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its model folder."""
    folder = tmp_path_factory.mktemp("models") / "keyboard"
    fitted.save(folder)
    return folder
