import numpy as np
import pytest

import unrolled
from unrolled import InputError, Summarizer, Training
from unrolled.data.pair_batches import collated

NAMES = (("Ann", 12), ("Bob", 7), ("Eve", 55), ("Zoe", 91), ("Ida", 40), ("Max", 33))
PAIRS = [(f"Hello all, {name} has left today. Room {n} is free.", f"{name} has left room {n}") for name, n in NAMES]


@pytest.fixture(scope="module")
def model():
    quick = Training(epochs=90, batch=6, learning_rate=0.02)
    return Summarizer(width=32, embedding=32, dropout=0.0, vocabulary=22, training=quick).fit(PAIRS, show=False)


def test_words_that_it_never_saw_are_copied(model):
    assert [model.predict(document)[0].text for document, _ in PAIRS] == [summary for _, summary in PAIRS]


def test_numbers_come_from_the_document(model):
    texts = [f"Hello all, {name} has left today. Room {n} is free." for name, n in (("Uwe", 404), ("Xia", 500))]
    for text, answer in zip(texts, model.predict_many(texts), strict=True):
        assert all(word in text for word in answer[0].text.split() if word.isdigit())
    assert model.evaluate(PAIRS, show=False).metrics["numbers_held"] == 1


def test_a_length_can_be_asked_for(model):
    (short,), (long,) = (model.align([PAIRS[0][0]], length=name)[0] for name in ("short", "long"))
    assert len(short.ids) <= len(long.ids)
    with pytest.raises(InputError, match="length"):
        model.predict(PAIRS[0][0], length="tiny")


def test_a_saved_model_answers_the_same_without_torch(model, tmp_path):
    model.save(tmp_path / "model")
    loaded = unrolled.load(tmp_path / "model")
    assert loaded.predict(PAIRS[1][0]) == model.predict(PAIRS[1][0])


def test_probabilities_of_what_can_be_written_sum_to_one(model):
    encoded = model.codec_.source("Quux has left room 5 with 12 others.")
    writer = model.frozen().read(*collated([encoded.inputs]))
    stepped, _ = writer.step(np.array([1]), writer.start())
    assert np.exp(stepped.log_probabilities[0]).sum() == pytest.approx(1, abs=1e-5)
    assert stepped.log_probabilities.shape[1] > model.codec_.vocabulary


def test_no_number_follows_that_the_document_lacks(model):
    document = "Hello all, Quux has left today. Room 404 is free."
    names = model.codec_.target_names(model.following(document, [], 1_000), model.codec_.source(document))
    assert {name.strip() for name in names if any(letter.isdigit() for letter in name)} == {"404"}


@pytest.mark.parametrize("settings", [{"coverage": 1.0}, {"copying": False}])
def test_coverage_and_generation_alone_are_settings(settings, tmp_path):
    quick = Training(epochs=2, batch=6)
    small = Summarizer(width=8, embedding=8, vocabulary=22, training=quick, **settings).fit(PAIRS, show=False)
    unseen = "Quux has left room 5 with 12 others."
    assert small.predict(unseen)[0].score > 0
    small.save(tmp_path / "model")
    assert unrolled.load(tmp_path / "model").predict(unseen) == small.predict(unseen)


def test_an_answer_goes_on_from_words_that_were_copied(model):
    document = PAIRS[2][0]
    document = document.replace("Eve", "Quux")
    begun = model.prefix_ids(document, "Quux has")
    assert begun[0] >= model.codec_.vocabulary
    assert model.align([document], prefixes=[begun])[0][0].translation.text.startswith("Quux has")
    others = model.alternatives(document, begun[:1], n=3)
    assert len(others) == 3
    assert all(list(one.ids[:1]) == begun[:1] for one in others)
    with pytest.raises(InputError, match="the prefix has the token"):
        model.align([document], prefixes=[[model.codec_.vocabulary + 99]])


def test_an_answer_does_not_depend_on_documents_beside_it(model):
    alone = [model.align([document], n_best=3)[0] for document, _ in PAIRS]
    together = model.align(
        [document for document, _ in PAIRS] + ["All words here are strange to it: Quux, Zork."], n_best=3
    )
    for one, other in zip(alone, together, strict=False):
        assert [(a.translation, list(a.ids)) for a in one] == [(b.translation, list(b.ids)) for b in other]
        assert all(np.array_equal(a.attention, b.attention) for a, b in zip(one, other, strict=True))
