"""`unrolled vectors` as a user types it."""

import dataclasses
import inspect
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from unrolled.commands.vectors import vectors
from unrolled.text.vector_training import VectorTraining
from unrolled.text.vectorize import Word2Vec
from unrolled.text.word_vectors import WordVectors

QUICK = ("--width", "8", "--epochs", "2")


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Run `unrolled vectors` in an empty folder → exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    return partial(run_command, "vectors")


def refused(result, *parts):
    code, out, err = result
    assert (code, out) == (2, ""), result
    for part in parts:
        assert part in err


def test_text_is_learnt_from_and_asked(run, book):
    code, out, err = run(book, "--nearest", "cat", "-n", "3", *QUICK)
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 3
    assert all(-1 <= float(line.split()[0]) <= 1 for line in lines)
    assert err == "21 words, 8 numbers each\n"
    _, out, _ = run(book, "--nearest", "cat", "--nearest", "Dog", *QUICK)
    assert [line for line in out.splitlines() if line.endswith("...")] == ["cat ...", "Dog ..."]


def test_json_is_one_object(run, book):
    _, out, _ = run(book, "--nearest", "cat", "--nearest", "Anna", "-n", "2", "--json", "--no-lowercase", *QUICK)
    answer = json.loads(out)
    assert {name: answer[name] for name in ("words", "width")} == {"words": 21, "width": 8}
    assert answer["nearest"].keys() == {"cat", "Anna"}
    assert [set(neighbour) for neighbour in answer["nearest"]["cat"]] == [{"text", "score"}] * 2


@pytest.mark.parametrize("name", ["v.txt", "v.vec.gz", "v.bin", "v.glove"])
def test_what_is_written_is_read_in_place_of_learning(run, book, name):
    code, out, err = run(book, "-o", name, *QUICK)
    assert (code, out) == (0, "")
    assert f"{name}: {Path(name).stat().st_size:,} bytes" in err
    learnt = run(book, "--nearest", "cat", *QUICK)
    assert run(name, "--nearest", "cat") == learnt
    assert run(name, "-o", "again.bin")[0] == 0
    first, second = WordVectors.read(name), WordVectors.read("again.bin")
    assert first.tokens == second.tokens
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert json.loads(run(name, "--json")[1]) == {"words": 21, "width": 8, "nearest": {}}


def test_several_sources_and_a_sample_are_learnt_from(run, book, held_out):
    _, out, _ = run(book, held_out, "--min-count", "1", "--nearest", "zebra", "--json", *QUICK)
    assert json.loads(out)["words"] == 22
    code, out, _ = run("sample:python-docs:test", "--algorithm", "cbow", "--nearest", "class", *QUICK)
    assert code == 0
    assert len(out.splitlines()) == 10


def test_what_is_there_stays_unless_it_is_to_be_replaced(run, book):
    Path("mine.txt").write_text("precious")
    refused(run(book, "-o", "mine.txt", *QUICK), "mine.txt exists already; --overwrite replaces it")
    assert Path("mine.txt").read_text() == "precious"
    assert run(book, "-o", "mine.txt", "--overwrite", *QUICK)[0] == 0
    assert WordVectors.read("mine.txt").width == 8


def test_vectors_are_written_though_a_word_is_unknown(run, book):
    refused(
        run(book, "-o", "v.bin", "--nearest", "houze", *QUICK),
        "no vector of 'houze' among 21 words; did you mean 'house'?",
    )
    assert len(WordVectors.read("v.bin")) == 21


def test_bad_input_is_refused(run, book):
    refused(run(book), "nothing is asked of the vectors; name a word, --nearest WORD, or a file to write, -o FILE")
    refused(run("missing.txt", "--nearest", "cat"), "'missing.txt': No such file")
    refused(run(book, "--nearest", "cat", "-n", "0"), "-n is 0; expected at least 1")
    refused(run(book, "-o", "v.csv"), "v.csv: expected a name that ends in .txt, .vec, .bin, .glove")
    refused(run(book, "-o", "no/such/v.txt"), "does not exist; make it first")
    refused(run(book, "--nearest", "cat", "--width", "0"), "width is 0; expected between 1 and 65536")
    refused(
        run(book, "--nearest", "cat", "--algorithm", "glove"), "algorithm is 'glove'; expected one of skip-gram, cbow"
    )
    refused(run(book, "--nearest", "cat", "--min-count", "100000"), "no word occurs 100000 times")
    Path("wrong.txt").write_text("a 0.1 0.2\nb 0.1 0.2 0.3\n")
    refused(run("wrong.txt", "--nearest", "a"), "wrong.txt:2: 'b 0.1 0.2 0.3' has 3 numbers; expected 2, as before")
    Path("fine.txt").write_text("a 0.1 0.2\nb 0.1 0.2\n")
    refused(run("fine.txt", "--epochs", "9", "--seed", "1"), "fine.txt holds word vectors", "epochs", "seed")
    assert sorted(path.name for path in Path().iterdir()) == ["fine.txt", "wrong.txt"]


def test_the_settings_are_the_same_everywhere():
    fields = {field.name: field.default for field in dataclasses.fields(VectorTraining)}
    command = inspect.signature(vectors).parameters
    assert {name: command[name].default for name in fields} == fields
    vectorizer = Word2Vec().get_params()
    assert {name: vectorizer["size" if name == "width" else name] for name in fields} == fields
