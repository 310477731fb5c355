"""Several inputs from one place, each with what stands beside it."""

import io

import pytest

from unrolled.errors import InputError
from unrolled.settings import Layout
from unrolled.sources.rows import fasta_rows, folder_rows, line_rows, table_rows


def shown(rows):
    return [(f"refused: {row.input}" if isinstance(row.input, InputError) else row.input, row.where) for row in rows]


def test_rows_of_a_table_keep_their_columns_and_a_bad_one_costs_no_other(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,review,id\n7,"good, very",x\n8,,y\n9\n10,last,z\n')
    rows = list(table_rows(path, Layout("review")))
    assert shown(rows) == [
        ("good, very", f"{path}:2"),
        ("", f"{path}:3"),
        (f"refused: {path}:4: 1 value; expected 3, as in the first line: write ',' for empty cells, too", f"{path}:4"),
        ("last", f"{path}:5"),
    ]
    assert rows[0].columns == {"id": "7", "review": "good, very", "id_2": "x"}
    with pytest.raises(InputError, match="no column 'text'"):
        list(table_rows(_written(tmp_path / "b.csv", "one,two\n1,2\n"), Layout()))


def test_rows_of_json_lines(tmp_path):
    path = _written(
        tmp_path / "a.jsonl", '{"text": "one", "n": 1.0}\n\n{"text": ["two"]}\nno json\n{"text": "three"}\n'
    )
    rows = sorted(table_rows(path, Layout()), key=lambda row: row.where)
    assert [row.input for row in (rows[0], rows[3])] == ["one", "three"]
    assert all(isinstance(row.input, InputError) for row in rows[1:3])
    assert rows[0].columns == {"text": "one", "n": "1"}


def test_records_of_fasta_need_no_label(tmp_path):
    path = _written(tmp_path / "a.fa", "; a remark\n>one\nACGT\nAC\n\n>two|x y\n>three\nA?\n")
    assert shown(fasta_rows(path)) == [("ACGTAC", f"{path}:2"), ("", f"{path}:6"), ("A?", f"{path}:7")]
    assert [row.columns["name"] for row in fasta_rows(path)] == ["one", "two|x y", "three"]
    for wrong, reason in (("ACGT\n>a\nA\n", "before the first header"), ("", "no sequence")):
        with pytest.raises(InputError, match=reason):
            list(fasta_rows(_written(tmp_path / "b.fa", wrong)))


def test_files_of_a_folder(tmp_path, caplog):
    for name in ("b/one.txt", "a.txt", "README.md", ".hidden.txt", "bad.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        _written(tmp_path / name, name)

    def read(path):
        if path.name == "bad.txt":
            raise InputError("damaged")
        return path.read_text()

    rows = list(folder_rows(tmp_path, read, [".txt"]))
    assert [row.columns["file"] for row in rows] == ["a.txt", "b/one.txt", "bad.txt"]
    assert [str(row.input) for row in rows] == ["a.txt", "b/one.txt", "damaged"]
    assert "README.md passed over" in caplog.text
    with pytest.raises(InputError, match="no inputs in it"):
        list(folder_rows(tmp_path, read, [".wav"]))


def test_lines_with_a_blank_one_and_one_that_is_no_text():
    rows = list(line_rows(io.BytesIO(b"\xef\xbb\xbfone\r\n\n\xff\nfour"), "lines"))
    assert shown(rows) == [
        ("one", "lines:1"),
        ("", "lines:2"),
        ("refused: lines:3: byte 0xff in line 1 is not valid utf-8", "lines:3"),
        ("four", "lines:4"),
    ]


def _written(path, text):
    path.write_text(text)
    return path
