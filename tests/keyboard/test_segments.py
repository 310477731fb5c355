"""Finished words and the one being typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.keyboard.segments import BREAK, Segments
from unrolled.text.cutting import Cutting

WORDS = Segments(Cutting("word"))


@pytest.mark.parametrize(
    ("text", "finished", "typed"),
    [
        ("", [], ""),
        ("hello", [], "hello"),
        ("hello ", ["hello"], ""),
        ("hello, wor", ["hello", ","], "wor"),
        ("the end.", ["the", "end", "."], ""),
        ("don'", [], "don'"),
        ("don't", [], "don't"),
        ("dogs' ", ["dogs", "'"], ""),
        ("well-", [], "well-"),
        ("3.", [], "3."),
        ("3.5", [], "3.5"),
        ("I.", [], "I."),
        ("e.g.", [], "e.g."),
        ('say "hel', ["say", '"'], "hel"),
        ("one  \t two", ["one"], "two"),
        ("one\n\n two", ["one", BREAK], "two"),
        ("one \n \n", ["one", BREAK], ""),
        ("\n\n one", [], "one"),
        ("日本語 です", ["日", "本", "語", " ", "で", "す"], ""),
        ("من می\u200c", ["من"], "می\u200c"),
        ("EU:", [], "EU:"),
        ("note: ", ["note", ":"], ""),
        ("col·", [], "col·"),
        ('צה"', [], 'צה"'),
        ("ok 👍🏽", ["ok", "👍🏽"], ""),
        ("ok ❤️", ["ok", "❤️"], ""),
        ("привет ми", ["привет"], "ми"),
        ("a 😀", ["a", "😀"], ""),
        ("e\u0301", [], "e\u0301"),
    ],
)
def test_cuts_words_as_the_tokenizer_does(text, finished, typed):
    segments, start = WORDS.of(text, 0, True)
    assert [segment.text for segment in segments] == finished
    assert text[start:] == typed
    assert all(text[: segment.end].endswith(segment.text) for segment in segments)


@given(st.text("ab3 .'-\n,é", max_size=20))
def test_what_is_finished_is_what_the_tokenizer_finds_whatever_follows(text):
    segments, start = WORDS.of(text, 0, True)
    words = [segment.text for segment in segments if segment.text != BREAK]
    cut = Cutting("word").pieces
    for following in ("a", "3", " ", ".b", "'s"):
        assert [part for part, _ in cut(text + following)][: len(words)] == words
    assert [part for part, _ in cut(text[:start] + " ")] == words


@pytest.mark.parametrize(
    ("text", "finished", "typed"),
    [("x,  y \n z", ["x,", "  y", BREAK], "z"), ('say "hel', ["say", ' "'], "hel"), ("end.", ["end."], "")],
)
def test_parts_of_words_keep_their_white_space(text, finished, typed):
    segments, start = Segments(Cutting("bpe")).of(text, 0, True)
    assert ([segment.text for segment in segments], text[start:]) == (finished, typed)


def test_tokenised_text_is_cut_at_white_space():
    segments, start = Segments(Cutting("space")).of("the <unk> 's don't", 0, True)
    assert ([segment.text for segment in segments], start) == (["the", "<unk>", "'s"], 13)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("I ❤\ufe0f", ""),
        ("I ❤\ufe0fyo", "yo"),
        ("ok 👍🏽", ""),
        ("cafe\u0301", "cafe\u0301"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
    ],
)
def test_for_earlier_models_the_mark_of_an_emoji_is_not_being_typed(text, typed):
    _, at = Segments(Cutting("word", earlier=True)).of(text, 0, True)
    assert text[at:] == typed
