"""Every task, with every kind of data that it takes, keeps the contract of `contract.py`."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from tests.serve.small_models import tone, wav
from tests.tasks import contract
from tests.tasks.contract import Case, Prepared, prepare
from tests.tasks.shared_contract import check_settings

from unrolled import Classifier, Composer, NextWord, Suggester, Training
from unrolled.inputs import INPUTS
from unrolled.tasks import TASKS, task_class
from unrolled.tasks.predictor import Predictor

SENTENCES = [
    "red follows blue", "green meets yellow", "one two three", "alpha beta gamma",
    "north of south", "the cat sleeps", "a bird sings", "we write code",
]  # fmt: skip
TUNES = [[[48 + 5 * i, 55 + 5 * i], [50 + 5 * i], [52 + 5 * i, 60 + 5 * i], [53 + 5 * i]] * 2 for i in range(8)]
ORDERED = [("alpha beta", "yes"), ("beta alpha", "no"), ("gamma alpha beta", "yes"), ("gamma beta alpha", "no"),
           ("alpha beta delta", "yes"), ("beta alpha delta", "no"), ("alpha gamma beta", "yes"),
           ("beta gamma alpha", "no")]  # fmt: skip
GENES = ["ACGTA", "ACCAA", "TTGTC", "TTCAC", "GAGTG", "GACAG", "CCGTT", "CCCAT"]
OFFSETS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7}
BOTH = Training(epochs=60, patience=60, batch=4, window=8, learning_rate=0.03)


def write_text(folder: Path) -> tuple[Path, Path]:
    (folder / "eight.txt").write_text("\n".join(SENTENCES * 4))
    (folder / "other.txt").write_text("the cat sings\na bird sleeps\none two zebra")
    return folder / "eight.txt", folder / "other.txt"


def write_queries(folder: Path) -> tuple[Path, Path]:
    (folder / "eight.csv").write_text(
        "query,count\n" + "".join(f"{text},{9 - i}\n" for i, text in enumerate(SENTENCES))
    )
    (folder / "other.csv").write_text("query,count\nthe cat sings,1\na bird sleeps,2\n")
    return folder / "eight.csv", folder / "other.csv"


def write_tunes(folder: Path) -> tuple[Path, Path]:
    (folder / "eight.json").write_text(json.dumps(TUNES))
    (folder / "other.json").write_text(json.dumps([TUNES[0][:3], TUNES[3][1:5]]))
    return folder / "eight.json", folder / "other.json"


def write_table(folder: Path) -> tuple[Path, Path]:
    for name, rows in (("eight.csv", ORDERED), ("other.csv", ORDERED[2:5])):
        (folder / name).write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    return folder / "eight.csv", folder / "other.csv"


def write_genes(folder: Path) -> tuple[Path, Path]:
    for name, genes in (("eight.fasta", GENES), ("other.fasta", GENES[:3])):
        rows = [f">{i} {'GT' if 'GT' in gene else 'CA'}\n{gene}\n" for i, gene in enumerate(genes)]
        (folder / name).write_text("".join(rows))
    return folder / "eight.fasta", folder / "other.fasta"


def write_tones(folder: Path) -> tuple[Path, Path]:
    for name, seeds in (("eight", range(4)), ("other", range(4, 6))):
        for label in ("high", "low"):
            (folder / name / label).mkdir(parents=True)
            for seed in seeds:
                (folder / name / label / f"{seed}.wav").write_bytes(wav(tone(label, 0.1, seed=seed)))
    return folder / "eight", folder / "other"


def write_numbers(folder: Path) -> tuple[Path, Path]:
    rows = np.linspace(-1, 1, 5)[None, :, None] * np.tile([1.0, -1.0], 4)[:, None, None]
    rows = (rows + np.linspace(0, 0.7, 8)[:, None, None] * [1, 0.5]).astype(np.float32)
    labels = np.array(["up", "down"] * 4)
    for name, part in (("eight.npz", slice(8)), ("other.npz", slice(3))):
        np.savez(folder / name, inputs=rows[part], labels=labels[part])
    return folder / "eight.npz", folder / "other.npz"


def suggester(training: Training, **settings) -> Suggester:
    return Suggester(**{"width": 24, "vocabulary": 300, "dropout": 0.0, "training": training} | settings)


def next_word(training: Training, **settings) -> NextWord:
    return NextWord(**{"width": 24, "dropout": 0.0, "order": 2, "lines": True, "training": training, **settings})


def notes(training: Training, **settings) -> Composer:
    return Composer(**{"width": 24, "dropout": 0.0, "order": 2, "training": training, **settings})


def chords(training: Training, **settings) -> Composer:
    return Composer(**{"events": "chords", "width": 32, "dropout": 0.0, "training": training, **settings})


def classifier(training: Training, **settings) -> Classifier:
    return Classifier(**{"width": 8, "embedding": 8, "dropout": 0.0, "training": training, **settings})


def ahead(training: Training, **settings) -> Classifier:
    return classifier(training, bidirectional=False, **settings)


def words(text: str) -> list[str]:
    return text.split(" ")


def frames(text: str) -> list[np.ndarray]:
    """Each chord as a frame (1, 88)."""
    stacked = np.zeros((len(words(text)), 1, 88), bool)
    for frame, chord in zip(stacked, words(text), strict=True):
        for letter, octave in [] if chord == "-" else chord.split("+"):
            frame[0, 12 * int(octave) + OFFSETS[letter] - 9] = True
    return list(stacked)


def halves(rows: list) -> list[list]:
    return [rows[:1], rows[1:]]


def samples(clip: tuple[np.ndarray, int]) -> dict:
    """A recording as a session gets it."""
    content = (clip[0] * 32767).astype("<i2").tobytes()
    return {"samples": base64.b64encode(content).decode(), "rate": clip[1], "reset": True}


def rows(series: list) -> dict:
    return {"numbers": series, "reset": True}


CASES = [
    Case("next-word", "text", next_word, write_text, ["red follows", "the cat", "zebra one", "we"],
         ("perplexity", 2.5), ("bad.txt", b"a \xff word"), words, training=BOTH),
    Case("suggest", "queries", suggester, write_queries, ["red", "the c", "zebra", ""],
         ("mrr_10", 0.9), ("bad.csv", b"query,count\nred,-1\n"), training=BOTH),
    Case("compose", "notes", notes, write_tunes, ["C3/1 G3/1", "F3/1 C4/1 >1 G3/1", ">1"],
         ("perplexity", 2.0), ("bad.json", b'[[[60], ["x"]], [[62]]]'), words, training=BOTH),
    Case("compose", "chords", chords, write_tunes, ["C3+G3", "C3+G3 D3 -", "F3+C4 G3"],
         ("nats_per_frame", 2.0), ("bad.json", b'[[[60], ["x"]], [[62]]]'), frames, training=BOTH),
    Case("classify", "text", ahead, write_table, ["alpha beta", "beta gamma alpha", "zebra"],
         ("accuracy", 1.0), ("bad.csv", b"text,mark\na,b\n"), words),
    Case("classify", "text", classifier, write_table, ["alpha beta", "beta gamma alpha", "zebra"],
         ("accuracy", 1.0), ("bad.tsv", b"text\tlabel\na\n"), words, note=", both directions"),
    Case("classify", "dna", classifier, write_genes, ["ACGTA", "ccca", "N"],
         ("accuracy", 1.0), ("bad.fasta", b">1 GT\nACX\n>2 CA\nACG\n"), list),
    Case("classify", "sound", ahead, write_tones, [(tone("high", 0.1, seed=9), 8_000), (tone("low", 0.2), 8_000)],
         ("accuracy", 1.0), ("bad/high.wav", b"RIFF"), message=samples),
    Case("classify", "numbers", ahead, write_numbers, [[[1, 1], [0, 0.5], [-1, 0]], [[-1, -1], [1, 1]]],
         ("accuracy", 1.0), ("bad.npz", b"PK\3\4 and no more"), halves, rows),
]  # fmt: skip


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> dict[str, Prepared]:
    """All cases fitted and saved, once for all checks."""
    return {str(case): prepare(case, tmp_path_factory.mktemp("contract")) for case in CASES}


@pytest.fixture(params=CASES, ids=str)
def ready(request, everything) -> Prepared:
    return everything[str(request.param)]


def test_every_task_and_every_input_has_a_case() -> None:
    assert {case.task for case in CASES} == {name for name in TASKS if issubclass(task_class(name), Predictor)}
    assert {case.reads for case in CASES} == set(INPUTS)


def test_the_folder_says_its_task(ready) -> None:
    assert json.loads((ready.folder / "config.json").read_text())["task"] == ready.case.task == ready.task.name


def test_it_learns_eight_examples_by_heart(ready) -> None:
    contract.check_learns_by_heart(ready)


def test_saved_it_says_the_same_without_torch(everything) -> None:
    contract.check_saved_says_the_same_without_torch(list(everything.values()))


def test_loaded_it_is_the_same(ready) -> None:
    contract.check_loaded_is_the_same(ready)


def test_many_are_answered_as_one(ready) -> None:
    contract.check_together_is_alone(ready)


def test_a_stream_is_the_whole(ready) -> None:
    contract.check_stream_is_whole(ready)


def test_the_baseline_stands_beside(ready) -> None:
    contract.check_baseline_is_beside(ready)


def test_a_session_is_saved_and_goes_on(ready) -> None:
    contract.check_session_goes_on(ready)


def test_it_refuses(ready, tmp_path) -> None:
    contract.check_refusals(ready, tmp_path)


def test_bad_data_is_named(ready, tmp_path) -> None:
    contract.check_bad_data_is_named(ready, tmp_path)


def test_damage_is_refused(ready, tmp_path) -> None:
    contract.check_damage_is_refused(ready, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_resumed_run_is_an_uninterrupted_one(case, tmp_path) -> None:
    contract.check_resumed_is_uninterrupted(case, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_its_settings_are_scikit_learns(case) -> None:
    check_settings(case.make, case.training)
