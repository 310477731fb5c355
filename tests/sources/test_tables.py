import gzip
import json

import pytest

from unrolled import InputError
from unrolled.sources.tables import read_table


def rows(path, columns=("text", "label"), **more):
    return [(*values, where.removeprefix(str(path))) for values, where in read_table(path, columns, **more)]


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_with_quotes_line_breaks_and_other_columns(tmp_path):
    path = written(tmp_path, "a.csv", 'id,label,text\n1,good,"a ""fine"" day,\nreally"\n\n2,bad,rain\n')
    assert rows(path) == [('a "fine" day,\nreally', "good", ":2"), ("rain", "bad", ":5")]


def test_tsv_has_no_quotes(tmp_path):
    path = written(tmp_path, "a.tsv", 'label\ttext\n1\t"quoted\n0\tplain\n')
    assert rows(path) == [('"quoted', "1", ":2"), ("plain", "0", ":3")]


def test_json_lines(tmp_path):
    lines = [{"text": "a", "label": 1}, {"label": True, "text": "b"}, {"text": "c", "label": 2.0}]
    path = written(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)) + "\n\n")
    assert rows(path) == [("a", "1", ":1"), ("b", "True", ":2"), ("c", "2", ":3")]


def test_none_is_a_label(tmp_path):
    path = written(tmp_path, "a.csv", "text,label\nrain,none\nNA,n/a\n")
    assert rows(path) == [("rain", "none", ":2"), ("NA", "n/a", ":3")]


def test_packed(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text,label\nx,y\n"))
    assert rows(path) == [("x", "y", ":2")]


def test_parquet(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "a.parquet"
    polars.DataFrame({"label": [1, 2], "more": [0, 0], "text": ["a", "b"]}).write_parquet(path)
    assert rows(path) == [("a", "1", ": row 1"), ("b", "2", ": row 2")]
    with pytest.raises(InputError, match=r"no column 'words'; it has label, more, text"):
        rows(path, ("words", "label"))
    polars.DataFrame({"label": [1, None], "text": ["a", "b"]}).write_parquet(path)
    with pytest.raises(InputError, match=r"a\.parquet: row 2: label is ''"):
        rows(path)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="no sound Parquet file"):
        rows(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "empty; expected a first line"),
        ("a.csv", "words,label\na,b\n", r"a\.csv:1: no column 'text'; it has words, label: name yours with --columns"),
        ("a.csv", "text,label\na,b\nc\n", r"a\.csv:3: 1 values; expected 2"),
        ("a.csv", "text,label\na,b\nc,NaN\n", r"a\.csv:3: label is 'NaN'; expected a value in every row"),
        ("a.csv", "text,label\na,\n", r"a\.csv:2: label is ''"),
        ("a.csv", 'text,label\n"a,b\n', r"a\.csv:2: no sound row"),
        ("a.jsonl", '{"text": "a", "label": null}', r"a\.jsonl:1: label is ''"),
        ("a.jsonl", '{"text": "a", "label": []}', r"a\.jsonl:1: label is \[\]; expected a text or a number"),
        ("a.jsonl", '{"text": "a"}', r"a\.jsonl:1: no column 'label'"),
        ("a.jsonl", "[1]", r"a\.jsonl:1: '\[1\]'; expected an object"),
        ("a.jsonl", '{"text": "a", "label": NaN}', r"a\.jsonl:1"),
    ],
)
def test_bad_tables_are_refused_with_file_and_line(tmp_path, name, text, message):
    with pytest.raises(InputError, match=message):
        rows(written(tmp_path, name, text))
