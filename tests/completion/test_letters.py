"""What each letter may be typed as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.completion.letters import MARK, bases_of, code_points, composed, fold, pairs_of


@pytest.mark.parametrize(
    ("letters", "bases"),
    [
        ("éǻứñç", "eaunc"),  # they decompose
        ("łøđðħıς", "lodđhis".replace("đ", "d").replace("s", "σ")),
        ("άϊΰ", "αιυ"),
        ("ёйїґў", "еиігу"),
        ("أإآٱؤئىةک", "ااااويهك".replace("ويه", "وييه")),
        ("’‘׳", "'''"),
        ("語😀ßæþ", "語😀ßæþ"),  # they have none
        ("한が", "한が"),  # parts of a syllable are not its accents
        ("कि", "कि"),  # nor are India's vowels
    ],
)
def test_the_base_of_a_letter(letters, bases):
    assert bases_of(letters).tolist() == code_points(bases).tolist()


@pytest.mark.parametrize("mark", ["\u05b8", "\u064e", "\u0640", "\u200c", "\u00ad", "\u0301"])
def test_points_vowel_signs_and_joiners_are_marks(mark):
    assert bases_of(mark).tolist() == [MARK]


def test_two_letters_in_place_of_one():
    assert pairs_of("ßa").tolist() == [ord("s") | ord("s") << 8, 0]
    assert pairs_of("plain").tolist() == [0] * 5


def test_composed_and_decomposed_are_one():
    assert composed("cafe\u0301") == composed("café") == "café"


@given(st.text(max_size=12), st.integers(0, 12))
def test_a_beginning_folds_to_a_beginning(text, length):
    assert fold(text).startswith(fold(text[:length]))
    assert len(fold(text)) == len(text) == len(bases_of(text)) == len(pairs_of(text))
