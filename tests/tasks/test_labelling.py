"""The recipe of labelled examples, by a task of a program's own: its answers and the inputs that it may learn from."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

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
        train, valid, _ = recipe._parts(Source(path, None, "utf-8", tmp_path, Training()), log)
        whole, named, _ = recipe._parts(Source(path, other, "utf-8", tmp_path, Training()), log)
    assert {text.split()[1] for text in train.inputs}.isdisjoint(text.split()[1] for text in valid.inputs)
    assert len(valid) == 8
    assert (len(whole), len(named)) == (40, 1)  # where validation data is named, it needs no such column
