"""Weights that are finite but near the largest float: a folder is refused, an answer is finite or an InputError."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unrolled import load
from unrolled.arrays import flatten, unflatten
from unrolled.errors import InputError
from unrolled.settings import Decoding
from unrolled.storage.model_folder import ModelFolder, write_model_folder
from unrolled.tasks.base import Task

EARLIER = Path(__file__).parents[1] / "earlier" / "0.1.0"
FOLDERS = sorted(path.parent for path in EARLIER.glob("*/config.json"))
RAW: dict[str, Any] = {
    "numbers": [[1.0, 1.0], [2.0, 2.0]],
    "sound": (np.sin(np.arange(4_000) / 9).astype(np.float32), 8_000),
    "dna": "ACGTACGT",
    "notes": "60 64",
    "chords": "C4+E4 F4",
}
LIVE: dict[str, Any] = {
    "numbers": {"numbers": [[1, 1]]},
    "sound": {"samples": "AAAA" * 4_000, "rate": 8_000},
}


def enlarged(arrays: dict[str, np.ndarray], largest: float) -> dict[str, np.ndarray]:
    return {
        name: (array.astype(np.float64) * (largest / float(np.abs(array).max()))).astype(np.float32)
        if array.dtype == np.float32 and array.size and array.any()
        else array
        for name, array in arrays.items()
    }


def answers(task: Task, raw: Any, live: dict[str, Any]) -> list[Any]:
    """What it answers in every way; None where it is an InputError."""
    found: list[Any] = []
    for ask in (
        lambda: [entry._asdict() for entry in task.predict_many([raw])[0]],
        lambda: task.trace(raw, 2),
        lambda: task.session().receive({**live, "memory": True}),
        lambda: task.generate(raw, 3, Decoding(seed=1)),
        lambda: task.play(raw, 1, Decoding(seed=1)).as_json(),
    ):
        try:
            found.append(ask())
        except InputError:
            found.append(None)
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_with_such_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    task, opened = load(folder), ModelFolder.open(folder)
    config = json.loads((folder / "config.json").read_text())
    texts = {name: (folder / name).read_text() for name in config["files"] if not name.endswith(".safetensors")}
    own = {name: value for name, value in config.items() if name not in ("format", "library", "files")}
    others = {Path(name).stem for name in config["files"] if name.endswith(".safetensors")} - {"model"}
    tensors = {"model": enlarged(flatten(task.weights_), 3e38), **{name: opened.tensors(name) for name in others}}
    write_model_folder(tmp_path / "hostile", own, tensors, texts)
    with pytest.raises(InputError, match=r"model\.safetensors: tensor .* expected weights of at most"):
        load(tmp_path / "hostile")


@pytest.mark.parametrize("largest", [1e9, 3e38])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_answer_is_not_finite(folder: Path, largest: float) -> None:
    task = load(folder)
    raw = RAW.get(task.input_.kind, "the cat")
    live = LIVE.get(task.input_.kind, {"text": raw})
    task.weights_ = unflatten(enlarged(flatten(task.weights_), largest))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of what is too large: the answer is refused
        found = answers(task, raw, live)
    json.dumps([one for one in found if one is not None], allow_nan=False)
    if largest == 1e9:
        assert found[0] is not None  # what a folder may hold has answers
