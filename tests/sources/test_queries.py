"""Logs of queries, as files and in memory."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from unrolled.errors import InputError
from unrolled.sources.queries import read_queries


def counts_of(data: Any, **how: Any) -> dict[str, int]:
    log = read_queries(data, **how)
    return dict(zip(log.texts, log.counts.tolist(), strict=True))


def written(tmp_path: Path, name: str, content: str) -> Path:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    return path


TABLE = "query,count,user\nHow to  build,2,ann\nhow to build,1,bob\nboats,1,cid\nBoats,1,cid\n"
ROWS = [dict(zip(("query", "count", "user"), line.split(","), strict=True)) for line in TABLE.splitlines()[1:]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.csv", TABLE),
        ("log.csv.gz", TABLE),
        ("log.tsv", TABLE.replace(",", "\t")),
        ("log.jsonl", "\n".join(map(json.dumps, ROWS))),
        ("aol.tsv", TABLE.replace(",", "\t").replace("query", "Query").replace("user", "AnonID")),
    ],
)
def test_equal_queries_are_added_up(tmp_path: Path, name: str, content: str) -> None:
    path = written(tmp_path, name, content)
    assert counts_of(path, users=1) == {"how to build": 3, "boats": 2}
    assert counts_of(path, users=2) == {"how to build": 3}  # one user alone asked for boats


def test_lines_are_queries_with_their_commas(tmp_path: Path) -> None:
    path = written(tmp_path, "log.txt", "Paris, France\n\n  \nparis, france\nשלום עולם\n")
    assert counts_of(path) == {"paris, france": 2, "שלום עולם": 1}
    folder = tmp_path / "logs"
    folder.mkdir()
    written(folder, "a.txt.gz", "boats\n")
    written(folder, "b.csv", "boats,4\n")
    written(folder, "c.pdf", "boats")
    assert counts_of([folder, path]) == {"boats": 5, "paris, france": 2, "שלום עולם": 1}


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"boats\nBOATS\n")))
    assert counts_of("-") == {"boats": 2}


def test_columns_without_headings_or_by_name(tmp_path: Path) -> None:
    assert counts_of(written(tmp_path, "a.csv", "boats,2\nsheds,3.6\n")) == {"boats": 2, "sheds": 4}
    assert counts_of(written(tmp_path, "b.csv", "boats\nsheds\n")) == {"boats": 1, "sheds": 1}
    path = written(tmp_path, "c.csv", "what,how often,who\nboats,2,ann\n")
    assert counts_of(path, columns=["what", "how often"]) == {"boats": 2}
    assert counts_of(path, columns=["what", "", "who"], users=1) == {"boats": 1}
    with pytest.raises(InputError, match=r'c\.csv:1: nothing says .*what, how often, who.*columns="QUERY,COUNT,USER"'):
        read_queries(path)


def test_in_memory() -> None:
    assert counts_of(["boats", "Boats", "my.csv"]) == {"boats": 2, "my.csv": 1}
    assert counts_of([("boats", 2), ("boats", 3)]) == {"boats": 5}
    assert counts_of([("boats", 2, "ann"), ("boats", 3, "bob"), ("sheds", 9, "bob")], users=2) == {"boats": 5}
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"query": ["boats", "sheds"], "user": ["ann", "bob"]})
    assert counts_of(frame, users=1) == {"boats": 1, "sheds": 1}
    assert counts_of(polars.DataFrame({"q": ["boats"], "times": [7]}), columns=["q", "times"]) == {"boats": 7}


@pytest.mark.parametrize("count", ["-1", "0", "0.5", "NaN", "inf", "1e400", "many", "", "1_000"])
def test_a_count_that_is_none_is_located(tmp_path: Path, count: str) -> None:
    path = written(tmp_path, "log.csv", f"query,count\nboats,1\nsheds,{count}\n")
    with pytest.raises(InputError, match=rf"log\.csv:3: the count is '{count}'; expected a number of at least 1"):
        read_queries(path)


@pytest.mark.parametrize("count", [-1, float("nan"), float("inf"), 10**400, None, True, "no"])
def test_a_count_in_memory_that_is_none_is_located(count: Any) -> None:
    with pytest.raises(InputError, match=r"query 1: the count is .*; expected a number of at least 1"):
        read_queries([("boats", 1), ("sheds", count)])


def test_huge_counts_do_not_overflow() -> None:
    log = read_queries([("boats", 1e300), ("boats", 10**200), ("sheds", 2**62)])
    assert log.counts.tolist() == [1 << 40] * 2
    assert log.times == 2 << 40


def test_personal_and_lone_queries_are_left_out_which_is_said(caplog: pytest.LogCaptureFixture) -> None:
    rows = [("boats", 1, "ann"), ("boats", 1, "bob"), ("a@b.org", 9, "ann"), ("sheds", 9, "ann"), ("x" * 201, 1, "ann")]
    assert counts_of([*rows, ("", 1, "ann")], users=2) == {"boats": 2}
    assert ", 1 row blank" in caplog.text
    assert "1 row of more than 200 characters" in caplog.text
    assert "1 query that may be personal" in caplog.text
    assert "1 query of fewer than 2 users" in caplog.text
    assert "does not tell who asked" not in caplog.text
    read_queries(["boats"])
    assert "does not tell who asked" in caplog.text


@pytest.mark.parametrize("data", [[], ["", " \t\x00"], ["a@b.org"], [("sheds", 1, "ann")], ["y" * 10_000]])
def test_a_log_without_a_query_is_refused(data: Any) -> None:
    with pytest.raises(InputError, match=r"expected .*at least 1"):
        read_queries(data)


def test_the_file_without_a_query_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "log.txt", "\n \na@b.org\n")
    with pytest.raises(InputError, match=r"log\.txt: no query is left of 3 rows: 2 rows blank, 1 query that may be"):
        read_queries(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (7, "the log is 7; expected a path"),
        ("how to build", "no such file or folder; queries are given in a list"),
        ("nothing.csv", "'nothing.csv': no such file or folder"),
        ([3], "query 0: 3"),
        ([("a", 1, "b", "c")], "query 0: .*expected a text, or"),
    ],
)
def test_what_is_no_log_is_refused(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_queries(data)


def test_the_sample_is_read_as_it_is() -> None:
    log = read_queries(Path("sample:characters"))
    assert log.texts[0] == "space"
    assert log.counts.min() >= 1
