"""Files of strokes with the words that were meant."""

import json
from pathlib import Path

import pytest

from unrolled.errors import InputError
from unrolled.strokes.recorded import read_recorded, recorded_files

STROKE = [[0, 0, 0], [1, 0, 0.2]]
LINE = json.dumps({"word": "as", "stroke": STROKE, "layout": "qwerty", "before": "just "})


def test_a_line_holds_a_stroke(tmp_path: Path) -> None:
    path = tmp_path / "strokes.jsonl"
    path.write_text(f"{LINE}\n\n" + json.dumps({"word": "so", "stroke": STROKE}) + "\n")
    one, other = read_recorded(path)
    assert (one.word, one.layout, one.before, one.points.tolist()) == ("as", "qwerty", "just ", STROKE)
    assert (other.layout, other.before) == (None, "")
    assert recorded_files(path) == recorded_files([str(path)]) == [path]
    (tmp_path / "text.jsonl").write_text('{"text": "a"}\n')
    for data in (tmp_path / "text.jsonl", [path, tmp_path / "text.jsonl"], tmp_path / "none.jsonl", "sample:x", 3):
        assert recorded_files(data) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "2"),
        ("[]", 'expected an object with "word" and "stroke"'),
        ('{"word": "a"}', 'expected an object with "word" and "stroke"'),
        (json.dumps({"word": "a", "stroke": STROKE, "more": 1}), "expected an object"),
        (json.dumps({"word": " ", "stroke": STROKE}), "word is ' '"),
        (json.dumps({"word": "a", "stroke": STROKE, "layout": 3}), "layout is 3"),
        (json.dumps({"word": "a", "stroke": STROKE, "before": 3}), "before is 3"),
        (json.dumps({"word": "a", "stroke": [[0, 0, 0]]}), "a stroke has 1 point"),
        (json.dumps({"word": "a", "stroke": [[0, 0, 1], [0, 0, 0]]}), "point 2 of a stroke"),
        ('{"word": "a", "stroke": [[0, 0, 1], [0, NaN, 0]]}', "NaN"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "strokes.jsonl"
    path.write_text(f"{LINE}\n{line}\n")
    with pytest.raises(InputError) as caught:
        list(read_recorded(path))
    assert str(caught.value).startswith(f"{path}:2")
    assert said in str(caught.value)
