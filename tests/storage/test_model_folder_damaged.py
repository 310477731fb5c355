"""Damage of all kinds, to any file of a model folder, with the checksums as they were or made right again."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.model_folder import ModelFolder, write_model_folder

WEIGHTS = np.random.default_rng(7).standard_normal((12, 5)).astype(np.float32)
TENSORS = {"model": {"U": WEIGHTS, "b": WEIGHTS[0]}, "baseline": {"n": np.arange(9), "p": np.arange(3.0)}}
TEXTS = {"tokenizer.json": '{"kind": "word"}', "README.md": "# Ein schönes Modell\n"}


def read_all(folder: Path) -> dict[str, NDArray[Any]]:
    opened = ModelFolder.open(folder)
    for name in TEXTS:
        opened.text(name)
    opened.tensors("baseline")
    return opened.tensors("model", {"U": (12, 5), "b": (5,)})


def correct_checksum(folder: Path, name: str, content: bytes) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "config.json").write_text(json.dumps(config))


DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "delete", "swap word"]),
        st.integers(0, 10**6),
        st.binary(min_size=1, max_size=12)
        | st.sampled_from(
            [b"[" * 3000, b"\xff" * 8, b"NaN", b"1e999", b"9" * 30, b'"../x.txt"', b"\0" * 9, b"PK\3\4", b"{}"]
        ),
    ),
    min_size=1,
    max_size=3,
)
WORDS = [
    b"F32",
    b"F64",
    b"shape",
    b"data_offsets",
    b"bytes",
    b"files",
    b"format",
    b"[0,",
    b"12",
    b"5",
    b": 1",
    b"]",
    b"}",
]


def damaged(content: bytes, damage: list[tuple[str, int, bytes]]) -> bytes:
    for kind, where, garbage in damage:
        at = where % (len(content) + 1)
        if kind == "flip" and at < len(content):
            content = content[:at] + bytes([content[at] ^ (1 << where % 8)]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at]
        elif kind == "insert":
            content = content[:at] + garbage + content[at:]
        elif kind == "delete":
            content = content[:at] + content[at + len(garbage) :]
        elif kind == "swap word":
            content = content.replace(WORDS[where % len(WORDS)], garbage, 1 + where % 2)
    return content


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz") / "model"
    write_model_folder(folder, {"task": "x"}, TENSORS, TEXTS)
    return folder


@pytest.mark.parametrize("corrected", [False, True])
@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(name=st.sampled_from(["config.json", "model.safetensors", "baseline.safetensors", *TEXTS]), damage=DAMAGE)
def test_no_damage_lets_anything_but_input_errors_escape(
    victim: Path, corrected: bool, name: str, damage: list[tuple[str, int, bytes]]
) -> None:
    original, config = (victim / name).read_bytes(), (victim / "config.json").read_bytes()
    content = damaged(original, damage)
    try:
        (victim / name).write_bytes(content)
        if corrected and name != "config.json":
            correct_checksum(victim, name, content)
        try:
            tensors = read_all(victim)
        except InputError as error:
            assert str(victim) in str(error)  # noqa: PT017
            return
        assert corrected or name == "config.json" or content == original
        for key, values in safetensors.numpy.load_file(victim / "model.safetensors").items():
            np.testing.assert_array_equal(tensors[key], values, strict=True)
    finally:
        (victim / name).write_bytes(original)
        (victim / "config.json").write_bytes(config)
