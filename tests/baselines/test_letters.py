"""Letters in their contexts: a rule that depends on a neighbour is learnt, and what is rarer is kept beside it."""

import numpy as np
import pytest

from unrolled.baselines.letters import Letters
from unrolled.errors import InputError


def spoken(word):
    """c is S before e and i, else K; h is silent; x is two sounds; all other letters are themselves."""
    pairs = zip(word, word[1:] + " ", strict=False)
    sounds = {"h": "", "x": "K S"}
    return " ".join(
        filter(
            None, ("S" if a == "c" and b in "ei" else "K" if a == "c" else sounds.get(a, a.upper()) for a, b in pairs)
        )
    )


def drawn(count, seed):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("aceihtxn"), rng.integers(2, 8))) for _ in range(count)]


@pytest.fixture(scope="module")
def fitted():
    words = drawn(1500, 0)
    return Letters.fit(words, [spoken(word) for word in words])


def test_rules_with_neighbours_are_learnt(fitted):
    words = drawn(200, 1)
    right = [answer == spoken(word) for word, answer in zip(words, fitted.answers(words), strict=True)]
    assert np.mean(right) > 0.95


def test_case_and_unknown_letters(fitted):
    assert fitted.answers(["CAN", "can", "cαn", "", "α"]) == ["K A N", "K A N", "K N", "", ""]


def test_exceptions_are_kept_beside_the_rule():
    words, sounds = ["ab"] * 3 + ["abc", "xab"], ["A B"] * 3 + ["Z B C", "X A B"]
    assert Letters.fit(words, sounds).answers(["ab", "abc", "xab"]) == ["A B", "Z B C", "X A B"]


def test_saved_and_restored_it_answers_the_same(fitted):
    arrays = {name: array.copy() for name, array in fitted.arrays().items()}
    words = drawn(50, 2)
    assert Letters.restore(arrays).answers(words) == fitted.answers(words)
    assert sum(array.nbytes for array in arrays.values()) < 100_000
    with pytest.raises(InputError, match="of 2 letters do not fit together"):
        Letters.restore(arrays | {"runs.1": arrays["runs.1"] + 1000})
    del arrays["contexts.3"]
    with pytest.raises(InputError, match=r"expected contexts.3 among them"):
        Letters.restore(arrays)


def test_of_nothing_it_learns_nothing():
    assert Letters.fit([], []).answers(["ab"]) == [""]
    assert Letters.fit(["a"], [""]).answers(["a"]) == [""]
