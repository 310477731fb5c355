"""Words in the case that they have within sentences."""

import json

import pytest

from unrolled.errors import InputError
from unrolled.text.truecase import Truecaser, is_capitals

GERMAN = [
    "Ein Mann sieht zu, und der Hund schläft.",
    "Der Mann hat ein Haus. Er wohnt ca. drei Jahre dort.",
    "Hunde bellen. Das stört den Mann, der um 8. oder 9. etwa schläft.",
    "Dann kommt er.",
]


@pytest.fixture(scope="module")
def truecaser() -> Truecaser:
    return Truecaser.learn(GERMAN)


@pytest.mark.parametrize(
    ("text", "cased"),
    [
        ("Ein Haus. Der Hund!", "ein Haus. der Hund!"),
        ("Mann und Hund", "Mann und Hund"),
        ("„Der Mann“ ist da.", "„der Mann“ ist da."),
        ("Quark ist da.", "Quark ist da."),  # a word that was not seen keeps its capital
        ("DER MANN SCHLÄFT", "der Mann schläft"),
        ("ca. Der", "ca. Der"),
    ],
)
def test_the_first_words_of_sentences_lose_their_capital(truecaser: Truecaser, text: str, cased: str) -> None:
    assert truecaser.cased(text) == cased


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("ein Haus. der Hund! (er) «so» – ja?", "Ein Haus. Der Hund! (Er) «so» – ja?"),
        ("ca. drei, z. B. acht am 4. oder so", "Ca. drei, z. B. acht am 4. oder so"),
        ("iPhone von example.com", "iPhone von example.com"),
        ("猫がいる。текст", "猫がいる。Текст"),
        ("", ""),
    ],
)
def test_sentences_get_their_capital_again(truecaser: Truecaser, text: str, restored: str) -> None:
    assert truecaser.restored(text) == restored


def test_what_is_kept_stays_as_it_is(truecaser: Truecaser) -> None:
    assert truecaser.restored("{name} ist groß", True, [(0, 6)]) == "{name} IST GROSS"
    assert truecaser.restored("www.a.de ist", False, [(0, 8)]) == "www.a.de ist"


def test_texts_without_capitals_get_none() -> None:
    truecaser = Truecaser.learn(["ein mann sieht zu.", "der hund"])
    assert truecaser.restored(truecaser.cased("ein hund. er")) == "ein hund. er"


def test_turkish_has_its_own_pairs() -> None:
    truecaser = Truecaser.learn(["Istanbul'da ısı var.", "Iğdır ılık, ışık.", "Bir iki."])
    assert truecaser.restored("istanbul ılık") == "İstanbul ılık"
    assert truecaser.restored("istanbul ılık", capitals=True) == "İSTANBUL ILIK"


@pytest.mark.parametrize(("text", "capitals"), [("STOP NOW", True), ("OK", False), ("Stop NOW", False), ("猫", False)])
def test_what_is_written_in_capitals(text: str, capitals: bool) -> None:
    assert is_capitals(text) == capitals


def test_it_is_restored(truecaser: Truecaser) -> None:
    saved = json.loads(json.dumps(truecaser.saved()))
    assert Truecaser.restore(saved, "x.json").saved() == truecaser.saved()


@pytest.mark.parametrize("changed", [{"casing": {}}, {"forms": 1}, {"abbreviations": [1]}, {"capitals": "no"}])
def test_what_is_damaged_is_refused(truecaser: Truecaser, changed: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"x\.json"):
        Truecaser.restore({**truecaser.saved(), **changed}, "x.json")
    with pytest.raises(InputError, match=r"x\.json"):
        Truecaser.restore(None, "x.json")
