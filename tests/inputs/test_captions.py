"""Captions as ids and back, and how long they are."""

import json

import pytest

from unrolled.errors import InputError
from unrolled.inputs.captions import CaptionTexts
from unrolled.inputs.codec import Length
from unrolled.text.tokens import UNKNOWN

CAPTIONS = ["A dog runs.", "The dog's ball is red.", "A man sees Paris, a dog and a ball.", "Two dogs run in Paris."]


@pytest.fixture(scope="module")
def texts() -> CaptionTexts:
    return CaptionTexts.learn(CAPTIONS, 100)


@pytest.mark.parametrize("caption", CAPTIONS)
def test_a_caption_comes_back_as_it_was(texts: CaptionTexts, caption: str) -> None:
    assert texts.text(texts.ids(caption).tolist()) == caption


def test_a_sentence_begins_in_small_letters_where_words_do(texts: CaptionTexts) -> None:
    assert texts.names(texts.ids("A dog").tolist()) == ["a", " dog"]
    assert texts.ids("A dog").tolist() == texts.ids("a  dog").tolist()


def test_names_in_capitals_stay_in_capitals() -> None:
    texts = CaptionTexts.learn(["LATIN SMALL LETTER A", "LATIN CAPITAL LETTER B", "DIGIT ONE"], 100)
    assert texts.text(texts.ids("LATIN SMALL LETTER B").tolist()) == "LATIN SMALL LETTER B"


def test_what_is_unknown_is_never_written(texts: CaptionTexts) -> None:
    ids = texts.ids("A zebra runs.").tolist()
    assert ids.count(UNKNOWN) == 1
    assert UNKNOWN in texts.hidden
    assert texts.text(ids) == "A runs."
    with pytest.raises(InputError, match="the prefix 'A zebra' cannot be written"):
        texts.beginning("A zebra")


def test_of_many_words_those_that_come_once_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unrolled.inputs.captions._MANY", 10)
    seldom = CaptionTexts.learn(["a dog runs", *["a cat sleeps"] * 4], 100)
    assert [int(i) == UNKNOWN for i in seldom.ids("a dog sleeps")] == [False, True, False]


def test_no_more_words_than_asked_for_are_kept() -> None:
    assert len(CaptionTexts.learn(CAPTIONS, 7)) - len(CaptionTexts.learn(CAPTIONS, 5)) == 2


def test_lengths_are_those_of_the_captions() -> None:
    texts = CaptionTexts.learn([" ".join(["word"] * n) for n in range(1, 102)], 100)
    assert texts.lengths(None) == Length(1, 101)
    assert texts.lengths("short") == Length(1, 26)
    assert texts.lengths("long") == Length(76, 101)


def test_it_is_restored(texts: CaptionTexts) -> None:
    again = CaptionTexts.restored(texts.saved())
    assert again.saved() == texts.saved()
    assert again.text(again.ids(CAPTIONS[2]).tolist()) == CAPTIONS[2]
    assert again.lengths("short") == texts.lengths("short")


@pytest.mark.parametrize("lengths", [None, [1, 2, 3], [4, 3, 2, 1], [1, 2, 3, 10**9], [True, 2, 3, 4], ["1", 2, 3, 4]])
def test_damage_is_named(texts: CaptionTexts, lengths: object) -> None:
    saved = texts.saved()
    damaged = json.dumps(json.loads(saved["texts.json"]) | {"lengths": lengths})
    with pytest.raises(InputError, match=r"texts\.json does not say how long texts are"):
        CaptionTexts.restored(saved | {"texts.json": damaged})
    with pytest.raises(InputError, match=r"target\.json"):
        CaptionTexts.restored({"texts.json": saved["texts.json"]})
