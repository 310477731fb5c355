"""A model goes on after os.chdir, in copies, pickles and other processes, and without its folder; and is shown."""

import copy
import multiprocessing
import pickle
import shutil

import pytest

import unrolled
from unrolled import Classifier, Decoding, InputError, NextWord, Training

TEXTS = ["the sky is blue and the sea is <b>blue</b>"] * 30
QUICK = Training(epochs=1, batch=4)


@pytest.fixture(scope="module")
def writer():
    return NextWord(width=8, training=QUICK).fit(TEXTS)


def without_its_folder(task, folder, monkeypatch):
    """Loaded by a relative path from a folder that is gone."""
    task.save(folder / "model")
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        loaded = unrolled.load("model")
    shutil.rmtree(folder / "model")
    return loaded


def test_a_loaded_model_needs_neither_its_folder_nor_the_working_one(writer, tmp_path, monkeypatch):
    loaded = without_its_folder(writer, tmp_path, monkeypatch)
    expected = writer.evaluate(TEXTS[:3])
    for one in (pickle.loads(pickle.dumps(loaded)), copy.deepcopy(loaded), loaded):
        assert one.evaluate(TEXTS[:3]) == expected
        one.save(tmp_path / "again", overwrite=True)
        assert (tmp_path / "again" / "vocabulary.json").stat().st_size
        assert one.tune(TEXTS, training=QUICK).predict("the sky", 1)


def test_a_loaded_classifier_needs_no_folder(tmp_path, monkeypatch):
    texts, labels = ["good film", "bad film"] * 4, ["p", "n"] * 4
    task = Classifier(width=4, embedding=4, training=QUICK).fit(texts, labels)
    loaded = without_its_folder(task, tmp_path, monkeypatch)
    assert loaded.evaluate(texts, labels) == task.evaluate(texts, labels)


def test_copies_of_a_model_that_has_talked(writer):
    writer.session().write("the s").suggest()
    for one in (pickle.loads(pickle.dumps(writer)), copy.deepcopy(writer), copy.copy(writer)):
        assert one.predict("the sky") == writer.predict("the sky")
        assert one.session().write("the s").suggest() == writer.session().write("the s").suggest()


def test_it_is_sent_to_another_process(writer):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(writer.predict, ("the sky", 2)) == writer.predict("the sky", 2)


def test_decoding_is_written_out_or_given(writer):
    given = writer.generate("the", 6, Decoding(temperature=0.5, seed=3))
    assert writer.generate("the", 6, temperature=0.5, seed=3) == given
    assert writer.generate("the", 6, Decoding(temperature=0.5), seed=3) == given
    with pytest.raises(InputError, match="Decoding has no setting 'temprature'; it has temperature"):
        writer.generate("the", 6, temprature=0.5)
    with pytest.raises(InputError, match="temperature is -1"):
        writer.generate("the", 6, temperature=-1)


def test_it_is_shown_in_a_line(writer):
    assert repr(NextWord()) == "<NextWord(), not fitted>"
    assert repr(NextWord(cell="gru", training=Training(minutes=2))) == (
        "<NextWord(cell='gru', training=Training(minutes=2)), not fitted>"
    )
    assert repr(writer).startswith("<NextWord(width=8, training=Training(epochs=1, batch=4)), fitted on ")


def test_it_is_shown_in_a_notebook(writer):
    page = writer._repr_html_()
    assert "perplexity" in page
    assert "<td>dropout</td>" in page
    hostile = Classifier(columns="<script>,label")._repr_html_()
    assert "<script>" not in hostile
    assert "&lt;script&gt;" in hostile


def test_streams_and_evaluations_are_printed_for_people(writer):
    stream = writer.stream()
    assert str(stream) == "0 steps read: no answer yet"
    stream.feed("the sky")
    assert str(stream) == "2 steps read: " + ", ".join(f"{one.text} {one.score:.1%}" for one in stream.top())
    assert repr(stream) == "<Stream, 2 steps read>"
    measured = writer.evaluate(TEXTS[:3])
    assert str(measured) == measured.table()
    assert measured._repr_html_().startswith("<pre>")
