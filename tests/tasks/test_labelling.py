"""The recipe of labelled examples, by a task of a program's own: its answers and the inputs that it may learn from."""

import copy
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

from unrolled import Classifier, InputError, Training, load
from unrolled.tasks import TASKS
from unrolled.tasks.recipe import Source
from unrolled.training import Log


class Length(NamedTuple):
    """How many words a text has, and how probable that is."""

    words: int
    score: float


def length(label: str, score: float) -> Length:
    """The answer that a label and its probability make."""
    return Length(int(label), score)


@dataclass
class SequenceLength(Classifier):
    """How long a text is."""

    name: ClassVar[str] = "length"
    kinds: ClassVar[tuple[str, ...]] = ("text",)

    def recipe(self):
        """As of a classifier, with answers of its own."""
        usual = super().recipe()
        return type(usual)(self, usual.build, usual.baseline, length)


@pytest.fixture
def texts():
    """Texts of one to four words."""
    return [" ".join(["word"] * count) for count in (1, 2, 3, 4) * 6]


def task():
    """A small one."""
    return SequenceLength(embedding=4, width=8, training=Training(epochs=2, batch=8))


def test_a_task_answers_with_its_own_named_tuple(texts, tmp_path, monkeypatch):
    monkeypatch.setitem(TASKS, "length", f"{__name__}:SequenceLength")
    fitted = task().fit(texts, [len(text.split()) for text in texts])
    answers = fitted.predict("word word", 4)
    assert {type(answer) for answer in answers} == {Length}
    assert {answer.words for answer in answers} == {1, 2, 3, 4}
    fitted.save(tmp_path / "model")
    assert load(tmp_path / "model").predict("word word", 4) == answers


def test_data_of_another_kind_is_refused(tmp_path):
    fasta = tmp_path / "genes.fasta"
    fasta.write_text(">a yes\nACGT\n>b no\nGGTT\n" * 4)
    with pytest.raises(InputError, match="the data is dna; expected text"):
        task().fit(fasta)


def test_a_group_is_wholly_held_out_or_not_at_all(tmp_path):
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    rows = [f"{shop},word {shop} {row},{'yes' if row % 2 else 'no'}\n" for shop in range(10) for row in range(4)]
    path.write_text("shop,text,label\n" + "".join(rows))
    other.write_text("text,label\nword,yes\n")
    small = {"embedding": 4, "width": 8, "training": Training(epochs=1, batch=8)}
    recipe = Classifier(group="shop", **small).recipe()
    with Log(None) as log:
        train, valid, _ = recipe._parts(Source(path, None, "utf-8", tmp_path, Training(), 8), log)
        whole, named, _ = recipe._parts(Source(path, other, "utf-8", tmp_path, Training(), 8), log)
    assert {text.split()[1] for text in train.inputs}.isdisjoint(text.split()[1] for text in valid.inputs)
    assert len(valid) == 8
    assert (len(whole), len(named)) == (40, 1)  # where validation data is named, it needs no such column


@pytest.fixture(scope="module")
def mixed():
    """A model of texts that are told apart by a word, whose network has learnt hardly anything."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdefgh"), 5)) for _ in range(200)]
    labels = ["yes" if "a" in text else "no" for text in texts]
    settings = {"embedding": 4, "width": 4, "training": Training(epochs=1, batch=16, learning_rate=0.001)}
    return Classifier(**settings).fit(texts, labels), texts, labels


def test_a_network_that_knows_less_than_its_baseline_does_no_harm(mixed):
    model, texts, labels = mixed
    measured = model.evaluate(texts, labels)
    assert list(measured.columns) == ["mixture", "network", measured.baseline_name]
    assert measured.metrics["accuracy"] >= measured.baseline["accuracy"] - 0.02
    assert measured.metrics["loss"] < measured.parts["network"]["loss"]
    assert model.learnt_.labels.network < 0.5


def test_a_mixture_says_the_same_however_it_is_asked(mixed, tmp_path):
    model, texts, _ = mixed
    expected = [answer.score for answer in model.predict(texts[0], 2)]
    assert [answer.score for answer in model.stream().feed(texts[0]).top(2)] == pytest.approx(expected, abs=1e-6)
    reply = model.session().receive({"text": texts[0]})
    assert [answer["score"] for answer in reply["predictions"]] == pytest.approx(expected, abs=1e-6)
    assert model.trace(texts[0], 3)["decisions"][-1] == pytest.approx(model.predict_proba([texts[0]])[0], abs=1e-5)
    model.save(tmp_path / "model")
    assert [answer.score for answer in load(tmp_path / "model").predict(texts[0], 2)] == pytest.approx(expected)


def test_the_network_answers_alone_where_that_is_asked_for(mixed):
    model, texts, labels = mixed
    alone = copy.copy(model).set_params(mixture=False)
    measured = alone.evaluate(texts, labels)
    assert measured.name == "network"
    assert measured.metrics == model.evaluate(texts, labels).parts["network"]


def test_a_network_that_streams_answers_alone():
    texts = ["a b", "b a"] * 20
    settings = {"embedding": 4, "width": 4, "training": Training(epochs=1, batch=16)}
    model = Classifier(bidirectional=False, pooling="last", **settings).fit(texts, ["x", "y"] * 20)
    assert model.learnt_.labels.network == 1
    assert model.evaluate(texts, ["x", "y"] * 20).name == "network"
