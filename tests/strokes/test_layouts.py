"""Keyboards as data."""

import json
from pathlib import Path

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.strokes.layouts import LAYOUTS, layout_named, layout_of, read_layout

ROW = {"keys": ["a", "b"], "indent": 0.5}


def test_rows_are_indented_and_one_apart() -> None:
    layout = layout_named("qwerty")
    centres = dict(zip(layout.keys, layout.centres.tolist(), strict=True))
    assert (centres["q"], centres["p"], centres["a"], centres["z"]) == ([0, 0], [9, 0], [0.5, 1], [1.5, 2])


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_letter_stands_once_and_keys_lie_apart(layout) -> None:
    assert len(set(layout.keys)) == len(layout.keys) == len(layout.centres) == len(layout.places)
    away = np.linalg.norm(layout.key_centres[:, None] - layout.key_centres, axis=2)
    assert away[~np.eye(len(away), dtype=bool)].min() >= 1
    assert layout_of(json.loads(json.dumps(layout.to_dict())), "it") == layout


def test_letters_may_share_a_key() -> None:
    layout = layout_named("jcuken")
    shared = layout.places[[layout.keys.index(letter) for letter in "её"]]
    assert shared[0] == shared[1]
    assert "её" in layout.shown()["keys"]
    assert {"ä", "ö", "ü", "ß"} < set(layout_named("qwertz").keys)


def test_a_layout_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"name": "mine", "rows": [ROW, {"keys": "cd"}]}))
    layout = read_layout(path)
    assert layout.keys == ("a", "b", "c", "d")
    assert layout.centres.tolist() == [[0.5, 0], [1.5, 0], [0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], 'expected an object with "name" and "rows"'),
        ({"name": "", "rows": [ROW]}, "name is ''; expected 1 to 40 letters"),
        ({"name": "a", "rows": []}, "expected a list of 1 to 8 rows"),
        ({"name": "a", "rows": [ROW, ["a"]]}, "row 2 is ['a']; expected an object"),
        ({"name": "a", "rows": [{"keys": []}]}, "row 1: keys is []"),
        ({"name": "a", "rows": [{"keys": ["A"]}]}, "row 1: a key is 'A'; expected its letters in lower case"),
        ({"name": "a", "rows": [{"keys": "ab", "indent": -1}]}, "row 1: indent is -1; expected 0 to 40"),
        ({"name": "a", "rows": [ROW, ROW]}, "'a' is there 2 times"),
        ({"name": "a", "rows": [{"keys": "a"}]}, "it has 1 letters; expected 2 to 120"),
    ],
)
def test_what_is_wrong_is_said(value, said: str) -> None:
    with pytest.raises(InputError) as caught:
        layout_of(value, "mine.json")
    assert str(caught.value).startswith("mine.json: ")
    assert said in str(caught.value)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(InputError, match="there is no layout 'dvorak'; there is qwerty, qwertz"):
        layout_named("dvorak")
