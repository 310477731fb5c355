"""The model folders that earlier versions wrote are read, and answer what they answered then."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.earlier.questions import ASKED, answers, make_data

from unrolled import load

EARLIER = Path(__file__).parents[1] / "earlier"
FOLDERS = sorted(path.parent for path in EARLIER.glob("*/*/config.json"))
CASES = [(folder, question) for folder in FOLDERS for question in ("about", *ASKED[folder.name])]
ABSOLUTE = {"rows": 1.0, "decisions": 2e-5}  # what is rounded may be rounded the other way
SCORE, MEASURE = 1e-5, 1e-4
TUNED = 2e-3  # of a keyboard's session: its cache of recent words was tuned anew


def named(given: Any) -> str | None:
    return f"{given.parent.name}/{given.name}" if isinstance(given, Path) else None


def check(found: Any, expected: Any, relative: float, absolute: float, at: str) -> None:
    """Texts are equal, numbers near; a key more is allowed, as a later version may say more."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), at
        assert expected.keys() <= found.keys(), at
        for key, value in expected.items():
            check(found[key], value, relative, ABSOLUTE.get(key, absolute), f"{at}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list | tuple), at
        assert len(found) == len(expected), at
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            check(one, other, relative, absolute, f"{at}[{number}]")
    elif isinstance(expected, float | int) and not isinstance(expected, bool):
        assert found == pytest.approx(expected, rel=relative, abs=absolute), at
    else:
        assert found == expected, at


@pytest.fixture(scope="module")
def loaded() -> dict[Path, Any]:
    """Every folder, loaded once."""
    return {folder: load(folder) for folder in FOLDERS}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """By version, what its models are measured on."""
    found = {}
    for version in {folder.parent for folder in FOLDERS}:
        found[version] = tmp_path_factory.mktemp("earlier") / version.name
        make_data(version / "data", found[version])
    return found


@pytest.mark.parametrize(("folder", "question"), CASES, ids=named)
def test_it_answers_what_it_answered(loaded, data, folder: Path, question: str) -> None:
    expected = json.loads((folder.parent / "expected.json").read_text(encoding="utf-8"))[folder.name][question]
    found = answers(loaded[folder], folder.name, question, data[folder.parent])
    relative, absolute = (MEASURE, 1e-9) if question == "evaluate" else (0.0, SCORE)
    if question == "session" and folder.name == "next-word":
        absolute = TUNED
    check(found, expected, relative, absolute, question)


def test_every_folder_that_was_written_is_here() -> None:
    for version in EARLIER.glob("*/expected.json"):
        names = set(json.loads(version.read_text(encoding="utf-8")))
        assert names == {folder.name for folder in FOLDERS if folder.parent == version.parent}
    assert len(FOLDERS) >= 11


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_saved_again_it_answers_the_same(loaded, data, tmp_path: Path, folder: Path) -> None:
    loaded[folder].save(tmp_path / "again")
    expected = answers(loaded[folder], folder.name, "predict", data[folder.parent])
    assert answers(load(tmp_path / "again"), folder.name, "predict", data[folder.parent]) == expected
