"""`unrolled predict` as a user types it, with good and with bad input."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commands.refusal import refused

from unrolled.commands import batches
from unrolled.sources.rows import Row


def test_predict_reads_files_and_lines(run, keyboard, monkeypatch):
    Path("text").write_text("the cat", encoding="utf-8")
    one = json.loads(run("predict", keyboard, "@text", "--json")[1])
    assert one["predictions"] == json.loads(run("predict", keyboard, "the cat", "--json")[1])["predictions"]
    Path("lines").write_text("the cat\nthe dog\n\n", encoding="utf-8")
    with open("lines") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        answers = [json.loads(line) for line in run("predict", keyboard, "-", "--json")[1].splitlines()]
    assert [a["input"] for a in answers] == ["the cat", "the dog", ""]
    assert [a["where"] for a in answers] == [f"standard input:{number}" for number in (1, 2, 3)]
    assert answers[0]["predictions"] == one["predictions"]


@pytest.fixture
def table():
    """A table of which one row is empty and one has too few values."""
    Path("rows.csv").write_text('id,review,note\n1,the cat,a\n2,,b\n3\n4,"the dog, a",c\n', encoding="utf-8")
    return "@rows.csv"


def test_every_row_of_a_table_is_answered_beside_its_columns(run, keyboard, table):
    code, out, err = run("predict", keyboard, table)
    assert code == 2
    rows = list(csv.DictReader(out.splitlines()))
    assert [row["id"] for row in rows] == ["1", "2", "", "4"]
    assert [row["review"] for row in rows] == ["the cat", "", "", "the dog, a"]
    one = json.loads(run("predict", keyboard, "the cat", "--json")[1])["predictions"][0]
    assert rows[0]["predicted"] == one["text"]
    assert float(rows[0]["probability"]) == pytest.approx(one["score"], abs=1e-6)
    assert rows[2]["error"].startswith("rows.csv:4: 1 value; expected 3")
    assert [row["error"] for row in rows if row["id"]] == ["", "", ""]
    assert "error: rows.csv:4: 1 value" in err
    assert "error: 1 of 4 inputs have no answer" in err


def test_answers_are_written_as_a_table_or_json_lines_whole_or_not_at_all(run, keyboard, table):
    code, out, err = run("predict", keyboard, table, "-n", "2", "-o", "answers.tsv", "--columns", "review")
    assert (code, out) == (2, "")
    assert "answers.tsv: " in err
    header = Path("answers.tsv").read_text().splitlines()[0].split("\t")
    assert header == [
        *("id", "review", "note"),
        *("predicted_1", "probability_1", "predicted_2", "probability_2"),
        "error",
    ]
    before = Path("answers.tsv").read_bytes()
    refused(run("predict", keyboard, table, "-o", "answers.tsv"), "answers.tsv exists already; --overwrite replaces it")
    assert run("predict", keyboard, table, "-o", "answers.jsonl")[0] == 2
    lines = [json.loads(line) for line in Path("answers.jsonl").read_text().splitlines()]
    assert [line["where"] for line in lines] == ["rows.csv:2", "rows.csv:3", "rows.csv:4", "rows.csv:5"]
    assert lines[0]["columns"] == {"id": "1", "review": "the cat", "note": "a"}
    assert [len(line["predictions"]) for line in lines] == [3, 3, 0, 3]
    assert ["error" in line for line in lines] == [False, False, True, False]
    refused(
        run("predict", keyboard, "@rows.csv", "-o", "answers.tsv", "--overwrite", "--columns", "no"), "no column 'no'"
    )
    assert Path("answers.tsv").read_bytes() == before
    assert sorted(path.name for path in Path().iterdir()) == ["answers.jsonl", "answers.tsv", "rows.csv"]


def test_the_files_of_a_folder_and_the_lines_of_a_file(run, keyboard):
    Path("texts/more").mkdir(parents=True)
    Path("texts/a.txt").write_text("the cat", encoding="utf-8")
    Path("texts/more/b.txt").write_bytes(b"caf\xe9")
    code, out, err = run("predict", keyboard, "@texts")
    assert code == 2
    assert [line.split(",")[0] for line in out.splitlines()] == ["file", "a.txt", "more/b.txt"]
    assert "error: texts/more/b.txt: byte 0xe9" in err
    Path("lines.txt").write_text("the cat\nthe dog\n", encoding="utf-8")
    code, out, _ = run("predict", keyboard, "@lines.txt", "--lines", "-n", "1")
    assert code == 0
    assert [line for line in out.splitlines() if line.endswith("...")] == ["the cat ...", "the dog ..."]
    refused(run("predict", keyboard, "@none.txt", "--lines"), "none.txt")


def test_rows_are_answered_together_and_alone_where_one_is_wrong(fitted, monkeypatch):
    monkeypatch.setattr(type(fitted), "predict_many", predict_many(type(fitted).predict_many, calls := []))
    rows = [Row(text, f"line {number}") for number, text in enumerate(["the cat", "the dog", "a", 5, "Anna"])]
    results = list(batches.answered(fitted, rows, 1, together=3))
    assert calls == [3, 2, 1, 1]
    assert [len(result.answers) for result in results] == [1, 1, 1, 0, 1]
    assert results[3].error


def predict_many(whole, calls):
    def counted(self, inputs, n=3):
        calls.append(len(inputs))
        return whole(self, inputs, n)

    return counted


def test_unknown_words_and_a_huge_line_have_a_defined_answer(run, keyboard):
    code, out, err = run("predict", keyboard, "Xyzzy qwrtp \x00 \U0001f600")
    assert (code, len(out.splitlines())) == (0, 3)
    assert "none of the words of" in err
    assert run("predict", keyboard, "Xyzzy cat")[2] == ""
    Path("huge").write_text("cat " * 50_000, encoding="utf-8")
    assert run("predict", keyboard, "@huge")[0] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_half_a_character_can_be_printed(keyboard, encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "unrolled", "predict", keyboard, b"caf\xe9", "--json"]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["input"] == "caf\udce9"


def test_bad_input_to_predict_is_refused(run, keyboard, monkeypatch):
    Path("latin").write_bytes(b"caf\xe9")
    refused(run("predict", keyboard, "@latin"), "latin", "0xe9")
    refused(run("predict", keyboard, "@absent"), "absent")
    refused(run("predict", keyboard, "a", "-n", "0"), "-n is 0")
    refused(run("generate", keyboard, "a", "--words", "-1"), "--words is -1")
    refused(run("generate", keyboard, "a", "--temperature", "nan"), "--temperature is nan")
