"""Everyday words: which ones a text lacks, how probable they are, and how their file is read."""

import json
import sys
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.errors import InputError, MissingExtra
from unrolled.text.cutting import Cutting
from unrolled.text.everyday import Everyday, check_languages, everyday_words

TOKENS = ["<unk>", "<eos>", "the", "house", "Anna"]
LISTS = {
    "en": {"the": 0.05, "monday": 1e-4, "i'm": 1e-3, "may": 1e-4, "i": 1e-2, "2nd": 1e-4, "u.s": 1e-4, "anna": 1e-5},
    "de": {"das": 0.05, "u-bahn": 1e-5, "the": 1e-4},
    "zh": {"的": 0.05, "我们": 1e-3},
}


@pytest.fixture
def lists(monkeypatch):
    """A small list of words in place of those of wordfreq."""
    small = SimpleNamespace(
        available_languages=lambda _: dict.fromkeys(LISTS), get_frequency_dict=lambda language, _: LISTS[language]
    )
    monkeypatch.setitem(sys.modules, "wordfreq", small)


def of(languages: str, tokens: list[str] = TOKENS) -> list[str]:
    found = everyday_words(languages, tokens, Cutting("word"))
    return [] if found is None else found.words


def test_the_most_frequent_words_that_are_words_and_that_the_tokens_lack(lists):
    assert of("en") == ["I'm", "may", "Monday"]
    assert of("en", ["<unk>", "<eos>", "the"]) == ["i'm", "may", "monday", "anna"], "no capitals anywhere"
    assert of("de, en") == ["das", "I'm", "may", "Monday", "u-bahn"]
    assert of("en", [*TOKENS, "I’m", "MONDAY", "May"]) == []


def test_a_language_that_is_not_known_is_refused(lists, monkeypatch):
    with pytest.raises(InputError, match=r"words is 'english'; did you mean en\? expected one of de, en, zh"):
        of("english")
    with pytest.raises(InputError, match=r"words is ''; expected one of de, en, zh"):
        of("en,")
    with pytest.raises(InputError, match=r"words is 'zh': it is written without spaces"):
        of("zh")
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    with pytest.raises(MissingExtra, match=r"unrolled\[words\]"):
        check_languages("en")


def test_the_lists_of_the_package_hold_everyday_words():
    assert set(check_languages("en,de")) == {"en", "de"}
    found = everyday_words("en", TOKENS, Cutting("word"))
    assert found is not None
    assert 25_000 < len(found) <= 30_000
    assert found.words[0] == "to"
    assert "Wednesday" in found.words


def test_words_seen_once_tell_how_probable_unseen_ones_are():
    everyday = Everyday(["hello", "world"], np.array([-200, -300])).after(np.array([0, 9, 5, 2, 1, 1]))
    assert everyday.once == 4
    p = np.array([0.01, 0.1, 0.5, 0.29, 0.06, 0.04], np.float32)
    np.testing.assert_allclose(everyday.spread(p), [0.11, *p[1:], 0.1, 0.01], rtol=1e-6)
    assert Everyday(["hello"], np.array([-200])).after(np.array([5, 1, 3, 2])).once == 4, "what is rare has no token"


def test_what_was_saved_is_read():
    saved = Everyday(["I'm", "नमस्ते", "می\u200cشود"], np.array([-200, -300, -301]), 2)
    read = Everyday.from_json(saved.to_json(), "there", 9)
    assert (read.words, read.centibels.tolist(), read.once) == (saved.words, [-200, -300, -301], 2)


@pytest.mark.parametrize(
    "change",
    [
        {"once": 1},
        {"once": 10},
        {"once": True},
        {"once": 2.0},
        {"words": ["a", "a"]},
        {"words": ["a", ""]},
        {"words": ["a", "b c"]},
        {"words": ["a", "b\n"]},
        {"words": ["a", "b" * 65]},
        {"words": ["a", 1]},
        {"words": "ab"},
        {"words": [], "centibels": []},
        {"centibels": [-1]},
        {"centibels": [-1, -2.5]},
        {"centibels": [-1, True]},
        {"centibels": [-1, 1]},
        {"centibels": [-1, -(10**30)]},
        {"more": 1},
    ],
)
def test_what_cannot_be_is_refused(change):
    saved = {"once": 2, "words": ["a", "b"], "centibels": [-200, -300]}
    with pytest.raises(InputError, match=r"^there: "):
        Everyday.from_json(json.dumps(saved | change), "there", 9)


@given(st.data())
def test_damage_is_refused_or_harmless(data):
    text = Everyday(["hello", "world"], np.array([-200, -300]), 2).to_json()
    at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 5))
    damaged = text[:at] + data.draw(st.text(max_size=5)) + text[at + length :]
    with suppress(InputError):
        read = Everyday.from_json(damaged, "there", 9)
        assert np.isfinite(read.spread(np.full(9, 1 / 9, np.float32))).all()
