import gzip
import json

import pytest

from unrolled import InputError
from unrolled.sources.tables import label_text, read_table


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


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "empty; expected a first line"),
        ("a.csv", "words,label\na,b\n", r"a\.csv:1: no column 'text'; it has words, label: name yours with columns="),
        ("a.csv", "text,label\na,b\nc\n", r"a\.csv:3: 1 value; expected 2"),
        ("a.csv", "text,label\na,\n", r"a\.csv: label is empty in every row; name another column"),
        ("a.csv", 'text,label\n"a,b\n', r"a\.csv:2: no sound row"),
        ("a.jsonl", '{"text": "a", "label": []}', r"a\.jsonl:1: label is \[\]; expected a text or a number"),
        ("a.jsonl", '{"text": "a"}', r"a\.jsonl:1: no column 'label'"),
        ("a.jsonl", "[1]", r"a\.jsonl:1: '\[1\]'; expected an object"),
        ("a.jsonl", '{"text": "a", "label": NaN}', r"a\.jsonl:1"),
    ],
)
def test_bad_tables_are_refused_with_file_and_line(tmp_path, name, text, message):
    with pytest.raises(InputError, match=message):
        rows(written(tmp_path, name, text))


def test_rows_that_lack_a_value_are_left_out_and_counted(tmp_path, caplog):
    lines = [
        "text,label,more",
        "a,x,",
        ",y,1",
        "b,,2",
        "c,NaN,3",
        ",,",
        *(f"d{number},,4" for number in range(5)),
        "e,x,",
    ]
    path = written(tmp_path, "a.csv", "\n".join(lines))
    assert rows(path) == [("a", "x", ":2"), ("e", "x", ":12")]
    assert [record.message.removeprefix(str(path)) for record in caplog.records] == [
        ": 1 of 10 rows left out, as text is empty in them (3)",
        ": 7 of 10 rows left out, as label is empty in them (4, 5, 7, 8, 9 and 2 more)",
    ]
    assert [row[:2] for row in rows(path, empty=True)][:3] == [("a", "x"), ("", "y"), ("b", "")]


@pytest.mark.parametrize(
    ("value", "label"),
    [("1.0", "1"), (" 1 ", "1"), ("-2.00", "-2"), ("1.5", "1.5"), ("v1.0", "v1.0"), ("007", "007"), ("True", "True")],
)
def test_whole_numbers_are_the_same_label_in_every_format(value, label):
    assert label_text(value) == label


def test_a_number_gives_the_same_label_in_every_format(tmp_path):
    polars = pytest.importorskip("polars")
    openpyxl = pytest.importorskip("openpyxl")
    columns = {
        "text": ["a", "b", "c"],
        "whole": [1, 2, 3],
        "real": [1.0, 2.5, 3.0],
        "exact": polars.Series([1, 2, 3]).cast(polars.Decimal(10, 2)),
        "yes": [True, False, True],
        "day": polars.Series(["2026-01-02"] * 3).str.to_date(),
    }
    frame = polars.DataFrame(columns)
    frame.write_parquet(tmp_path / "a.parquet")
    frame.with_columns(polars.col("yes").cast(polars.String).str.to_titlecase()).write_csv(tmp_path / "a.csv")
    json_frame = frame.with_columns(polars.col("exact").cast(float), polars.col("day").cast(polars.String))
    json_frame.write_json(tmp_path / "a.json")
    json_frame.write_ndjson(tmp_path / "a.ndjson")
    book = openpyxl.Workbook()
    for row in [frame.columns, *frame.rows()]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    expected = {"whole": ["1", "2", "3"], "real": ["1", "2.5", "3"], "exact": ["1", "2", "3"]}
    expected |= {"yes": ["True", "False", "True"], "day": ["2026-01-02"] * 3}
    for ending in ("csv", "parquet", "json", "ndjson", "xlsx"):
        read = rows(tmp_path / f"a.{ending}", ("text", *expected))
        labels = zip(*(map(label_text, row[1:-1]) for row in read), strict=True)
        assert dict(zip(expected, map(list, labels), strict=True)) == expected, ending


def test_advice_fits_the_column_that_is_missing(tmp_path):
    path = written(tmp_path, "a.csv", "text,label\na,b\n")
    with pytest.raises(InputError, match=r'no column \'shop\'; it has text, label: name another with group="COLUMN"$'):
        rows(path, group="shop")
    path = written(tmp_path, "steps.csv", "who,second,x,activity\n1,0,0.5,walk\n")
    with pytest.raises(InputError, match=r'series with a row for each step, with columns="ID,TIME,VALUE,LABEL"'):
        rows(path)


def test_a_short_row_is_not_told_to_put_cells_in_quotes(tmp_path):
    path = written(tmp_path, "a.csv", "text;price;label\na;1;x\nb;2\n")
    with pytest.raises(InputError, match=r"a\.csv:3: 2 values; expected 3, as in the first line: write ';' for empty"):
        rows(path)


def test_packed_parquet_and_spreadsheets_are_refused_by_name(tmp_path):
    for name in ("a.parquet.gz", "a.xlsx.gz"):
        (tmp_path / name).write_bytes(gzip.compress(b"PAR1"))
        with pytest.raises(InputError, match=rf"not packed by gzip; unpack it: gunzip {name}"):
            rows(tmp_path / name)


def test_another_format_called_csv_is_not_said_to_be_in_another_encoding(tmp_path, caplog):
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04\xff\xfe\0\0" * 20)
    with pytest.raises(InputError, match="binary file"):
        rows(tmp_path / "a.csv")
    assert "latin-1" not in caplog.text
