"""`unrolled predict` as a user types it, with good and with bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commands.refusal import refused


def test_predict_reads_files_and_lines(run, keyboard, monkeypatch):
    Path("text").write_text("the cat", encoding="utf-8")
    one = json.loads(run("predict", keyboard, "@text", "--json")[1])
    assert one["predictions"] == json.loads(run("predict", keyboard, "the cat", "--json")[1])["predictions"]
    Path("lines").write_text("the cat\nthe dog\n\n", encoding="utf-8")
    with open("lines") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        answers = [json.loads(line) for line in run("predict", keyboard, "-", "--json")[1].splitlines()]
    assert [a["input"] for a in answers] == ["the cat", "the dog", ""]
    assert answers[0]["predictions"] == one["predictions"]


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
    refused(run("predict", keyboard, "a", "-n", "0"), "n is 0")
    refused(run("generate", keyboard, "a", "--words", "-1"), "words is -1")
    refused(run("generate", keyboard, "a", "--temperature", "nan"), "temperature is nan")
