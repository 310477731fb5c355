"""A keyboard with a block list."""

import pytest

import unrolled
from unrolled import InputError, NextWord
from unrolled.completion.blocked import BlockList


@pytest.fixture(scope="module")
def careful(keyboard):
    """The small keyboard, which never suggests some words."""
    task = unrolled.load(keyboard)
    task.blocked_ = BlockList(["Sees", "zorblax", "the dog"])
    return task


def offered(session, text, n=8):
    return [suggestion.text for suggestion in session.write(text).suggest(n)]


def test_a_blocked_word_is_never_suggested(task, careful):
    for text in ("the cat ", "the cat s", "the cat see", "the cat sees", "the cat sese", "the cat SEE", "catsees"):
        words = [word.lower() for given in offered(careful.session(), text) for word in given.split()]
        assert "sees" not in words, text
        assert "sees" in " ".join(offered(task.session(), text)).lower(), text


def test_nor_a_word_that_ends_a_blocked_term(task, careful):
    assert "dog" in offered(task.session(), "the d")
    assert "dog" not in offered(careful.session(), "the d")
    assert "dog" in offered(careful.session(), "a d")
    assert "the dog" not in offered(careful.session(), "thedog")


def test_it_can_be_typed_but_nothing_is_corrected_to_it(careful):
    session = careful.session()
    session.autocorrect = True
    for letter in "the cat sese sees zorblax ":
        session.edit(append=letter)
    assert session.text == "the cat sese sees zorblax "


def test_it_is_not_learnt(careful):
    session = careful.session().learn("Ich mag zorblax und zorblay. " * 5)
    assert offered(session, "zorb") == ["zorblay"]


def test_what_was_learnt_before_it_was_blocked_is_not_suggested(task, careful):
    saved = task.session().learn("Ich mag zorblax und zorblay. " * 5).save()
    assert "zorblax" in offered(task.session().restore(saved), "zorb")
    assert offered(careful.session().restore(saved), "zorb") == ["zorblay"]


def test_it_is_saved_with_the_model(careful, tmp_path):
    careful.save(tmp_path / "careful")
    loaded = unrolled.load(tmp_path / "careful")
    assert loaded.blocked_.terms == careful.blocked_.terms
    assert "sees" not in offered(loaded.session(), "the cat s")
    loaded.blocked_ = BlockList()
    assert "sees" in offered(loaded.session(), "the cat s")
    loaded.save(tmp_path / "free")
    assert not (tmp_path / "free" / "blocked.txt").exists()


def test_fit_reads_the_file_before_anything_else(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"good\n\xff\n")
    with pytest.raises(InputError, match=r"bad\.txt:2: byte 0xff"):
        NextWord(block=str(tmp_path / "bad.txt")).fit(["nothing is read of this"], show=False)
