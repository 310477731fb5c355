"""`unrolled inspect` as a user types it."""

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import unrolled
from unrolled import NextWord, Training
from unrolled.arrays import NUMPY
from unrolled.inference.translations import Aligned, Translation
from unrolled.inspection import read_memory
from unrolled.tasks.classify import Classifier
from unrolled.tasks.pairs import PairTask

TRAINING = Training(epochs=1, batch=8, learning_rate=0.02)


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Run `unrolled inspect` in an empty folder → exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    return partial(run_command, "inspect")


@pytest.fixture(scope="module")
def mood(tmp_path_factory):
    """A small classifier's folder: recurrent, both directions."""
    folder = tmp_path_factory.mktemp("models") / "mood"
    texts = ["I had my laptop fixed", "I had fixed my laptop"] * 10
    labels = ["by another", "by oneself"] * 10
    model = Classifier(cell="lstm", width=6, embedding=5, pooling="last", dropout=0.0, training=TRAINING)
    model.fit(texts, labels).save(folder)
    return folder


@pytest.mark.parametrize("kind", ["keyboard", "mood"])
@pytest.mark.parametrize("view", ["memory", "gradients", "words", "unrolled"])
def test_every_view_of_a_model_is_a_picture(run, request, kind, view):
    folder = request.getfixturevalue(kind)
    code, out, err = run(folder, "I had my laptop", f"--{view}", "-o", "picture.png")
    assert (code, out) == (0, "")
    assert err.startswith("picture.png: ")
    assert Path("picture.png").read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in Path().iterdir()] == ["picture.png"]


def test_the_memory_as_numbers(run, keyboard):
    code, out, err = run(keyboard, "the cat sees", "--memory", "--json")
    assert (code, err) == (0, "")
    seen = json.loads(out)
    assert seen["steps"] == ["<eos>", "the", "cat", "sees"]
    (layer,) = seen["memory"]
    assert layer["gates"].keys() == {"forget", "input", "candidate", "output"}
    task = unrolled.load(keyboard)
    model, params = task.network()
    memory = read_memory(model.layers, params.layers, task.steps("the cat sees")[1])[0]
    np.testing.assert_allclose(layer["states"]["c"]["mean"], memory.states["c"].mean(1), rtol=1e-5)
    assert layer["states"]["h"]["units"] == 16


def test_the_gradient_as_numbers_without_an_input(run, mood):
    code, out, _ = run(mood, "--gradients", "--json")
    assert code == 0
    seen = json.loads(out)
    assert len(seen["steps"]) == 50
    assert [layer["name"] for layer in seen["layers"]] == ["layer 1", "layer 1, from the end"]
    for layer in seen["layers"]:
        assert layer["verdict"] in ("vanishing", "healthy", "exploding")
        np.testing.assert_allclose(layer["measured"], layer["predicted"], rtol=1e-4)
        assert sum(layer["shares"]) == pytest.approx(1, abs=1e-4)
        assert len(layer["spectral_radii"]) == 4
    assert seen["started_anew"].keys() >= {"rnn", "lstm", "gru"}


def test_the_words_of_a_decision_add_up(run, mood, keyboard):
    code, out, _ = run(mood, "I had my laptop fixed", "--words", "--json")
    assert code == 0
    alone = unrolled.load(mood).set_params(mixture=False)
    seen, (label, score) = json.loads(out), alone.predict("I had my laptop fixed", 1)[0]
    assert (seen["decision"], seen["probability"]) == (label, pytest.approx(score, abs=1e-5))
    assert sum(seen["attributions"]) == pytest.approx(seen["log_odds"] - seen["log_odds_of_nothing"], abs=1e-4)
    seen = json.loads(run(keyboard, "the old man", "--words", "--json")[1])
    alone = unrolled.load(keyboard).set_params(mixture=False)
    assert seen["decision"] == alone.predict("the old man", 1)[0].text


def test_the_unrolled_network_as_numbers(run, keyboard, mood):
    seen = json.loads(run(keyboard, "the cat", "--unrolled", "--json")[1])
    tokens = len(unrolled.load(keyboard).input_.tokenizer.tokens)
    assert seen["weights"] == {"U": [64, 16], "W": [64, 16], "O": [tokens, 16]}
    assert len(seen["outputs"]) == 3
    assert seen["outputs"][-1] == unrolled.load(keyboard).set_params(mixture=False).predict("the cat", 1)[0].text
    seen = json.loads(run(mood, "--unrolled", "--json")[1])
    assert seen["weights"] == {"U": [24, 5], "W": [24, 6], "U′": [24, 5], "W′": [24, 6], "O": [2, 12]}
    assert seen["steps"] == ["x₁", "x₂", "x₃", "x₄", "x₅"]


@pytest.mark.parametrize("pooling", ["middle", "attention"])
def test_the_unrolled_network_with_every_pooling(run, tmp_path, pooling):
    model = Classifier(width=6, embedding=5, pooling=pooling, training=TRAINING)
    model.fit(["I had my laptop fixed", "I had fixed my laptop"] * 10, ["by another", "by oneself"] * 10)
    model.save(tmp_path / "model")
    code, out, err = run("model", "I had my laptop", "--unrolled", "--json")
    assert code == 0, err
    assert len(json.loads(out)["steps"]) == 4


def test_dark_svg_and_an_input_from_a_file(run, mood):
    Path("note.txt").write_text("I had fixed my laptop", encoding="utf-8")
    code, _, _ = run(mood, "@note.txt", "--words", "--dark", "-o", "words.svg")
    assert code == 0
    assert b"#15181d" in Path("words.svg").read_bytes()


def test_a_picture_is_replaced_only_where_that_is_asked_for(run, mood):
    Path("words.svg").write_text("mine")
    code, out, err = run(mood, "I had", "--words", "-o", "words.svg")
    assert (code, out) == (2, "")
    assert "words.svg exists already; --overwrite replaces it" in err
    assert Path("words.svg").read_text() == "mine"
    assert run(mood, "I had", "--words", "-o", "words.svg", "--overwrite")[0] == 0
    assert "<svg" in Path("words.svg").read_text()


def test_steps_of_a_text_are_what_its_model_reads(fitted):
    names, x = fitted.steps("the cat sees")
    assert names == ["<eos>", "the", "cat", "sees"]
    model, params = fitted.network()
    scores = model.scores(NUMPY, params, x[None], np.array([4]))[0]
    assert fitted.input_.tokenizer.tokens[int(scores.argmax())] == fitted.predict("the cat sees", 1)[0].text
    np.testing.assert_array_equal(scores, model.scores(NUMPY, params, x[None])[0])


def test_bad_input_is_refused_in_words(run, keyboard, mood):
    def refused(*words):
        code, out, err = run(*words)
        assert (code, out) == (2, ""), err
        assert not list(Path().glob("*.png"))
        return err

    picture = ("-o", "a.png")
    assert "received none; expected one of --memory, --gradients, --words" in refused(mood, "a", *picture)
    assert "received --memory and --words; expected one" in refused(mood, "a", "--memory", "--words", *picture)
    assert "there is nowhere to show it; expected -o FILE.png" in refused(mood, "a", "--memory")
    assert "the suffix is '.jpg'; expected .png or .svg" in refused(mood, "a", "--memory", "-o", "a.jpg")
    assert "the folder" in refused(mood, "a", "--memory", "-o", "none/a.png")
    assert "there is none; give a text, or @FILE" in refused(mood, "--memory", *picture)
    assert "there is none; give a text, or @FILE" in refused(mood, "--words", *picture)
    assert "holds no words" in refused(mood, " ", "--memory", *picture)
    assert "No such file" in refused(mood, "@none.txt", "--memory", *picture)


def test_a_network_without_a_memory_says_so(run, book, tmp_path):
    dense = NextWord(model="dense", width=4, order=1, training=TRAINING).fit(book)
    dense.save(tmp_path / "dense")
    for view in ("memory", "gradients", "unrolled", "words"):
        code, _, err = run(tmp_path / "dense", "the cat", f"--{view}", "-o", "a.png")
        assert code == 2
        assert "It has no memory to look into; expected a recurrent model" in err


def test_memory_needs_neither_torch_nor_a_picture_library(keyboard, tmp_path):
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['torch', 'matplotlib']))\n"
        f"sys.argv = ['unrolled', 'inspect', {str(keyboard)!r}, 'the cat', '--memory', *sys.argv[1:]]\n"
        "from unrolled.commands.main import main; main()"
    )
    done = [
        subprocess.run([sys.executable, "-c", program, *how], capture_output=True, text=True, check=False)
        for how in (["--json"], ["-o", str(tmp_path / "never.png")])
    ]
    assert json.loads(done[0].stdout)["steps"] == ["<eos>", "the", "cat"]
    assert done[1].returncode == 2
    assert "a picture needs matplotlib, which is not installed: pip install 'unrolled[train]'" in done[1].stderr


def test_of_a_long_input_the_last_steps_are_shown_and_that_is_said(run, keyboard, caplog):
    code, out, _ = run(keyboard, "the cat " * 101, "--memory", "--json")
    assert code == 0
    assert len(json.loads(out)["steps"]) == 200
    assert "the input has 203 steps; the last 200 of 203 steps are read and shown" in caplog.text


class Written(PairTask):
    """A stand-in for a fitted translator: each word of an input becomes itself in capitals."""

    name = "translate"
    recipe = describe = baseline_name = example = predict = predict_many = evaluate = following = None

    def align(self, inputs, search=None, glossary=None, prefixes=None, **changes):
        cut = [re.findall(" ?[^ ]+", text) for text in inputs]
        return [
            [Aligned(Translation(text.upper(), 0.5), words, [w.upper() for w in words], np.eye(len(words)), [])]
            for text, words in zip(inputs, cut, strict=True)
        ]

    def remark(self, raw):
        return "none of its words is known" if raw == "xyzzy" else ""


@pytest.fixture
def translator(monkeypatch):
    monkeypatch.setattr("unrolled.tasks.load", lambda folder: Written())


@pytest.mark.usefixtures("translator")
def test_the_attention_of_an_answer(run, caplog):
    Path("letter.txt").write_text("a man\n")
    code, out, err = run("en-de", "@letter.txt", "--attention", "-o", "attention.png", "--json")
    assert (code, err) == (0, "attention.png: A MAN\n")
    assert Path("attention.png").read_bytes().startswith(b"\x89PNG")
    seen = json.loads(out)
    assert (seen["view"], seen["answer"], seen["source"]) == ("attention", "A MAN", ["a", "man"])
    assert seen["attention"] == [[1, 0], [0, 1]]
    assert [link["target"] for link in seen["alignment"]] == ["A", "MAN"]
    assert run("en-de", "xyzzy", "--attention", "--json")[0] == 0
    assert "none of its words is known" in caplog.text


@pytest.mark.usefixtures("translator")
def test_a_model_that_writes_has_attention_alone(run):
    code, _, err = run("en-de", "a man", "--memory", "--json")
    assert (code, "looked into by --attention alone; received --memory" in err) == (2, True)
    code, _, err = run("en-de", "--attention", "--json")
    assert (code, "there is none; give a text, or @FILE" in err) == (2, True)


def test_attention_of_a_model_without_it_is_refused(run, mood):
    code, _, err = run(mood, "a", "--attention", "-o", "a.png")
    assert (code, "a classify model, which has no attention to show" in err) == (2, True)
    assert not Path("a.png").exists()
