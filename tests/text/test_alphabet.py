"""The letters of a language, as its words show them."""

import pytest

from unrolled.text.alphabet import common_letters


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        (["Aal", "Öl", ".", "12"], "laö"),
        (["نهر", "نور"], "نرهو"),
        (["नदी", "नीला"], "नीदला"),  # vowel signs are typed as letters are
        (["河", "岸"], "河岸"),
        ([], ""),
    ],
)
def test_letters_come_by_how_many_words_have_them(words: list[str], letters: str) -> None:
    assert sorted(common_letters(words)) == sorted(letters)
    assert common_letters(words)[:1] == letters[:1]


def test_letters_of_foreign_words_are_left_out() -> None:
    assert common_letters(["ab"] * 1_000 + ["ñ"]) == "ab"
    assert common_letters(["ab"] * 400 + ["ñ"]) == "abñ"
