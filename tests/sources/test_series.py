import gzip
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from unrolled import InputError
from unrolled.sources.labelled import read_examples
from unrolled.sources.series import holds_series, read_series

TS = """# a comment
@problemName Two
@timeStamps false
@univariate false
@equalLength false
@classLabel true walk run

@data
1,2,3:4,5,6:walk
1.5,?,2.5,NaN:0,1e1,-2,3:run
"""
HEAD = "@timeStamps false\n@classLabel true 1 2\n@data\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    if path.suffix == ".gz":
        with gzip.open(path, "wt") as file:
            file.write(text)
    else:
        path.write_text(text)
    return path


def read(path: Path, columns: str = "text,label") -> tuple[list[list[list[float]]], list[str]]:
    examples = read_examples(path, columns.split(","))
    assert examples.kind == "numbers"
    return [series.tolist() for series in examples.inputs], list(examples.targets)


@pytest.mark.parametrize("name", ["a.ts", "a.ts.gz"])
def test_channels_lengths_and_gaps_of_ts(tmp_path, name, caplog):
    series, labels = read(written(tmp_path, name, TS))
    assert series == [[[1, 4], [2, 5], [3, 6]], [[1.5, 0], [2, 10], [2.5, -2], [2.5, 3]]]
    assert labels == ["walk", "run"]
    assert "2 missing values in 1 series" in caplog.text


def test_the_times_of_ts_are_passed_over(tmp_path, caplog):
    head = "@timeStamps true\n@classLabel true 1 2\n@data\n"
    row = "(2007-01-01 00:00:00,241.5),(2007-01-01 00:01:00,?),(2007-01-01 00:02:00,2.5):(1,3),(2,4),(3,5):1\n"
    assert read(written(tmp_path, "a.ts", head + row)) == ([[[241.5, 3], [122, 4], [2.5, 5]]], ["1"])
    assert "times of the values are passed over" in caplog.text


def test_the_label_of_a_whole_number_is_written_as_one(tmp_path):
    assert read(written(tmp_path, "a.ts", "@classLabel true 1 2.0\n@data\n1,2:1.0\n1,2:2\n"))[1] == ["1", "2"]
    assert read(written(tmp_path, "a.txt", "  1.0000000e+00  5 6\n 2   7.5 8\n"))[1] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "1,2:1\n1,x:1\n", r"a\.ts:5, channel 1: value 2 is 'x'; expected a finite number, or \?"),
        (HEAD + "1,2:1\n1,inf:1\n", "a.ts:5, channel 1: value 2 is 'inf'"),
        (HEAD + "1,2:1\n1,1e39:1\n", "a.ts:5: value 2 of channel 1 is 1e.39; expected numbers up to"),
        (HEAD + "1,2:1\n1,2\n", "a.ts:5: the label after the last : is '1,2'; expected one of 1, 2"),
        (HEAD + "1,2:1\n1,2:3\n", "a.ts:5: the label after the last : is '3'; expected one of 1, 2"),
        (HEAD + "1,2:1\n1,2:1,2:1\n", "a.ts:5: 2 channels; expected 1, as in the first"),
        (HEAD + "1,2:1:1\n", "a.ts:4: the channels have 1 and 2 values"),
        (HEAD + ":1\n", "a.ts:4: the series is empty"),
        (HEAD + "?,?:1\n", "a.ts:4: channel 1 has no value at all"),
        (HEAD, "a.ts: no examples in it"),
        ("1,2:1\n", "a.ts:1: '1,2:1'; expected a head of lines that begin with @"),
        ("@classLabel true 1\n", "a.ts: has no line @data"),
        ("@univariate perhaps\n", "a.ts:1: @univariate is 'perhaps'; expected true or false"),
        ("@univariate true\n@classLabel true 1\n@data\n1:2:1\n", "a.ts:4: 2 channels; expected 1: .* @univariate true"),
        ("@equalLength true\n@classLabel true 1\n@data\n1,2:1\n1:1\n", "a.ts:5: 1 steps; expected 2: .* @equalLength"),
        ("@classLabel false\n@data\n1,2\n", "a.ts:3: the series has no label"),
        ("@targetLabel true\n@data\n1,2:0.5\n", "a.ts:1: @targetLabel: its targets are numbers"),
        ("@timeStamps true\n@classLabel true 1\n@data\n1,2:1\n", r"a.ts:4: '1,2:1'; expected \(time,value\)|the label"),
    ],
)
def test_a_damaged_ts_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read(written(tmp_path, "a.ts", text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", "1\t0.5\t-1\n2\t1e1\t2\n"),
        ("a.tsv.gz", "1\t0.5\t-1\n2\t1e1\t2\n"),
        ("a.csv", "1,0.5,-1\n2,10,2\n"),
        ("a.csv", '"1",0.5,-1\r\n"2",10,2\r\n'),
        ("a.csv", "1;0,5;-1\n2;10;2,0\n"),
        ("a.txt", "  1.0  0.5 -1\n\n  2.0  10 2\n"),
        ("a.csv", "0.5,-1,1\n10,2,2\n0.25,3,1\n10,3,2\n"),
        ("a.csv", "id,t0,t1,label\n7,0.5,-1,1\n8,10,2,2\n"),
        ("a.csv", "class,t0,t1\n1,0.5,-1\n2,10,2\n"),
    ],
)
def test_tables_of_numbers(tmp_path, name, text):
    series, labels = read(written(tmp_path, name, text))
    assert (series[:2], labels[:2]) == ([[[0.5], [-1]], [[10], [2]]], ["1", "2"])


def test_the_end_of_a_short_series_is_padding_and_a_gap_within_is_filled(tmp_path):
    path = written(tmp_path, "a.tsv", "walk\t1\tNaN\t3\tNaN\tNaN\nrun\t1\t2\t3\t4\t5\n")
    assert read(path) == ([[[1], [2], [3]], [[1], [2], [3], [4], [5]]], ["walk", "run"])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "1,2,3\n1,2,x\n", "a.csv:2, without the label: value 2 is 'x'|no column 'text'"),
        ("a.csv", "1,2,3\n" * 9 + "1,2,x\n", "a.csv:10, without the label: value 2 is 'x'; expected a finite number"),
        ("a.csv", "1,2,3\n" * 9 + "1\n", "a.csv:10: the series is empty"),
        (
            "a.csv",
            "0.5,2,3.5\n0.25,2,1.5\n",
            "a.csv:1: the label is '0.5'; expected the first value of each row to be a label",
        ),
        ("a.csv", "1,2,3\n,2,1.5\n", "a.csv:2: the series has no label"),
        ("a.csv", "y,a,b\n" + "1,2,3\n" * 9 + "1,2\n", "a.csv:11: 2 values; expected 3, as in the first line"),
    ],
)
def test_a_damaged_table_of_numbers_is_refused_with_its_line(tmp_path, name, text, message):
    with pytest.raises(InputError, match=message):
        read(written(tmp_path, name, text))


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", "text,label\n1,2\n"), ("a.csv", "text,label\ngood,1\n"), ("a.tsv", "1\tgood\n"), ("a.csv", "1,2\n")],
)
def test_other_tables_hold_no_series(tmp_path, name, text):
    assert not holds_series(written(tmp_path, name, text), ("text", "label"))


LONG = "who,when,x,y,what\na,2,3,4,up\nb,1,0,0,down\na,1,1,2,up\na,10,5,6,up\nb,2,1,1,down\n"


def test_a_long_table_is_sorted_by_time_within_each_series(tmp_path):
    series, labels = read(written(tmp_path, "a.csv", LONG), "who,when,x,y,what")
    assert series == [[[1, 2], [3, 4], [5, 6]], [[0, 0], [1, 1]]]
    assert labels == ["up", "down"]
    dated = "id,time,value,label\n1,2026-02-01,2,1.0\n1,2026-01-01,1,1\n"
    assert read(written(tmp_path, "b.csv", dated), "id,time,value,label") == ([[[1], [2]]], ["1"])
    unlabelled = written(tmp_path, "c.csv", "id,time,value\n1,2,2\n1,1,1\n")
    assert [s.values.tolist() for s in read_series(unlabelled, ["id", "time", "value", "label"], labels=False)] == [
        [[1], [2]]
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,3,7,8,down", "a.csv:7: the label of who 'a' is 'down'; expected 'up', as in .*a.csv:2"),
        ("a,2.0,7,8,up", "a.csv:7: the time '2.0' was in .*a.csv:2 already"),
        ("a,3,much,8,up", "a.csv:7: value 1 is 'much'; expected a finite number"),
    ],
)
def test_a_damaged_long_table_is_refused_with_its_line(tmp_path, row, message):
    with pytest.raises(InputError, match=message):
        read(written(tmp_path, "a.csv", LONG + row + "\n"), "who,when,x,y,what")


def test_arrays_under_their_usual_names(tmp_path, caplog):
    X = np.arange(12, dtype=np.int64).reshape(2, 3, 2)
    for names in (("inputs", "labels"), ("X", "y"), ("x_train", "y_train")):
        np.savez(tmp_path / "a.npz", **{names[0]: X, names[1]: np.array([[1.0], [2.0]]), "more": np.zeros(1)})
        assert read(tmp_path / "a.npz") == (X.tolist(), ["1", "2"])
        assert "more passed over" in caplog.text
    for names in (("X.npy", "y.npy"), ("walks.npy", "walks_labels.npy")):
        np.save(tmp_path / names[0], X)
        with pytest.raises(InputError, match=f"{names[0]}: its labels are missing; expected them in .*{names[1]}"):
            read(tmp_path / names[0])
        np.save(tmp_path / names[1], np.array(["up", "down"]))
        assert read(tmp_path / names[0]) == (X.tolist(), ["up", "down"])
    with gzip.open(tmp_path / "walks.npy.gz", "wb") as file:
        np.save(file, X)
    assert read(tmp_path / "walks.npy.gz") == (X.tolist(), ["up", "down"])


def test_nan_behind_a_series_of_an_array_is_padding(tmp_path, caplog):
    X = np.array([[1, np.nan, 3, np.nan], [1, 2, 3, 4.0]])
    np.savez(tmp_path / "a.npz", X=X, y=["a", "b"])
    assert read(tmp_path / "a.npz") == ([[[1], [2], [3]], [[1], [2], [3], [4]]], ["a", "b"])
    np.savez(tmp_path / "a.npz", X=np.zeros((2, 3, 9)), y=["a", "b"])
    read(tmp_path / "a.npz")
    assert "read as 3 steps of 9 channels; if it is the other way about" in caplog.text


def test_bytes_cut_or_changed_anywhere_are_read_or_refused(tmp_path):
    rng = np.random.default_rng(0)
    table = "1\t0.5\t-1\n" * 6
    np.savez(tmp_path / "whole.npz", X=np.ones((2, 3)), y=["a", "b"])
    whole = {"a.ts": TS.encode(), "a.tsv": table.encode(), "a.npz": (tmp_path / "whole.npz").read_bytes()}
    for name, content in whole.items():
        for _ in range(150):
            damaged = bytearray(content[: rng.integers(1, len(content) + 1)])
            for place in rng.integers(0, len(damaged), 2):
                damaged[place] = rng.integers(0, 256)
            (tmp_path / name).write_bytes(damaged)
            with suppress(InputError):  # and nothing else
                for series in read_examples(tmp_path / name).inputs:
                    assert isinstance(series, str) or np.isfinite(series).all()


def test_german_tables_of_numbers(tmp_path):
    """Commas before decimals where semicolons separate, also in the first column; headings as Windows writes them."""
    wide = tmp_path / "wide.csv"
    wide.write_bytes("größe;breite;label\n0,5;1;a\n-1,5;2,25;b\n".encode("cp1252"))
    examples = read_examples(wide)
    assert examples.kind == "numbers"
    assert [series.ravel().tolist() for series in examples.inputs] == [[0.5, 1.0], [-1.5, 2.25]]
    long = written(tmp_path, "long.csv", "id;time;value;label\n1;0,2;2,5;a\n1;0,1;1,5;a\n2;0,1;1,125;b\n")
    examples = read_examples(long, columns=("id", "time", "value", "label"))
    assert [series.ravel().tolist() for series in examples.inputs] == [[1.5, 2.5], [1.125]]
    comma = written(tmp_path, "comma.csv", 'id,time,value,label\n1,0,"1,500",a\n')
    with pytest.raises(InputError, match="'1,500'; expected a finite number"):
        read_examples(comma, columns=("id", "time", "value", "label"))
