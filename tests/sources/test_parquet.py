import subprocess
import sys

import pytest

from unrolled import InputError
from unrolled.sources import parquet
from unrolled.sources.tables import read_table

polars = pytest.importorskip("polars")


def rows(path, columns=("text", "label")):
    return [(*values, where.removeprefix(str(path))) for values, where in read_table(path, columns)]


def test_texts_numbers_categories_and_bytes(tmp_path):
    path = tmp_path / "a.parquet"
    frame = polars.DataFrame({"label": ["1", None, "x"], "more": [0, 0, 0], "text": [b"a", b"b", b"c"]})
    frame.with_columns(polars.col("label").cast(polars.Categorical)).write_parquet(path)
    assert rows(path) == [("a", "1", ": row 1"), ("c", "x", ": row 3")]
    with pytest.raises(InputError, match=r"no column 'words'; it has label, more, text"):
        rows(path, ("words", "label"))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match=r"a\.parquet: no sound Parquet file: "):
        rows(path)


def test_a_list_is_no_label(tmp_path):
    path = tmp_path / "a.parquet"
    polars.DataFrame({"text": ["a"], "list": [[1]]}).write_parquet(path)
    with pytest.raises(InputError, match=r"a\.parquet: row 1: list is .*; expected a text or a number"):
        rows(path, ("text", "list"))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os; os.abort()", "reading it fails .signal 6"),
        ("raise SystemError('panicked at 1')", "SystemError: panicked at 1"),
        ('print(\'["text", "label"]\', flush=True); import os; os.abort()', "reading it fails .signal 6"),
        ("import time; time.sleep(9)", "reading it fails .signal 9"),
    ],
)
def test_a_reader_that_does_not_survive_is_an_input_error(tmp_path, monkeypatch, program, reason):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setattr(parquet, "_READER", [sys.executable, "-c", program])
    monkeypatch.setattr(parquet, "_SECONDS", 0.5)
    with pytest.raises(InputError, match=rf"a\.parquet: no sound Parquet file: {reason}"):
        rows(path)


def test_no_reader_is_left_where_rows_are_not_read(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    program = """print('["text", "label"]', flush=True); import time; time.sleep(9)"""
    monkeypatch.setattr(parquet, "_READER", [sys.executable, "-c", program])
    started, popen = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *call, **how: started.append(popen(*call, **how)) or started[-1])
    with pytest.raises(InputError, match="no column 'other'"):
        rows(path, ("other", "label"))
    assert [process.returncode is None for process in started] == [False]
