"""Queries in one form."""

import pytest

from unrolled.text.queries import LONGEST, begun, normal


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("  How\tto\x00 BUILD\r\n", "how to build"),
        ("Cafe\u0301 ", "café"),
        ("ШКОЛА  \u3000 рядом", "школа рядом"),
        ("שלום עולם", "שלום עולם"),
        ("a\ud800b", "a\ufffdb"),
        (" \x00\t", ""),
    ],
)
def test_normal(query: str, expected: str) -> None:
    assert normal(query) == expected
    assert normal(expected) == expected
    expected.encode()


def test_a_space_at_the_end_of_what_is_typed_ends_a_word() -> None:
    assert begun(" How  to ") == "how to "
    assert begun("how") == "how"
    assert begun("   ") == begun("") == ""


def test_of_a_long_text_the_beginning() -> None:
    assert begun("ab" * 10_000) == "ab" * (LONGEST // 2)
