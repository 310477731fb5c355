import json

import pytest

from unrolled import InputError
from unrolled.sources.tables import read_table

ROWS = [{"text": "a", "label": 1}, {"text": "b\nc", "label": 2, "more": None}]


def rows(tmp_path, text, name="a.json"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return [(*values, where.removeprefix(str(path))) for values, where in read_table(path, ("text", "label"))]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\ufeff" + json.dumps(ROWS),
        json.dumps({"version": 1, "data": ROWS}),
        json.dumps({"text": {"0": "a", "1": "b\nc"}, "label": {"0": 1, "1": 2}}),
        json.dumps({"text": ["a", "b\nc"], "label": [1, 2]}),
    ],
)
def test_one_array_of_rows_or_columns(tmp_path, text):
    assert rows(tmp_path, text) == [("a", "1", ": row 1"), ("b\nc", "2", ": row 2")]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson"])
def test_json_lines(tmp_path, name):
    assert rows(tmp_path, "\n".join(map(json.dumps, ROWS)), name) == [("a", "1", ":1"), ("b\nc", "2", ":2")]


def test_a_name_that_an_object_lacks_is_an_empty_cell(tmp_path, caplog):
    assert rows(tmp_path, json.dumps([{"text": "a"}, *ROWS])) == [("a", "1", ": row 2"), ("b\nc", "2", ": row 3")]
    assert "1 of 3 rows left out, as label is empty in them (row 1)" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", r"a\.json: no rows in it; expected an array of objects"),
        ("3", r"a\.json: int; expected an array of objects"),
        ("[1, 2]", r"a\.json: row 1: '1'; expected an object"),
        ('{"text": "a", "label": "b", "x": [1]}', r"a\.json: an object; expected an array"),
        ('[{"text": "a"}]', r"a\.json: row 1: no column 'label'; it has text"),
        ('[{"text": "a", "label": {"b": 1}}]', r"a\.json: row 1: label is .*; expected a text or a number"),
        ('[{"text": "a", "label": 1}', r"a\.json: not the JSON that was expected"),
        ("[" * 100, r"a\.json: .*nested deeper"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        rows(tmp_path, text)
