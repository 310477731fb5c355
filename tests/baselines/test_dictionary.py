"""A dictionary learnt from sentences: it finds which words belong together, keeps them, and writes readable text."""

import numpy as np
import pytest

from unrolled.baselines.dictionary import Dictionary
from unrolled.errors import InputError

NOUNS = {"dog": "Hund", "cat": "Katze", "man": "Mann", "bird": "Vogel", "child": "Kind"}
ARTICLES = {"the": "das", "one": "ein"}
ADJECTIVES = {"old": "alte", "red": "rote"}
VERBS = {"runs": "rennt", "sleeps": "schläft", "eats": "isst", "sings": "singt"}


@pytest.fixture(scope="module")
def pairs():
    """Sentences such as "The red dog does sing.", in which "does" has no translation."""
    rng = np.random.default_rng(0)
    drawn = [[rng.choice(list(kind)) for kind in (ARTICLES, ADJECTIVES, NOUNS, VERBS)] for _ in range(150)]
    sources = [f"{t.title()} {a} {n} does {v}." for t, a, n, v in drawn]
    return sources, [f"{ARTICLES[t].title()} {ADJECTIVES[a]} {NOUNS[n]} {VERBS[v]}." for t, a, n, v in drawn]


@pytest.fixture(scope="module")
def fitted(pairs):
    return Dictionary.fit(*pairs)


def test_words_that_belong_together_are_found(fitted):
    for word, translation in {**NOUNS, **VERBS, **ADJECTIVES, **ARTICLES}.items():
        (best, share), *_ = fitted.translations(word.upper())
        assert best.lower() == translation.lower()
        assert share > 0.9


def test_probabilities_fall_and_are_no_more_than_one(fitted):
    shares = [share for _, share in fitted.translations("the")]
    assert shares == sorted(shares, reverse=True)
    assert 0.9 < sum(shares) <= 1.0001
    assert fitted.translations("elephant") == []
    assert fitted.translations("") == []


def test_answers_are_readable_text(fitted):
    (answer,) = fitted.answers(["The old Okapi does dance; the CHILD sleeps."])
    assert answer.lower() == "das alte okapi dance; das kind schläft."
    assert answer[:3] == "Das"
    assert answer.endswith("Kind schläft.")
    assert fitted.answers(["", "  "]) == ["", ""]


def test_saved_and_restored_it_answers_the_same(fitted, pairs):
    restored = Dictionary.restore({name: array.copy() for name, array in fitted.arrays().items()})
    assert restored.answers(pairs[0][:20]) == fitted.answers(pairs[0][:20])
    assert restored.translations("dog") == fitted.translations("dog")


def test_of_nothing_it_learns_nothing():
    assert Dictionary.fit(["a b"], [""]).answers(["a"]) == [""]
    assert Dictionary.fit([""], ["x"]).answers(["a"]) == ["a"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("words", np.array([255], np.uint8), "words is no UTF-8 text"),
        ("words", np.frombuffer(b"ab", np.uint8), "words is cut off"),
        ("words", np.frombuffer(b"ab\x1e", np.uint8), "has 1 words"),
        ("chosen", np.zeros((2, 2), np.float32), "chosen is float32"),
        ("shares", None, "expected shares among them"),
    ],
)
def test_damaged_arrays_are_refused(fitted, name, value, message):
    arrays = {key: array for key, array in fitted.arrays().items() if key != name}
    with pytest.raises(InputError, match=message):
        Dictionary.restore(arrays if value is None else arrays | {name: value})


def test_a_translation_that_is_not_there_is_refused(fitted):
    arrays = dict(fitted.arrays())
    with pytest.raises(InputError, match="not numbers from 0 to"):
        Dictionary.restore(arrays | {"chosen": arrays["chosen"] + 10_000})
