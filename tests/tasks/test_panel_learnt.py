"""Tests of what a forecaster reads from a folder that was damaged with care: its checksums fit."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.tasks.made_forecaster import made_forecaster, sales

import unrolled
from unrolled.errors import InputError


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "whole"
    made_forecaster(sales(3, 60, covariates=True), frequency="D", past="visitors", static="size").save(folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "model"))


def seal(folder: Path) -> None:
    """Enter the checksums of the files as they are now."""
    config = json.loads((folder / "config.json").read_text())
    for name in config["files"]:
        content = (folder / name).read_bytes()
        config["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    "damage",
    [
        lambda panel: panel["outline"].update(horizon=10**12),
        lambda panel: panel["outline"].update(seasons=[0]),
        lambda panel: panel["outline"].update(seasons=[]),
        lambda panel: panel["outline"].update(past=9),
        lambda panel: panel["ids"].pop(),
        lambda panel: panel.update(ids=["a", "a", "a"]),
        lambda panel: panel.update(share="much"),
        lambda panel: panel.update(levels=[0.5]),
        lambda panel: panel.update(likelihood="none"),
        lambda panel: panel["format"].update(past=[]),
        lambda panel: panel["format"].update(holidays=["someday"]),
    ],
)
def test_texts_that_no_fit_writes_are_refused(folder: Path, damage: Callable[[dict[str, Any]], None]) -> None:
    """By name, before a forecast is made."""
    panel = json.loads((folder / "panel.json").read_text())
    damage(panel)
    (folder / "panel.json").write_text(json.dumps(panel))
    seal(folder)
    with pytest.raises(InputError, match=r"panel\.json|format"):
        unrolled.load(folder)


@pytest.mark.parametrize("file", ["bank", "series", "correction"])
def test_tensors_of_another_shape_are_refused(folder: Path, file: str) -> None:
    """Each of them, shortened; and where all are missing."""
    path = folder / f"{file}.safetensors"
    tensors = load_file(path)
    for name, array in tensors.items():
        if name.endswith("_missing") or name == "templates":
            continue
        save_file(tensors | {name: np.ascontiguousarray(array[:-1])}, path)
        seal(folder)
        with pytest.raises(InputError, match=r"panel\.json"):
            unrolled.load(folder)
    save_file({}, path)
    seal(folder)
    with pytest.raises(InputError, match="missing or wrong"):
        unrolled.load(folder)
