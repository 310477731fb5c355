import hashlib
import json
import math
import os
import pickle
import re
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage import model_folder
from unrolled.storage.model_folder import ModelFolder, write_model_folder

TEXTS = {"tokenizer.json": '{"kind": "word"}', "vocabulary.json": '["<unk>", "ä"]', "README.md": "# A model\n"}
CONFIG = {"task": "next-word", "settings": {"width": 3}, "metrics": {"perplexity": 12.5}}
SHAPES = {"cell.U": (12, 5), "cell.b": (12,), "scale": (), "none": (0, 4)}


def weights() -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(7)
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()}


def counts() -> dict[str, NDArray[Any]]:
    kinds = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
    return {kind: np.arange(n, 2 * n + 1).astype(kind) for n, kind in enumerate(kinds)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_model_folder(tmp_path / "model", CONFIG, {"model": weights(), "baseline": counts()}, TEXTS)
    return tmp_path / "model"


def edit_config(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    config = json.loads((folder / "config.json").read_text())
    change(config)
    (folder / "config.json").write_text(json.dumps(config))


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file and give it the right checksum: as an attacker would, who can do both."""
    (folder / name).write_bytes(content)
    entry = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    edit_config(folder, lambda config: config["files"].update({name: entry}))


def read_all(folder: Path) -> dict[str, NDArray[Any]]:
    """Read every file of a model folder."""
    opened = ModelFolder.open(folder)
    for name in TEXTS:
        opened.text(name)
    opened.tensors("baseline")
    return opened.tensors("model", SHAPES)


def refused(folder: Path, *words: str) -> None:
    with pytest.raises(InputError) as error:
        read_all(folder)
    for word in words:
        assert word in str(error.value)
    assert len(str(error.value)) < 1000


def test_what_is_written_is_read(folder: Path) -> None:
    opened = ModelFolder.open(folder)
    assert {key: opened.config[key] for key in CONFIG} == CONFIG
    assert opened.config["format"] == 1
    assert opened.config["library"]
    assert {name: opened.text(name) for name in TEXTS} == TEXTS
    assert opened.files.keys() == {*TEXTS, "model.safetensors", "baseline.safetensors"}
    for name, group in {"model": weights(), "baseline": counts()}.items():
        tensors = opened.tensors(name, {key: values.shape for key, values in group.items()})
        library = safetensors.numpy.load_file(folder / f"{name}.safetensors")
        assert tensors.keys() == library.keys() == group.keys()
        for key, values in group.items():
            assert tensors[key].dtype == library[key].dtype == values.dtype
            assert tensors[key].flags.aligned
            assert tensors[key].flags.writeable
            np.testing.assert_array_equal(tensors[key], values, strict=True)
            np.testing.assert_array_equal(library[key], values, strict=True)


def test_tensors_in_any_order_of_memory_are_written_as_they_read(tmp_path: Path) -> None:
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    views = {"fortran": np.asfortranarray(values), "turned": values.T, "stepped": values[:, ::2, ::-1]}
    write_model_folder(tmp_path / "model", {}, {"model": views}, {})
    for name, values in ModelFolder.open(tmp_path / "model").tensors("model").items():
        np.testing.assert_array_equal(values, views[name], strict=True)


def test_the_same_model_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_model_folder(tmp_path / "again", CONFIG, {"model": weights(), "baseline": counts()}, TEXTS)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_overwrite_replaces_a_model_and_needs_to_be_asked(folder: Path) -> None:
    with pytest.raises(InputError, match="overwrite=True"):
        write_model_folder(folder, {}, {}, {})
    write_model_folder(folder, {}, {}, {"README.md": "new"}, overwrite=True)
    assert sorted(os.listdir(folder)) == ["README.md", "config.json"]
    assert ModelFolder.open(folder).text("README.md") == "new"


@pytest.mark.parametrize(
    ("config", "tensors", "texts", "message"),
    [
        ({"format": 2}, {}, {}, "fills in"),
        ({"loss": math.nan}, {}, {}, "not JSON compliant"),
        ({"long": "x" * 2**20}, {}, {}, "at most 1048576"),
        ({1: "a", "1": "b"}, {}, {}, "occurs twice"),
        ({}, {"model": {"w": np.array([1, np.inf], np.float32)}}, {}, "'w' holds a number that is not finite"),
        ({}, {"model": {"w": np.array(["text"])}}, {}, "'w' of type <U4"),
        ({}, {"model": {"w": np.array([None])}}, {}, "'w' of type object"),
        ({}, {"../model": {}}, {}, "may not be a model's file"),
        ({}, {}, {"weights.pkl": ""}, "may not be a model's file"),
        ({}, {}, {"config.json": ""}, "may not be a model's file"),
        ({}, {"model": {}}, {"model.safetensors": ""}, "twice"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(
    folder: Path, config: dict[Any, Any], tensors: dict[str, Any], texts: dict[str, str], message: str
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ValueError, match=message):
        write_model_folder(folder, config, tensors, texts, overwrite=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert os.listdir(folder.parent) == ["model"]


def test_no_folder_no_model(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    cases = {
        "no": "No such",
        "file": "is a file",
        "": "no config.json",
        "nul\0": "null",
        "x" * 300: "long",
        "loop": "link",
    }
    for name, message in cases.items():
        with pytest.raises(InputError, match=message):
            ModelFolder.open(tmp_path / name)


@pytest.mark.parametrize("name", ["config.json", "README.md", "model.safetensors"])
def test_only_regular_files_inside_the_folder_are_read(folder: Path, name: str) -> None:
    path = folder / name
    path.rename(folder.parent / name)
    refused(folder, name)
    path.symlink_to(folder.parent / name)
    refused(folder, name, "is a link")
    path.unlink()
    os.mkfifo(path)
    refused(folder, name, "pipe")
    path.unlink()
    path.mkdir()
    refused(folder, name, "folder")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Expecting value"),
        (b"\xff{}", "utf-8"),
        (b"[]", "a JSON object"),
        (b'{"format": 1, "format": 1}', "'format' occurs twice"),
        (b'{"format": NaN}', "NaN"),
        (b'{"format": -Infinity}', "-Infinity"),
        (b'{"format": 1e999}', "too large"),
        (b'{"format": ' + b"1" * 5000 + b"}", "digits"),
        (b'{"format": "\\ud800"}', "surrogates"),
        (b"[" * 500_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
        (b" " * (2**20 + 1), "at most 1048576"),
        (b"{}", '"format": 1'),
        (b'{"format": true}', '"format": 1'),
        (b'{"format": 0}', '"format": 1'),
        (b'{"format": 2}', "pip install --upgrade unrolled"),
        (b'{"format": 1}', '"files"'),
        (b'{"format": 1, "files": []}', '"files"'),
        (b'{"format": 1, "files": {"a.txt": 1}}', "bytes and sha256"),
        (b'{"format": 1, "files": {"a.txt": {"bytes": "1", "sha256": "1"}}}', "whole number"),
        (b'{"format": 1, "files": {"a.txt": {"bytes": -1, "sha256": "1"}}}', "whole number"),
        (b'{"format": 1, "files": {"a.txt": {"bytes": 1e300, "sha256": "1"}}}', "whole number"),
        (b'{"format": 1, "files": {"a.txt": {"bytes": 1, "sha256": 1}}}', "sha256 as text"),
        (b'{"format": 1, "files": {"a.txt": {"bytes": 67108865, "sha256": ""}}}', "at most 67108864"),
        (b'{"format": 1, "files": {"a.safetensors": {"bytes": 4294967297, "sha256": ""}}}', "at most 4294967296"),
    ],
)
def test_a_bad_config_is_refused(folder: Path, content: bytes, message: str) -> None:
    (folder / "config.json").write_bytes(content)
    refused(folder, "config.json", message)


PATHS = ["../s.txt", "/etc/passwd", "a/b.txt", "..", "", ".hidden.txt", "a\\b.txt", "nul\0.txt", "x.txt\n", "é.txt"]
KINDS = ["config.json", "w.pkl", "w.pt", "w.bin", "w.npy", "w.npz", "w.py", "w.so", "w", "x" * 101 + ".txt"]


@pytest.mark.parametrize("name", PATHS + KINDS)
def test_names_that_are_not_plain_are_refused(folder: Path, name: str) -> None:
    (folder.parent / "s.txt").write_text("secret")
    entry = {"bytes": 6, "sha256": hashlib.sha256(b"secret").hexdigest()}
    edit_config(folder, lambda config: config["files"].update({name: entry}))
    refused(folder, "config.json", "may not be a model's file")


def test_a_file_that_is_not_listed_is_not_read(folder: Path) -> None:
    (folder / "extra.txt").write_text("x")
    for ask in (
        lambda: ModelFolder.open(folder).text("extra.txt"),
        lambda: ModelFolder.open(folder).tensors("../model"),
    ):
        with pytest.raises(InputError, match=r"no such file; config\.json lists model\.safetensors"):
            ask()


class Trap:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[Path], object], tuple[Path]]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("name", ["model.safetensors", "README.md", "tokenizer.json"])
def test_a_pickle_is_never_run(folder: Path, name: str, tmp_path: Path) -> None:
    trap = pickle.dumps(Trap(tmp_path / "fooled"))
    (folder / "model.pkl").write_bytes(trap)  # not listed: not touched
    read_all(folder)
    put(folder, name, trap)
    refused(folder, name, *(["looks like a pickle"] if name == "model.safetensors" else ["UTF-8"]))
    assert not (tmp_path / "fooled").exists()


def test_a_zip_bomb_is_never_unpacked(folder: Path) -> None:
    with zipfile.ZipFile(folder.parent / "bomb", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("data.pkl", bytes(50_000_000))
    content = (folder.parent / "bomb").read_bytes()
    put(folder, "model.safetensors", content)
    tracemalloc.start()
    refused(folder, "model.safetensors", "zip archive")
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("name", [*TEXTS, "model.safetensors", "baseline.safetensors"])
def test_altered_and_truncated_files_are_refused(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for altered in (content[:-1] + bytes([content[-1] ^ 1]), content[:-1], content + b"\0", b""):
        (folder / name).write_bytes(altered)
        with pytest.raises(InputError, match=f"{re.escape(name)}: altered or truncated"):
            ModelFolder.open(folder)


@pytest.mark.parametrize("name", ["README.md", "model.safetensors"])
def test_a_file_altered_after_opening_is_refused(folder: Path, name: str) -> None:
    opened = ModelFolder.open(folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(InputError, match="altered or truncated"):
        opened.text(name) if name in TEXTS else opened.tensors("model")


def test_a_model_that_differs_from_its_settings_is_refused(folder: Path) -> None:
    opened = ModelFolder.open(folder)
    lies = [
        (SHAPES | {"cell.U": (2**20, 2**20)}, r"'cell.U' has shape \(12, 5\).*need \(1048576, 1048576\)"),
        (SHAPES | {"cell.U": (5, 12)}, r"'cell.U' has shape \(12, 5\).*need \(5, 12\)"),
        (SHAPES | {"cell.W": (1,)}, "'cell.W' is missing"),
        ({name: shape for name, shape in SHAPES.items() if name != "scale"}, "'scale' is unknown"),
    ]
    for expected, message in lies:
        with pytest.raises(InputError, match=rf"model\.safetensors: tensor {message}"):
            opened.tensors("model", expected)
    put(folder, "model.safetensors", safetensors.numpy.save({"w": np.zeros(2)}))
    with pytest.raises(InputError, match="'w' is of type float64, expected float32"):
        ModelFolder.open(folder).tensors("model")


def test_opening_takes_no_memory_for_what_a_huge_file_holds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(folder / "README.md", "r+b") as stream:
        stream.truncate(2**40)  # a hole: it takes no place on the disk
    tracemalloc.start()
    refused(folder, "README.md", "altered or truncated")
    edit_config(folder, lambda config: config["files"]["README.md"].update(bytes=2**40))
    refused(folder, "README.md", "at most 67108864")
    with open(folder / "config.json", "r+b") as stream:
        stream.truncate(2**40)
    refused(folder, "config.json", "at most 1048576")
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_reading_loads_neither_torch_nor_pickle_nor_safetensors(folder: Path) -> None:
    code = f"""
import sys
from unrolled.storage.model_folder import ModelFolder
import numpy
before = set(sys.modules)
ModelFolder.open({str(folder)!r}).tensors("model")
assert not {{"torch", "safetensors"}} & set(sys.modules), "loaded"
assert "pickle" not in set(sys.modules) - before
"""
    path = os.pathsep.join([str(Path(model_folder.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True)
