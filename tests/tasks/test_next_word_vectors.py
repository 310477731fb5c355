"""A language model whose embedding starts from word vectors."""

import copy

import numpy as np
import pytest

import unrolled
from unrolled import InputError, NextWord, Training
from unrolled.text.cutting import words
from unrolled.text.word_vectors import WordVectors

QUICK = Training(epochs=1, batch=4, window=8, learning_rate=0.02)
STILL = Training(epochs=1, batch=4, window=8, learning_rate=0.0)


@pytest.fixture
def file(book, tmp_path):
    path = tmp_path / "vectors.txt"
    WordVectors.train([words(text) for text in book.read_text(encoding="utf-8").split("\n\n")], 8).write(path)
    return path


@pytest.mark.parametrize("settings", [{}, {"model": "dense"}, {"tied": False, "embedding": 8, "width": 12}], ids=str)
def test_the_embedding_starts_from_the_vectors(book, file, settings):
    model = NextWord(**{"width": 8, "vectors": str(file), "training": STILL} | settings).fit(book)
    start, vectors = model.weights_.words.vectors, WordVectors.read(file)
    rows = {token: row for row, token in enumerate(model.input_.tokenizer.tokens)}
    for token, word in (("cat", "cat"), ("Anna", "anna"), (".", ".")):
        np.testing.assert_array_equal(start[rows[token]], vectors.vectors[vectors.tokens.index(word)])
    assert np.isfinite(start).all()
    assert start[rows["<eos>"]].any()


def test_the_start_changes_what_is_learnt_and_nothing_else_does(book, file):
    one, again, without = (
        NextWord(width=8, vectors=vectors, training=QUICK).fit(book) for vectors in (str(file), str(file), None)
    )
    np.testing.assert_array_equal(one.weights_.words.vectors, again.weights_.words.vectors)
    assert not np.array_equal(one.weights_.words.vectors, without.weights_.words.vectors)


def test_the_file_is_not_needed_once_the_model_is_saved(book, file, tmp_path):
    model = NextWord(width=8, vectors=str(file), training=QUICK).fit(book)
    model.save(tmp_path / "model")
    file.unlink()
    loaded = unrolled.load(tmp_path / "model")
    assert loaded.vectors == str(file)
    assert loaded.predict("the cat") == model.predict("the cat")
    assert loaded.tune(book, training=QUICK).fitted_.start


def test_a_run_is_resumed_with_the_same_vectors_alone(book, file, tmp_path):
    run, model = tmp_path / "model.run", NextWord(width=8, vectors=str(file), training=QUICK)
    model.fit(book, run=run)
    for other in (None, str(tmp_path / "copy.txt")):
        WordVectors.read(file).write(tmp_path / "copy.txt")
        changed = copy.copy(model).set_params(vectors=other)
        with pytest.raises(InputError, match=r"written with settings\.vectors"):
            changed.fit(book, run=run, resume=True)
    expected = model.weights_.words.vectors
    np.testing.assert_array_equal(model.fit(book, run=run, resume=True).weights_.words.vectors, expected)


@pytest.mark.parametrize(("settings", "units"), [({}, 8), ({"tied": False}, 12), ({"layers": 2}, 8)], ids=str)
def test_the_file_says_how_long_the_vectors_are(book, file, tmp_path, caplog, settings, units):
    model = NextWord(width=12, vectors=str(file), training=STILL, **settings).fit(book)
    assert f"{file}: its vectors have 8 numbers, and so have those of the model" in caplog.messages
    assert model.weights_.words.vectors.shape[1] == 8
    assert model.network()[0].layers.widths[-1] == units
    assert ("its layer has 8 units" in model.summary()) == (settings == {})
    model.save(tmp_path / "model")
    file.unlink()
    loaded = unrolled.load(tmp_path / "model")
    assert loaded.predict("the cat") == model.predict("the cat")
    assert loaded.embedding is None


def test_vectors_that_do_not_fit_are_refused(book, file, tmp_path):
    with pytest.raises(InputError, match=r"embedding is 16, the vectors of .* have 8 numbers; leave embedding out"):
        NextWord(width=16, embedding=16, vectors=str(file), training=QUICK).fit(book)
    with pytest.raises(InputError, match=r"missing\.vec: No such file"):
        NextWord(width=8, vectors="missing.vec", training=QUICK).fit(book)
    WordVectors(["xyzzy"], np.ones((1, 8))).write(tmp_path / "other.vec")
    with pytest.raises(InputError, match=r"none of the .* tokens is among the 1 words"):
        NextWord(width=8, vectors=str(tmp_path / "other.vec"), training=QUICK).fit(book)
