"""Which of the words are offered, and in which order."""

from collections.abc import Mapping

import numpy as np
import pytest

from unrolled.completion.dictionary import Context, Dictionary, Own
from unrolled.completion.lexicon import Lexicon
from unrolled.text.tokens import Tokenizer

# From the most frequent to the rarest.
WORDS = [
    *["the", "of", "in", "to", "a", "I", "and", "is", "was", "with", "that", "they", "have", "want", "from", "them"],
    *[
        "form",
        "home",
        "me",
        "mean",
        "members",
        "later",
        "late",
        "may",
        "May",
        "US",
        "us",
        "don't",
        "English",
        "language",
    ],
    *["lot", "thanks", "Thanksgiving", "mother-in-law", "mother", "lateral", "political", "i", "weird", "Anthropology"],
    "Ongota",
]


@pytest.fixture(scope="module")
def dictionary():
    text = " ".join(" ".join([word] * (len(WORDS) - rank)) for rank, word in enumerate(WORDS))
    return Dictionary(Tokenizer.train("word", [text], len(WORDS) + 2))


def offered(
    dictionary: Dictionary,
    typed: str,
    likely: Mapping[str, float] | None = None,
    own: Mapping[str, float] | None = None,
    unknown: float = 0.05,
    opens: bool = False,
    n: int = 3,
    settled: bool = True,
) -> list[str]:
    """The suggestions where each word is as probable as it is frequent, but those given."""
    own = own or {}
    p = np.array([unknown, 0.01, *(0.1 / rank**2 for rank in range(1, len(WORDS) + 1)), *own.values()], np.float32)
    for word, probability in (likely or {}).items():
        p[dictionary.known(word)] = probability
    words = list(own)
    context = Context(
        p,
        lambda _: p[: len(dictionary)],
        Own(words, Lexicon(words, len(dictionary)), np.full(len(words), settled)),
        opens,
    )
    return [suggestion.text for suggestion in dictionary.find(typed, context, n)]


@pytest.mark.parametrize("word", WORDS)
def test_every_known_word_is_offered_as_it_was_typed_and_first(dictionary, word):
    for n in (1, 3):
        assert offered(dictionary, word, n=n)[0] == ("I" if word == "i" else word)


def test_a_rare_word_typed_right_is_among_the_three(dictionary):
    three = offered(dictionary, "me", {"me": 1e-12, "mean": 0.1, "them": 0.1, "late": 0.1})
    assert three[2] == "me"
    assert len(three) == 3


def test_three_longer_words_that_are_more_probable_take_the_place_of_the_one_that_was_typed():
    words = ["cat", "cats", "catch", "cater"]
    dictionary = Dictionary(Tokenizer.train("word", words, 10))
    likely = {"cats": 0.1, "catch": 0.1, "cater": 0.1}
    assert "cat" not in offered(dictionary, "cat", likely | {"cat": 0.09})
    assert offered(dictionary, "cat", likely | {"cat": 0.11})[0] == "cat"
    assert offered(dictionary, "cat", {"cats": 0.1, "catch": 0.1, "cater": 1e-7, "cat": 1e-6})[2] == "cat"


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("hve", "have"),
        ("hme", "home"),
        ("teh", "the"),
        ("hte", "the"),
        ("fromm", "from"),
        ("fron", "from"),
        ("thnaks", "thanks"),
        ("dont", "don't"),
        ("Teh", "The"),
        ("TEH", "THE"),
        ("inthe", "in the"),
        ("inth", "in the"),
        ("ibwant", "I want"),
        ("alot", "a lot"),
        ("Inthe", "In the"),
        ("englishlanguage", "English language"),
    ],
)
def test_single_errors_are_mended(dictionary, typed, word):
    assert offered(dictionary, typed)[0] == word


def test_the_context_says_which_word_is_meant(dictionary):
    assert offered(dictionary, "thm")[0] == "the"
    assert offered(dictionary, "thm", {"them": 0.2})[0] == "them"
    assert offered(dictionary, "iwant", {"want": 0.2})[0] == "want"
    assert offered(dictionary, "iwant", {"I": 0.2})[0] == "I want"


@pytest.mark.parametrize(
    ("typed", "two"),
    [("fromth", ["from the"]), ("fromme", ["from me"]), ("fromt", []), ("fromlat", ["from later"])],
)
def test_after_a_missing_space_one_letter_begins_no_word_and_two_begin_a_frequent_one(dictionary, typed, two):
    found = offered(dictionary, typed, {"from": 0.3, "form": 1e-6}, n=6)
    assert [text for text in found if " " in text][:1] == two


@pytest.mark.parametrize("typed", ["lol", "omg", "Cant", "xyz", "zzzz", "1999", "tha7"])
def test_what_may_well_be_an_unknown_word_is_left_alone(dictionary, typed):
    assert not set(offered(dictionary, typed)) & {"political", "Ongota", "Anthropology", "that"}


def test_own_words_stand_among_the_others_and_rare_ones_are_not_corrected_to(dictionary):
    own = {"wierd": 1e-6, "Zorblax": 0.002}
    assert offered(dictionary, "zor", own=own) == ["Zorblax"]
    assert offered(dictionary, "Zorlbax", own=own) == ["Zorblax"]
    assert offered(dictionary, "weird", own=own)[0] == "weird"
    assert offered(dictionary, "Zorlbax", own=own, settled=False) == []


def test_where_a_sentence_opens_any_frequent_word_may_come(dictionary):
    rare = dict.fromkeys(WORDS, 1e-9)
    assert offered(dictionary, "hvae", rare, opens=True) == ["have"]


def test_of_next_words_each_stands_once(dictionary):
    assert offered(dictionary, "", {"May": 0.3, "may": 0.2, "US": 0.1, "us": 0.09}, n=2) == ["May", "US"]


def test_what_is_typed_composed_or_not_is_the_same_and_never_too_long(dictionary):
    assert offered(dictionary, "wa\u0301s") == offered(dictionary, "wás") == ["was"]
    assert offered(dictionary, "\ufb2c" * 64) == offered(dictionary, "a" * 65) == []


class TestAskingTheModel:
    """For two words without their space the model takes a step more, which is the greater part of a letter's time."""

    @staticmethod
    def asked(dictionary: Dictionary, typed: str, likely: Mapping[str, float]) -> list[int]:
        p = np.array([0.05, 0.01, *(0.1 / rank**2 for rank in range(1, len(WORDS) + 1))], np.float32)
        for word, probability in likely.items():
            p[dictionary.known(word)] = probability
        first: list[int] = []

        def following(number: int) -> np.ndarray:
            first.append(number)
            return p

        dictionary.find(typed, Context(p, following, Own([], Lexicon([]), np.zeros(0, bool)), False), 3)
        return first

    def test_from_two_letters_of_the_second_word_on(self, dictionary):
        assert not self.asked(dictionary, "oft", {})
        assert self.asked(dictionary, "ofth", {}) == [dictionary.known("of")]

    def test_not_beside_a_word_that_is_far_more_probable(self, dictionary):
        assert not self.asked(dictionary, "theme", {"the": 1e-3, "them": 0.9})
        assert self.asked(dictionary, "theme", {"the": 1e-3, "them": 1e-6}) == [dictionary.known("the")]


def test_a_word_that_was_passed_over_counts_for_less_at_each_further_letter(dictionary):
    p = np.full(len(dictionary), 0.01, np.float32)
    p[dictionary.known("mother")], p[dictionary.known("members")] = 0.05, 0.03
    own = Own([], Lexicon([], len(dictionary)), np.zeros(0, bool))
    context = Context(p, lambda _: p, own, False)

    def first(passed: int) -> str:
        return dictionary.find("m", context._replace(passed={"mother": passed}), 3)[0].text

    assert [first(0), first(1), first(2)] == ["mother", "members", "members"]
    assert dictionary.find("mother", context._replace(passed={"mother": 9}), 3)[0].text == "mother"
