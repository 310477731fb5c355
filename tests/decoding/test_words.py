"""The beam search for words against an exhaustive one, on a model that is a table."""

import itertools

import numpy as np
import pytest

from unrolled.decoding import next_words, spelling_probabilities

TOKENS = ["<unk>", "<eos>", " ", "a", "b", "."]
LAST = np.array([0])  # the state of a table model is the last token


@pytest.fixture
def table():
    """P(next | last) of a Markov chain over the tokens; a word rarely goes on for long."""
    rng = np.random.default_rng(3)
    chain = rng.dirichlet(np.full(6, 0.7), size=6)
    chain[3:5, 2] += 1.0
    return (chain / chain.sum(1, keepdims=True)).astype(np.float32)


def search(table, last, after_word, n=3, prefix=""):
    def branch(ids, state):
        return table[ids[:, 0]], ids[:, 0]

    def decode(ids):
        return "".join(TOKENS[i] for i in ids)

    return next_words(TOKENS, decode, branch, table[last], np.array([last]), after_word, n, prefix)


def exhaustive(table, last, after_word):
    """Every word of up to 6 letters, by its definition."""
    first = table[last].astype(float)
    first[:2] = 0
    if after_word:
        first[3:5] = 0
    first /= first.sum()
    scores = {".": 0.0}
    for spaces in range(8):
        lead = first[2] * table[2, 2] ** (spaces - 1) if spaces else 1.0
        start = table[2] if spaces else first
        scores["."] += lead * start[5]
        for length in range(1, 7):
            for letters in itertools.product((3, 4), repeat=length):
                p = lead * start[letters[0]]
                for one, two in itertools.pairwise(letters):
                    p *= table[one, two]
                ends = table[letters[-1], [1, 2, 5]].sum()
                word = "".join(TOKENS[i] for i in letters)
                scores[word] = scores.get(word, 0.0) + p * ends
    return scores


@pytest.mark.parametrize("after_word", [True, False])
@pytest.mark.parametrize("last", [1, 3, 5])
def test_the_best_words_are_those_of_an_exhaustive_search(table, last, after_word):
    expected = exhaustive(table, last, after_word)
    scores = search(table, last, after_word, n=6)
    best = sorted(expected, key=lambda word: -expected[word])[:3]
    assert list(scores)[:3] == best
    for word in best:
        assert scores[word] == pytest.approx(expected[word], rel=0.02)
    assert sum(scores.values()) <= 1 + 1e-6


@pytest.mark.parametrize("after_word", [True, False])
@pytest.mark.parametrize("prefix", ["b", "ab", "aba"])
def test_with_a_prefix_the_words_are_those_that_begin_with_it(table, after_word, prefix):
    expected = {word: p for word, p in exhaustive(table, 5, after_word).items() if word.startswith(prefix)}
    scores = search(table, 5, after_word, 6, prefix)
    best = sorted(expected, key=lambda word: -expected[word])[:3]
    assert list(scores)[:3] == best
    assert all(word.startswith(prefix) for word in scores)
    for word in best:
        assert scores[word] == pytest.approx(expected[word], rel=0.02)


def test_a_prefix_of_several_bytes_is_followed_to_its_end():
    tokens = ["<unk>", "<eos>", " ", "\\xc3", "\\xa9", "\\xa8", "a"]
    raw = [b"", b"", b" ", b"\xc3", b"\xa9", b"\xa8", b"a"]
    table = np.full((7, 7), 1 / 7, np.float32)

    def decode(ids):
        return b"".join(raw[i] for i in ids).decode("utf-8", "replace")

    def branch(ids, state):
        return table[ids[:, 0]], ids[:, 0]

    scores = next_words(tokens, decode, branch, table[1], np.array([1]), False, 3, "é")
    assert next(iter(scores)) == "é"
    assert all(word.startswith("é") for word in scores)


@pytest.mark.parametrize("mark", ["'", "·", "\u200c", "״", "ि", "\u0301"])
def test_marks_within_words_do_not_end_them(mark):
    tokens = ["<unk>", "<eos>", " ", "d", mark, "\\xe2", "!"]
    steps = {1: 3, 3: 4, 4: 5, 5: 2, 2: 2, 6: 2}
    table = np.full((7, 7), 1e-6, np.float32)
    for one, two in steps.items():
        table[one, two] = 1.0

    def branch(ids, state):
        return table[ids[:, 0]], ids[:, 0]

    scores = next_words(tokens, lambda ids: "".join(tokens[i] for i in ids), branch, table[1], np.array([1]), False, 1)
    assert next(iter(scores)) == f"d{mark}\\xe2"


@pytest.mark.parametrize("after_word", [True, False])
def test_words_that_are_given_have_the_probability_that_the_search_gives_them(table, after_word):
    def branch(ids, state):
        return table[ids[:, 0]], ids[:, 0]

    lead = [2] if after_word else []
    words = [np.array([*lead, *word]) for word in ([3], [4, 3], [3, 3, 4])]
    found = spelling_probabilities(TOKENS, words, branch, table[3], np.array([3]), after_word)
    for word, p in zip(words, found, strict=True):
        first = table[3].astype(float)
        first[: 5 if after_word else 2] = 0 if not after_word else [0, 0, first[2], 0, 0]
        first /= first.sum()
        steps = [first[word[0]], *(table[a, b] for a, b in itertools.pairwise(word)), table[word[-1], [1, 2, 5]].sum()]
        assert p == pytest.approx(np.prod(steps), rel=1e-5)
