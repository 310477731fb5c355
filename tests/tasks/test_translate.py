"""Translators: what is chosen by the data, every attention and cell, and inputs of all kinds."""

import math

import numpy as np
import pytest
from tests.tasks.test_pair_contract import SENTENCES, SPELLINGS

from unrolled import InputError, Training, Translator
from unrolled.layers import ATTENTIONS

SMALL = {"width": 8, "embedding": 6, "dropout": 0.0, "training": Training(epochs=1, batch=8)}
LEARNT = {"width": 16, "training": Training(epochs=30, batch=4, learning_rate=0.03), "varied": False}
TEXT = "see {name} at https://example.org/a?b=1 from 9 to 12"


def fitted(pairs, **settings) -> Translator:
    return Translator(**{**SMALL, **settings}).fit(pairs, show=False)


@pytest.fixture(scope="module")
def model() -> Translator:
    return fitted(SENTENCES, tokens="word", **LEARNT)


@pytest.fixture(scope="module")
def parts() -> Translator:
    """One that reads and writes byte pairs, which no text is strange to."""
    return fitted(SENTENCES, vocabulary=300, **LEARNT)


# Settings ------------------------------------------------------------------------------------------------------------


def test_tokens_and_vocabulary_suit_the_data(parts):
    assert parts.texts_.subwords
    assert parts.texts_.shared
    assert "tokens of both sides" in parts.describe()
    assert not parts.spelled
    assert (parts.metadata()["spelled"], parts.metadata()["cell"]) == (False, "gru")
    spelled = fitted(SPELLINGS * 3)
    assert spelled.texts_.spelled
    assert not spelled.texts_.shared
    assert spelled.spelled
    assert [name.strip() for name in spelled.texts_.source("cat").names[:-1]] == ["c", "a", "t"]
    assert set(spelled.predict("cat")[0].text.split()) <= set("ABKTU")
    other = fitted([("красная собака", "the red dog"), ("красная кошка", "the red cat")] * 4, vocabulary=300)
    assert not other.texts_.shared


@pytest.mark.parametrize(
    "settings",
    [
        *({"attention": name} for name in ATTENTIONS),
        *({"cell": name} for name in ("lstm", "ssru", "slstm", "mingru")),
        {"feeding": True, "layers": 2},
        {"tied": False, "layers": 2, "smoothing": 0.0},
        {"shared": False, "dropout": 0.5},
    ],
    ids=str,
)
def test_every_shape_of_it_learns_and_answers(settings):
    task = fitted(SENTENCES, tokens="word", **settings)
    assert math.isfinite(task.fitted_.loss)
    for aligned in (task.align(["the red dog runs"], n_best=2)[0], [*task.forming("the red dog runs")][-1]):
        assert 0 < aligned[0].translation.score <= 1
        np.testing.assert_allclose(aligned[0].attention.sum(1), 1, atol=1e-5)


def test_settings_that_contradict_each_other_are_refused():
    for settings, expected in (
        ({"width": 7}, "width is 7; expected an even number"),
        ({"delimiter": "ab"}, "delimiter"),
        ({"tokens": "words"}, "tokens"),
        ({"tokens": "word,bpe,word"}, "tokens"),
        ({"shared": True, "tokens": "character,space"}, "shared"),
        ({"tokenizer": "none.json"}, r"none\.json"),
    ):
        with pytest.raises(InputError, match=expected):
            fitted(SENTENCES, **settings)


def test_its_score_is_no_sum_of_probabilities_but_a_mean(model):
    """So that long answers are not less sure than short ones."""
    (mean,) = model.align(["the red dog runs"])[0]
    (whole,) = model.align(["the red dog runs"], length_penalty=0.0, prefixes=[mean.ids])[0]
    assert whole.ids == mean.ids
    assert whole.translation.score == pytest.approx(mean.translation.score ** (len(mean.ids) + 1), rel=1e-5)


# Inputs --------------------------------------------------------------------------------------------------------------


STRANGE = [
    "dog", "a" * 40, "a a a a a a a a", "猫が好き", "это русский текст", "a\0b\x07 the dog", "\ud800 dog", "🙂", "...",
]  # fmt: skip


@pytest.mark.parametrize("raw", STRANGE, ids=ascii)
def test_strange_inputs_have_sensible_answers(model, parts, raw):
    for task in (model, parts):
        (answer,) = task.predict(raw)
        words = answer.text.split()
        assert not any(len(set(words[i : i + 3])) == 1 for i in range(len(words) - 2)), words
        assert answer.text.isprintable()
        assert 0 < answer.score <= 1
        for said in (answer.text, task.remark(raw)):
            said.encode()


def test_what_is_nothing_is_answered_by_nothing(model, parts):
    for task in (model, parts):
        assert [answers[0].text for answers in task.predict_many(["", " ", "\n\n", "\t"])] == [""] * 4
        assert task.remark("") == ""


def test_letters_case_changes_no_translation(model, parts):
    for task in (model, parts):
        small, capital, title = task.predict_many(["the red dog runs", "THE RED DOG RUNS", "The Red Dog Runs"])
        assert small[0].score == capital[0].score == title[0].score
        assert capital[0].text == small[0].text.upper()
        assert title[0].text.lower() == small[0].text.lower()


def test_what_is_not_read_is_told(model, parts):
    assert model.remark("the " * 10_000) == "the input was cut after 400 of 10,000 tokens; expected shorter ones"
    assert len(model.predict("the " * 10_000)[0].text) > 0
    assert model.remark("猫が好き").startswith("nothing of '猫が好き' is known to the model")
    for task in (model, parts):
        assert task.remark("the red dog runs") == ""


def test_what_must_come_out_does(model, parts):
    for task in (model, parts):
        (answer,) = task.predict(TEXT)
        for held in ("{name}", "https://example.org/a?b=1", "9", "12"):
            assert answer.text.count(held) == 1, answer.text
        for raw, held in (
            ("%s of %d", ["%s", "%d"]),
            ("the <b>dog</b> runs", ["<b>", "</b>"]),
            ("{name} and {name}", ["{name}"]),
            ("1 2 3 4 5 6 7 8 9 10 11 12", ["1", "2", "9", "10", "11", "12"]),
        ):
            written = task.predict(raw)[0].text
            assert all(part in written for part in held), written
        assert "Katze" in task.predict("the red dog runs", glossary={"Dog": "Katze"})[0].text
    assert "Köter" in parts.predict("the red dog runs", glossary={"dog": "Köter"})[0].text
    with pytest.raises(InputError, match="the glossary's 'Köter' cannot be written"):
        model.predict("the red dog runs", glossary={"dog": "Köter"})


def test_answers_begin_as_they_are_told(model, parts):
    for task in (model, parts):
        ids = task.prefix_ids("the red dog runs", "eine kleine")
        (best,) = task.align(["the red dog runs"], prefixes=[ids])[0]
        assert best.ids[: len(ids)] == list(ids)
        assert best.translation.text.startswith("eine kleine")
