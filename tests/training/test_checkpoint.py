"""A resume file that is damaged, foreign or of another run is refused, and nothing is changed."""

import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from unrolled.errors import InputError, TrainingError
from unrolled.training import Log, Trainer
from unrolled.training.checkpoint import RESUME_FILE, load_checkpoint, save_checkpoint

Make = Callable[..., Any]
IDENTITY = {"settings": {"width": 8, "cell": "lstm"}, "training": {"batch": 3}, "data": "abc"}


@pytest.fixture
def written(problem: Make, training: Make, tmp_path: Path) -> Path:
    """The resume file of a run of 17 steps."""
    trainer = Trainer(problem(), training(), tmp_path, IDENTITY)
    with Log(None, show=False) as log:
        for _ in range(17):
            trainer.step(log)
    trainer._save()
    return tmp_path / RESUME_FILE


@pytest.fixture
def fresh(problem: Make, training: Make) -> Trainer:
    return Trainer(problem(), training())


def assert_refused(path: Path, trainer: Trainer, reason: str, identity: dict[str, Any] | None = None) -> None:
    content = path.read_bytes()
    before = {name: tensor.clone() for name, tensor in trainer.state.tensors().items()}
    with pytest.raises(InputError, match=reason) as caught:
        load_checkpoint(path, trainer.state, identity or IDENTITY)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content
    after = trainer.state.tensors()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert trainer.state.position.step == 0


def test_what_was_written_is_read(written: Path, fresh: Trainer, tmp_path: Path) -> None:
    load_checkpoint(written, fresh.state, IDENTITY)
    assert fresh.state.position.step == 17
    assert fresh.state.best.keys() == fresh.weights.keys()
    save_checkpoint(tmp_path / "again", fresh.state, IDENTITY)
    assert (tmp_path / "again").read_bytes() == written.read_bytes()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"settings": {"width": 9, "cell": "lstm"}}, "written with settings.width 8, now it is 9"),
        ({"settings": {"width": 8, "cell": "gru"}}, "written with settings.cell 'lstm', now it is 'gru'"),
        ({"settings": {"width": 8}}, "written with settings.cell 'lstm', now it is absent"),
        ({"training": {"batch": 3, "seed": 1}}, "written with training.seed absent, now it is 1"),
        ({"data": "abd"}, "written with data 'abc', now it is 'abd'"),
    ],
)
def test_another_run_is_refused_by_the_setting_that_differs(
    written: Path, fresh: Trainer, change: dict[str, Any], reason: str
) -> None:
    assert_refused(written, fresh, reason, IDENTITY | change)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no safetensors file"),
        (b"\0" * 100, "is no|not the JSON|header"),
        (b"garbage, and more of it", "out of bounds"),
        (pickle.dumps({"step": 3}), "pickle"),
        (b"PK\x03\x04" + b"\0" * 50, "pickle or a zip"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, fresh: Trainer, content: bytes, reason: str) -> None:
    path = tmp_path / RESUME_FILE
    path.write_bytes(content)
    assert_refused(path, fresh, reason)


def test_a_file_of_other_tensors_is_refused(tmp_path: Path, fresh: Trainer) -> None:
    path = tmp_path / RESUME_FILE
    save_file({"a": np.zeros(3, np.float32)}, path)
    assert_refused(path, fresh, "is no resume file")


def test_a_cut_file_is_refused(written: Path, fresh: Trainer) -> None:
    content = written.read_bytes()
    for length in [*range(0, 200, 13), *range(200, len(content), len(content) // 12), len(content) - 1]:
        written.write_bytes(content[:length])
        assert_refused(written, fresh, "header|truncated|expected|need")


def test_a_file_larger_than_the_model_needs_is_not_read(written: Path, fresh: Trainer) -> None:
    with written.open("r+b") as file:
        file.truncate(2**40)  # sparse: takes no room on the disk, but would in memory
    with pytest.raises(InputError, match="at most"):
        load_checkpoint(written, fresh.state, IDENTITY)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("weight/output.b", np.zeros(12, np.float32), r"is \(12,\) of torch.float32; expected \(11,\)"),
        ("weight/output.b", np.zeros(11, np.float64), "float64"),
        ("weight/output.b", None, "'weight/output.b' is missing"),
        ("weight/other", np.zeros(11, np.float32), "'weight/other' is unknown"),
        ("best/output.b", None, "'best/output.b' is missing"),
        ("optimizer/exp_avg/output.b", None, "is missing"),
        ("optimizer/exp_avg/output.b", np.zeros((11, 1), np.float32), "expected"),
        ("optimizer/step/output.b", np.zeros(1, np.float32), "expected"),
        ("optimizer/more/output.b", np.zeros(11, np.float32), "is unknown"),
        ("carried/0", np.zeros((2, 8), np.float32), "expected"),
        ("carried/9", np.zeros(1, np.float32), "is unknown"),
        ("weight/output.b", np.full(11, np.nan, np.float32), "not finite"),
        ("generator", np.zeros(3, np.uint8), "expected"),
        ("generator", np.full(5056, 255, np.uint8), "does not fit this run"),
        ("run", None, "is no resume file"),
        ("run", np.zeros(3, np.float32), "is no resume file"),
        ("run", np.frombuffer(b"{", np.uint8), "JSON"),
        ("run", np.frombuffer(b"[]", np.uint8), "no resume file of this version"),
        ("run", np.frombuffer(b'{"position": {}, "identity": [], "x": 1}', np.uint8), "of this version"),
        ("run", np.frombuffer(b'{"position": {}, "identity": []}', np.uint8), "written with identity"),
    ],
)
def test_an_altered_tensor_is_refused(written: Path, fresh: Trainer, name: str, value: Any, reason: str) -> None:
    tensors = {**load_file(written), name: value}
    save_file({k: v for k, v in tensors.items() if v is not None}, written)
    assert_refused(written, fresh, reason)


@pytest.mark.parametrize(
    "position",
    [{"step": -1}, {"step": "3"}, {"step": True}, {"step": 1.5}, {"steps": 0}, {"other": 1}, {"best": "low"}, [], None],
)
def test_an_impossible_position_is_refused(written: Path, fresh: Trainer, position: Any) -> None:
    tensors = load_file(written)
    text = json.dumps({"position": position, "identity": IDENTITY})
    save_file({**tensors, "run": np.frombuffer(text.encode(), np.uint8)}, written)
    assert_refused(written, fresh, "does not fit this run")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_altered_bytes_are_refused_or_read_never_worse(written: Path, fresh: Trainer, data: st.DataObject) -> None:
    original = written.read_bytes()
    content = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1) | st.integers(0, 2000))] = data.draw(st.integers(0, 255))
    path = written.with_name("altered")
    path.write_bytes(content)
    with suppress(InputError):
        load_checkpoint(path, fresh.state, IDENTITY)
    assert all(bool(torch.isfinite(tensor).all()) for tensor in fresh.state.tensors().values())


def test_what_is_not_finite_is_not_saved(written: Path, problem: Make, training: Make) -> None:
    trainer = Trainer(problem(), training(), written.parent, IDENTITY)
    before = written.read_bytes()
    with torch.no_grad():
        trainer.weights["layers.1.W"][0, 0] = float("inf")
    with pytest.raises(TrainingError, match=r"weight/layers\.1\.W is no longer finite.*last good checkpoint is"):
        trainer._save()
    assert written.read_bytes() == before


def test_there_must_be_something_to_resume(problem: Make, training: Make, tmp_path: Path) -> None:
    for run in (tmp_path, None):
        with Log(None, show=False) as log, pytest.raises(InputError, match="nothing to resume"):
            Trainer(problem(), training(), run).fit(log, resume=True)
    assert list(tmp_path.iterdir()) == []
