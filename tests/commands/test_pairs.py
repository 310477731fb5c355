"""`unrolled predict` and `evaluate` of a model that writes texts, here a made one that turns words round."""

import csv
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.commands.refusal import refused

from unrolled import InputError
from unrolled.commands import evaluate, predict
from unrolled.inference.translations import Aligned, Translation
from unrolled.settings import Search
from unrolled.tasks.pairs import PairTask


class Reverser(PairTask):
    """Its answers: the input's words from the last to the first, then with numbers behind."""

    name = "reverse"

    def __init__(self) -> None:
        self.asked = []
        self.bad, self.last = "x\x00", "stop"

    def predict(self, raw, n=1, search=None, glossary=None, **changes):
        return self.predict_many([raw], n, search, glossary)[0]

    def predict_many(self, inputs, n=1, search=None, glossary=None, **changes):
        self.asked.append((list(inputs), search, glossary))
        for raw in inputs:
            assert raw.strip()
            if raw == self.last:
                raise KeyboardInterrupt
            if raw == self.bad:
                raise InputError("a control character")
        return [
            [Translation(" ".join(raw.split()[::-1]) + " again" * i, 0.5 / (i + 1)) for i in range(n)] for raw in inputs
        ]

    def align(self, inputs, search=None, glossary=None, prefixes=None, **changes):
        answers = self.predict_many(inputs, search.n_best, search, glossary)
        return [
            [Aligned(one._replace(text=f"{prefix[0]}: {one.text}"), [], [], None, []) for one in some]
            for some, prefix in zip(answers, prefixes, strict=True)
        ]

    def prefix_ids(self, raw, text, glossary=None):
        return [len(text)]

    def following(self, raw, prefix, n):
        raise NotImplementedError

    def remark(self, raw):
        return "3 tokens cut" if len(raw.split()) > 9 else ""

    def evaluate(self, data, /, *, encoding="utf-8", show=None):
        return SimpleNamespace(table=lambda: f"{[path.name for path in data]}", to_json=lambda: {"BLEU": 1.0})

    def describe(self):
        return ""

    def recipe(self):
        raise NotImplementedError

    baseline_name, example = "", ""


@pytest.fixture
def model(monkeypatch):
    task = Reverser()
    for command in (predict, evaluate):
        monkeypatch.setattr(command, "load", lambda _: task)
    return task


@pytest.fixture
def typed(monkeypatch):
    """Put bytes on standard input, each part of them as one write of another program."""

    def put(*parts):
        waiting = [*parts]
        stream = SimpleNamespace(read1=lambda _: waiting.pop(0) if waiting else b"")
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))

    return put


def test_one_answer_is_the_text_alone_and_several_have_scores(run, model):
    assert run("predict", "m", "a man rides") == (0, "rides man a\n", "")
    assert run("predict", "m", "a b", "--n-best", "2")[1] == " 50.00%  b a\n 25.00%  b a again\n"
    assert run("predict", "m", "a b", "-n", "2")[1] == run("predict", "m", "a b", "--n-best", "2")[1]
    found = json.loads(run("predict", "m", "a b", "--json")[1])
    assert found == {"input": "a b", "predictions": [{"text": "b a", "score": 0.5}]}
    assert run("predict", "m", " ")[:2] == (0, "\n")


def test_the_search_is_as_it_was_typed(run, model):
    numbers = {"beam": 12, "n-best": 3, "length-penalty": 0.6, "temperature": 0.5, "seed": 7, "nucleus": 0.9}
    options = [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
    assert run("predict", "m", "a", *options)[0] == 0
    expected = Search(beam=12, n_best=3, length_penalty=0.6, temperature=0.5, seed=7, nucleus=0.9)
    assert model.asked[-1][1] == expected
    assert run("predict", "m", "b a", "--prefix", "1234")[1] == "4: a b\n"
    refused(run("predict", "m", "a", "--beam", "0"), "error: --beam is 0; expected between 1 and")
    refused(run("predict", "m", "a", "--level", "80"), "--level means nothing for m, a reverse model")


def test_a_line_in_is_a_line_out(run, model, typed):
    typed(b"a b\n\nc d", b" e\nf ", b"g")
    assert run("predict", "m", "-") == (0, "b a\n\ne d c\ng f\n", "")
    assert [inputs for inputs, _, _ in model.asked] == [["a b"], ["c d e"], ["f g"]]  # none waits for the next
    Path("lines.txt").write_text("a b\n" * 70, encoding="utf-8")
    assert run("predict", "m", "@lines.txt", "--lines")[1] == "b a\n" * 70
    assert [len(inputs) for inputs, _, _ in model.asked[3:]] == [64, 6]
    typed(b"a b\n" * 70)
    assert run("predict", "m", "-", "-n", "2")[1].startswith("a b ...\n 50.00%  b a\n 25.00%")
    assert [len(inputs) for inputs, _, _ in model.asked[5:]] == [64, 6]


def test_a_line_without_an_answer_is_named_and_keeps_its_place(run, model, typed):
    typed(b"a b\nx\x00\nc d\n")
    code, out, err = run("predict", "m", "-")
    assert (code, out) == (2, "b a\n\nd c\n")
    assert "error: standard input:2: a control character" in err


def test_inputs_that_were_cut_are_counted(run, model, typed):
    typed(b"1 2 3 4 5 6 7 8 9 10\n" * 7)
    err = run("predict", "m", "-")[2]
    assert err.count("3 tokens cut") == 5
    assert "7 of 7 inputs have such a remark" in err
    assert run("predict", "m", "1 2 3 4 5 6 7 8 9 10")[2] == "3 tokens cut\n"


def test_rows_of_a_table_are_answered_beside_their_columns(run, model):
    Path("pairs.csv").write_text("id,text\n1,a b\n2,\n", encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(run("predict", "m", "@pairs.csv", "--columns", "text")[1])))
    assert rows[0] == {"id": "1", "text": "a b", "predicted": "b a", "probability": "0.500000", "error": ""}
    assert rows[1] == {"id": "2", "text": "", "predicted": "", "probability": "", "error": ""}
    Path("pairs.tsv").write_text("a b, c\tx\nd e\ty\n", encoding="utf-8")
    assert run("predict", "m", "@pairs.tsv")[1].splitlines()[1:] == [
        '"a b, c",x,"c b, a",0.500000,',
        "d e,y,e d,0.500000,",
    ]
    Path("named.tsv").write_text("id\tsource\n1\ta b\n", encoding="utf-8")
    assert run("predict", "m", "@named.tsv")[1].splitlines()[1:] == ["1,a b,b a,0.500000,"]


def test_a_file_s_name_says_how_answers_are_written(run, model, typed):
    for name, expected in (("out.de", "b a\n"), ("out.csv", "input,predicted,probability,error\na b,b a,0.5")):
        typed(b"a b\n")
        code, out, err = run("predict", "m", "-", "-o", name)
        assert (code, out) == (0, "")
        assert f"{name}: " in err
        assert Path(name).read_text(encoding="utf-8").startswith(expected)
    assert run("predict", "m", "a b", "-o", "one.jsonl")[0] == 0
    assert json.loads(Path("one.jsonl").read_text())["predictions"] == [{"text": "b a", "score": 0.5}]
    refused(run("predict", "m", "a b", "-o", "out.de"), "out.de exists already; --overwrite replaces it")
    assert run("predict", "m", "c d", "-o", "out.de", "--overwrite")[0] == 0
    assert Path("out.de").read_text() == "d c\n"


def test_what_was_answered_before_a_stop_is_kept(run, model):
    Path("lines").write_text("a b\n" * 64 + "stop\n", encoding="utf-8")
    code, _, err = run("predict", "m", "@lines", "--lines", "-o", "out.txt")
    assert code == 130
    assert "stopped after 64 inputs; their answers are kept" in err
    assert Path("out.txt").read_text() == "b a\n" * 64


def test_a_document_keeps_what_stands_around_its_sentences(run, model):
    Path("film.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\na man rides\n\n", encoding="utf-8")
    expected = "1\n00:00:01,000 --> 00:00:02,000\nrides man a\n\n"
    assert run("predict", "m", "@film.srt") == (0, expected, "")
    assert run("predict", "m", "@film.srt", "-o", "out.srt") == (0, "", f"out.srt: {len(expected)} bytes\n")
    assert Path("out.srt").read_text() == expected
    answer = json.loads(run("predict", "m", "@film.srt", "--json")[1])
    assert answer == {"input": "@film.srt", "predictions": [{"text": expected, "score": 0.5}]}
    Path("lines.en").write_text("a b\n")
    refused(run("predict", "m", "@lines.en"), "lines.en: no document by its name", "or --lines, which takes each line")
    refused(run("predict", "m", "@film.srt", "-n", "2"), "--n-best is 2; expected 1", "--lines takes each line")
    refused(run("predict", "m", "@film.srt", "-o", "out.srt"), "out.srt exists already")
    Path("broken.srt").write_text("1\nnever\na man\n", encoding="utf-8")
    refused(run("predict", "m", "@broken.srt", "-o", "new.srt"), "broken.srt")
    refused(run("predict", "m", "@none.txt"), "none.txt")
    assert not Path("new.srt").exists()


def test_sentences_that_are_bad_or_not_reached_stay_as_they_are(run, model):
    cue = "{0}\n00:00:0{0},000 --> 00:00:0{0},500\n{1}\n"
    Path("film.srt").write_text("\n".join(cue.format(1 + at, text) for at, text in enumerate(["a b", "x stop y"])))
    model.bad = "x stop y"
    code, out, err = run("predict", "m", "@film.srt")
    assert code == 2
    assert "b a\n" in out
    assert "x stop y\n" in out
    assert "error: film.srt: sentence 2: a control character" in err
    Path("long.srt").write_text("\n".join(cue.format(1 + at % 9, f"w{at} b") for at in range(70)) + "\n")
    model.bad, model.last = "", "w69 b"
    code, _, err = run("predict", "m", "@long.srt", "-o", "out.srt")
    assert code == 130
    assert "stopped after 64 sentences; the others stay as they are" in err
    assert Path("out.srt").read_text().count("b w") == 64


def test_other_models_refuse_the_options_of_a_search(run, keyboard):
    refused(run("predict", keyboard, "a", "--beam", "12"), "--beam means nothing for", "a next-word model")
    refused(run("predict", keyboard, "a", "--glossary", "g"), "--glossary means nothing for")


def test_evaluate_reads_two_parallel_files(run, model):
    assert run("evaluate", "m", "test.en", "test.de") == (0, "['test.en', 'test.de']\n", "")
    assert json.loads(run("evaluate", "m", "test.tsv", "--json")[1]) == {"BLEU": 1.0}
    refused(run("evaluate", "m", "test.tsv", "--windows", "3"), "--windows means nothing for m, a reverse model")
