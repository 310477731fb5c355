"""What may belong to one person alone."""

import pytest

from unrolled.text.personal import is_personal


@pytest.mark.parametrize(
    "text",
    [
        "mail jane.doe@example.org",
        "call 555 123 4567",
        "+44 (0)20 7946 0018",
        "4111-1111-1111-1111",
        "123-45-6789 background check",
        "born 12/25/1980",
        "order 90210",
        "٠١٢٣٤٥",
        "221b baker street london",
        "1177 fulton mall 12 elm st",
        "hauptstraße 12",
        "12 bis rue de la paix",
        "calle de alcalá 42",
        "https://shop.example/cart?session=abc",
        "key a1b2c3d4-e5f6-g7h8",
        "gb29nwbk60161331926819",
    ],
)
def test_personal(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "how to build a boat",
        "weather 2009 2010",
        "42nd street new york",
        "windows 11 update",
        "top 10 songs of the 1980s",
        "iphone 12 pro 128 gb",
        "route 66",
        "baker street",
        "convert 55 square meters",
        "@ sign",
        "1 + 1 = 2",
        "שלום 24 שעות",
        "",
    ],
)
def test_not_personal(text: str) -> None:
    assert not is_personal(text)


def test_a_long_text_is_read_fast() -> None:
    assert not is_personal("a1 " * 20_000)
    assert is_personal("9" * 20_000)
    assert not is_personal("1" + "a" * 100)
