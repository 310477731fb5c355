"""How a word of the user's own is written, when it is offered, and that it is forgotten in every case."""

import numpy as np
import pytest

from unrolled.completion.dictionary import Dictionary
from unrolled.keyboard.misspelt import meant_by
from unrolled.keyboard.own_words import DOUBTED, Entry, OwnWords, may_be_own
from unrolled.text.tokens import Tokenizer

LETTERS = "etaoinshrdlucmfgpé'"


def own(text: str = "I see the mother I know") -> OwnWords:
    return OwnWords(Dictionary(Tokenizer.train("word", [text], 100)))


def offered(words: OwnWords, known: float = 0.01) -> dict[str, float]:
    """What is offered of the own words, each with its share; every known word has the probability ``known``."""
    size = words._size
    p = np.concatenate([np.full(size, known, np.float32), words.shares(1.0, words.counts)])
    p = words.offered(p, words.counts)[size:]
    return {word: float(share) for word, share in zip(words.shown().words, p, strict=True) if word and share}


def texts(keyboard, n: int = 5) -> list[str]:
    return [suggestion.text for suggestion in keyboard.suggest(n)]


@pytest.mark.parametrize(
    ("learnt", "typed", "expected"),
    [
        ("Yeah sure. Yeah.", "the yea", "yeah"),
        ("HELLO MUMMY.", "the mum", "mummy"),
        ("the cat sees MUMMY.", "the mum", "MUMMY"),
        ("the cat sees Zorblax. Zorblax sees.", "the zor", "Zorblax"),
        ("Zorblax sees. Zorblax hears. the cat sees Zorblax.", "the zor", "Zorblax"),
        ("the cat sees Zorblax. the cat sees zorblax and zorblax.", "the zor", "zorblax"),
        ("O'Brien sees.", "the O'", "O'Brien"),
        ("“Yeah sure.” (Yeah)", "the yea", "yeah"),
        ("the cat\nYeah", "the yea", "yeah"),
        ("Yeah sure.", "the cat. yea", "yeah"),
        ("Yeah sure.", "the cat. Yea", "Yeah"),
        ("Zoe\u0308 and the cat. the Zoë", "the Zo", "Zoë"),
    ],
)
def test_a_case_is_learnt_where_it_means_something(task, learnt, typed, expected):
    assert texts(task.session().learn(learnt).write(typed))[0] == expected


def test_a_known_word_is_offered_in_the_case_of_ones_own_after_several_uses(task):
    keyboard = task.session().learn("the cat sees River.")
    assert "River" not in texts(keyboard.write("the riv"))
    assert "River" in texts(keyboard.learn("the cat sees River. the dog hears River.").write("the riv"))
    keyboard.learn("the cat sees the river. " * 4)
    assert texts(keyboard.write("the riv"))[0] == "river"


def test_beginnings_that_have_capitals_keep_them_at_a_sentences_start():
    words = own()
    words.use("I'm", sure=False)
    words.use("T-SHIRT", sure=False)
    assert set(offered(words)) == {"I'm", "t-shirt"}


def test_an_error_is_no_word_before_it_was_written_several_times():
    words = own()
    for use in range(1, DOUBTED + 1):
        words.use("teh", sure=True)
        assert ("teh" in offered(words)) == words.knows("teh") == (use >= DOUBTED)
    assert offered(words, known=0.001)["teh"] == pytest.approx(0.001)  # never above the
    words.use("zorblax", sure=True)
    assert offered(words)["zorblax"] > 0
    for _ in range(DOUBTED):
        words.use("zorblax", sure=True)
    words.use("zroblax", sure=True)  # an error in a word of one's own
    assert "zroblax" not in offered(words)
    words.trust("ZROBLAX")
    assert words.knows("zroblax")
    assert "zroblax" in offered(words)


def test_an_error_is_not_offered_and_corrects_nothing(task):
    keyboard = task.session().learn("a cat sees teh moon. That is wierd.")
    assert "teh" not in texts(keyboard.write("the cat sees te"))
    assert texts(keyboard.write("the cat sees weird")) == []
    assert texts(keyboard.write("the cat sees wie")) == ["wierd"]
    assert "teh" in texts(keyboard.learn("sees teh moon. " * 2).write("the cat sees te"))


def test_a_compound_never_outranks_the_word_it_begins_with():
    words = own()
    for _ in range(9):
        words.use("mother-in-law", sure=True)
    assert offered(words, known=0.002) == {"mother-in-law": pytest.approx(0.002)}


@pytest.mark.parametrize("word", ["ZORBLÄX", "Zorbläx", "zorbla\u0308x"])
def test_forgets_a_word_in_every_case(task, word):
    keyboard = task.session().learn("the cat sees Zorbläx. a ZORBLÄX. zorbläx hears. a zorblik").write("a zor")
    assert set(texts(keyboard)) == {"Zorbläx", "zorblik"}
    keyboard.write("Zorbläx sees ").forget(word).edit(append="Zor")
    assert texts(keyboard) == ["Zorblik"]
    assert texts(keyboard.edit(append="bläx ZORBL")) == ["ZORBLIK"]  # it is not learnt again in this text
    assert (
        "orbläx" not in keyboard.write("").save().decode("latin-1").encode("latin-1").decode("utf-8", "ignore").lower()
    )


def test_forgets_what_is_shown_in_the_capitals_of_its_language():
    words = own("ο άνεμος του ανθρώπου")
    words.use("φίλος", sure=True)
    assert offered(words)
    words.forget("ΦΙΛΟΣ")
    assert not offered(words)


def test_a_forgotten_word_of_the_vocabulary_is_not_offered_in_this_text(task):
    keyboard = task.session().write("the cat sees the ri")
    assert texts(keyboard)[0] == "river"
    assert "river" not in [text.lower() for text in texts(keyboard.forget("RIVER"))]
    assert "River" not in texts(keyboard.write("the dog. Ri"))
    assert texts(keyboard.write("").write("the cat sees the ri"))[0] == "river"


def test_entries_stay_bounded_in_however_many_ways_a_word_is_written(monkeypatch):
    monkeypatch.setattr("unrolled.keyboard.own_words.OWN_WORDS", 2)
    words = own()
    for word in ("zorblax", "Zorblax", "zOrblax", "zoRblax", "quimble", "quimble", "rare"):
        words.use(word, sure=True)
    words.compact()
    assert len(words) == 4
    assert {entry.word.lower() for entry in words.entries} == {"zorblax", "quimble"}
    assert words.entries[0] == Entry("Zorblax")


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("teh", "the"),
        ("hme", "home"),
        ("hous", "house"),
        ("seees", "sees"),
        ("swes", "sees"),
        ("cafe", "café"),
        ("dont", "don't"),
        ("xsees", "sees"),
        ("mann", "man"),
    ],
)
def test_one_error_tells_what_may_have_been_meant(error, word):
    assert word in meant_by(error, LETTERS)


@pytest.mark.parametrize(
    ("word", "other"), [("cats", "cat"), ("mum", "mm"), ("to", "too"), ("home", "hype"), ("form", "mrof")]
)
def test_endings_and_words_of_two_letters_are_no_errors(word, other):
    assert other not in meant_by(word, LETTERS)


@pytest.mark.parametrize(
    ("word", "learnt"),
    [
        ("❤\ufe0f", True),
        ("👨\u200d👩\u200d👧", True),
        ("1\ufe0f\u20e3", True),
        ("🇩🇪", True),
        ("x1", False),
        ("--", False),
        ("", False),
    ],
)
def test_pictures_are_learnt_and_numbers_are_not(word, learnt):
    assert may_be_own(word) is learnt


@pytest.mark.parametrize(
    "emoji", ["❤\ufe0f", "👍🏽", "👨\u200d👩\u200d👧", "🇩🇪", "🏴\U000e0067\U000e0062\U000e007f", "1\ufe0f\u20e3"]
)
def test_an_emoji_is_typed_learnt_and_forgotten_whole(emoji):
    words = own(f"I love 😀 © and {emoji} 🏽")
    assert emoji in [words._dictionary.tokens[number] for number in words._dictionary.lexicon.words.order]
    assert not {"🏽", "©"} & {words._dictionary.tokens[number] for number in words._dictionary.lexicon.words.order}
    words = own()
    words.use(emoji, sure=True)
    assert list(offered(words)) == [emoji]
    words.forget(emoji.replace("\ufe0f", ""))
    assert not offered(words)


def test_an_emoji_is_finished_as_it_is_typed_and_asks_for_a_space(task):
    keyboard = task.session()
    for code_point in "the cat likes ❤\ufe0f 👩🏽\u200d🚀":
        keyboard.edit(append=code_point)
    assert [segment.text for segment in keyboard._before.reader.segments][3:] == ["❤\ufe0f", "👩🏽\u200d🚀"]
    assert keyboard.typed == ""
    assert all(text.startswith(" ") for text in texts(keyboard))
    keyboard.write("")
    assert {"❤\ufe0f", "👩🏽\u200d🚀"} <= set(texts(keyboard.write("the cat likes "), 30))


def test_half_a_flag_as_earlier_models_cut_it_is_kept_but_not_offered():
    words = own()
    words.use("🇩", sure=True)
    words.use("🇩🇪", sure=True)
    assert list(offered(words)) == ["🇩🇪"]
