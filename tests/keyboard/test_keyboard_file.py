"""A saved keyboard is a stranger's bytes until every part of it has been checked."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled import InputError, NextWord, Training
from unrolled.storage.tensor_file import encode_tensors, read_tensors


@pytest.fixture(scope="module")
def saved(task):
    """What a keyboard that has learnt and forgotten something saves."""
    return task.session().learn("zorblax meets zorblik. ").write("zorblix sees zorblen ").forget("zorblax").save()


def test_goes_on_from_what_was_saved(task, saved, tmp_path):
    (tmp_path / "mine").write_bytes(saved)
    keyboard = task.session().write("something else ")
    keyboard.restore((tmp_path / "mine").read_bytes())
    assert keyboard.text == "zorblix sees zorblen "
    assert keyboard.save() == saved
    assert {suggestion.text for suggestion in keyboard.edit(append="zor").suggest()} == {
        "zorblix",
        "zorblen",
        "zorblik",
    }
    empty = task.session()
    empty.restore(task.session().save())
    assert empty.suggest() == task.session().suggest()


def tensors_of(saved):
    return read_tensors(io.BytesIO(saved), len(saved), "saved", None)[0]


def test_what_an_earlier_version_saved_is_read(task, saved):
    earlier = tensors_of(saved)
    for name in ("sure", "doubted", "below"):
        del earlier[name]
    keyboard = task.session().restore(encode_tensors(earlier, "saved"))
    assert sorted(suggestion.text for suggestion in keyboard.edit(append="zor").suggest()) == [
        "zorblen",
        "zorblik",
        "zorblix",
    ]


def test_errors_and_cases_are_kept(task):
    learnt = task.session().learn("the cat sees teh moon. Quimble sees Zorblax.")
    restored = task.session().restore(learnt.save())
    assert restored._before.adaptation.own_words.entries == learnt._before.adaptation.own_words.entries
    assert restored.save() == learnt.save()


def test_learning_off_stays_off(task):
    keyboard, other = task.session(), task.session()
    keyboard.learning = False
    other.restore(keyboard.save())
    assert other.learning is False


@settings(max_examples=40)
@given(st.data())
def test_random_and_damaged_bytes_are_refused_or_harmless(task, saved, data):
    damaged = bytearray(saved)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(saved) - 1))] = data.draw(st.integers(0, 255))
    keyboard = task.session().write("the cat ")
    before = keyboard.suggest()
    for content in (bytes(damaged), data.draw(st.binary(max_size=200)), saved[: data.draw(st.integers(0, len(saved)))]):
        try:
            keyboard.restore(content)
        except InputError:
            assert keyboard.suggest() == before
        else:
            assert len(keyboard.edit(append="the z").suggest(5)) <= 5
            keyboard = task.session().write("the cat ")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ids", lambda x: x + 1_000_000),
        ("ids", lambda x: x - 1_000_000),
        ("ids", lambda x: x[:-1]),
        ("ids", lambda x: x[None]),
        ("ids", lambda x: x.astype(np.int32)),
        ("counts", lambda x: x * 0),
        ("counts", lambda x: x - 100),
        ("counts", lambda x: x[:-1]),
        ("counts", lambda x: x + 2**50),
        ("own", lambda x: x[:-3] * 0 + 97),
        ("sure", lambda x: x + 2),
        ("doubted", lambda x: x[:-1]),
        ("below", lambda x: x - 1),
        ("below", lambda x: x + 2**40),
        ("own", lambda x: x * 0 + 255),
        ("text", lambda x: x[:5]),
        ("text", lambda x: x * 0 + 0x80),
        ("text", lambda x: np.resize(x, 30_000)),
        ("features", lambda x: x[:, :-1]),
        ("features", lambda x: x * np.float32(0) if len(x) == 0 else x[:-1]),
        ("features", lambda x: x * 0 + np.float32(3e38)),
        ("numbers", lambda x: x[:-1]),
        ("numbers", lambda x: x - np.array([0, 0, 0, 1])),
        ("numbers", lambda x: x + np.array([100, 0, 0, 0])),
        ("numbers", lambda x: x + np.array([0, 0, 5, 0])),
        ("numbers", lambda x: x + np.array([0, 1, 0, 0])),
        ("model", lambda x: x + 1),
        ("model", lambda x: x[None]),
    ],
)
def test_what_cannot_be_is_refused(task, saved, name, change):
    tensors = tensors_of(saved)
    tensors[name] = np.ascontiguousarray(change(tensors[name].copy()))
    keyboard = task.session()
    with pytest.raises(InputError, match="a saved keyboard"):
        keyboard.restore(encode_tensors(tensors, "saved"))
    assert keyboard.suggest() == task.session().suggest()


def test_what_is_no_bytes_or_another_models_is_refused(task, saved, book):
    with pytest.raises(InputError, match="is bytes"):
        task.session().restore("text")
    training = Training(epochs=1, batch=8, window=10)
    other = NextWord(vocabulary=12, width=16, order=2, training=training).fit(book)
    with pytest.raises(InputError, match="another model's"):
        other.session().restore(saved)
