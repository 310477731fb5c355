"""The best words of a stroke: those of a sum over every path, in C++ as in numpy, whatever the arrays hold."""

from itertools import product

import numpy as np
import pytest
from tests.strokes.synthetic import KEYS, frames

from unrolled.completion.lexicon import Lexicon
from unrolled.kernels import NATIVE
from unrolled.strokes.search import Frames, KeyTrie, Prior, reference, stroke_words
from unrolled.strokes.trie import key_trie

WORDS = ["hello", "help", "hell", "held", "hole", "he", "a", "an", "and", "its", "it's", "too", "to", "shed"]
TRIE = key_trie(Lexicon(WORDS).words, KEYS)
EVEN = np.full(len(WORDS), 1 / len(WORDS), np.float32)


def random_frames(rng: np.random.Generator, T: int, K: int) -> Frames:
    logits = rng.normal(0, 2, (T, K + 1))
    log_p = (logits - np.log(np.exp(logits).sum(1, keepdims=True))).astype(np.float32)
    return Frames(np.ascontiguousarray(log_p[:, 0]), np.ascontiguousarray(log_p[:, 1:]))


def by_paths(read: Frames, keys: tuple[int, ...]) -> float:
    """The probability of a key sequence as the sum over all paths that collapse to it."""
    table, total = np.exp(np.column_stack(read).astype(np.float64)), 0.0
    for path in product(range(table.shape[1]), repeat=len(table)):
        collapsed = [one for i, one in enumerate(path) if one and (i == 0 or path[i - 1] != one)]
        if tuple(one - 1 for one in collapsed) == keys:
            total += float(np.prod(table[np.arange(len(path)), path]))
    return total


def test_a_word_scores_the_sum_of_all_paths_that_write_its_keys():
    read = random_frames(np.random.default_rng(0), 5, 3)
    trie = key_trie(Lexicon(["a", "ab", "aba", "cab", "bacab"]).words, "abc")
    found = dict(stroke_words(read, trie, Prior(np.ones(5, np.float32), 1.0, 1e-9), 5))
    for number, keys in enumerate([(0,), (0, 1), (0, 1, 0), (2, 0, 1), (1, 0, 2, 0, 1)]):
        assert found[number] == pytest.approx(np.log(by_paths(read, keys)))


def test_native_and_numpy_find_the_same_words_and_scores():
    rng = np.random.default_rng(1)
    for T in (1, 2, 7, 40):
        for most in (1, 3, 100):
            read = random_frames(rng, T, len(KEYS))
            prior = Prior(rng.dirichlet(EVEN).astype(np.float32), 0.7, 1e-3)
            found, expected = stroke_words(read, TRIE, prior, most), reference(read, TRIE, prior, most)
            assert [number for number, _ in found] == [number for number, _ in expected]
            assert [score for _, score in found] == pytest.approx([score for _, score in expected])


def test_a_clear_stroke_finds_its_word_and_the_prior_tells_apart_what_has_the_same_keys():
    rng = np.random.default_rng(2)
    for word in ("hello", "hell", "and", "shed", "hole"):
        collapsed = "".join(letter for i, letter in enumerate(word) if word[i - 1 : i] != letter)
        best = stroke_words(frames(collapsed, rng, 0.1), TRIE, Prior(EVEN, 0.5, 1e-7), 1)
        assert best[0][0] in [i for i, other in enumerate(WORDS) if other in ("hello", "hell", "and", "shed", "hole")]
    read = frames("its", rng, 0.1)
    for likely, other in (("its", "it's"), ("it's", "its")):
        p = EVEN.copy()
        p[WORDS.index(likely)] *= 5
        best = stroke_words(read, TRIE, Prior(p, 0.5, 1e-7), 2)
        assert [number for number, _ in best] == [WORDS.index(likely), WORDS.index(other)]
        assert best[0][1] - best[1][1] == pytest.approx(0.5 * np.log(5))


def test_a_word_of_probability_0_is_never_found_and_a_small_one_counts_as_the_least():
    read, p = frames("an", np.random.default_rng(3)), np.zeros(len(WORDS), np.float32)
    p[WORDS.index("an")], p[WORDS.index("and")] = 1e-20, 1e-7
    for find in (stroke_words, reference):
        found = dict(find(read, TRIE, Prior(p, 1.0, 1e-7), 20))
        assert set(found) == {WORDS.index("an"), WORDS.index("and")}
        assert found[WORDS.index("an")] > found[WORDS.index("and")]  # whose d is not in the stroke
    assert stroke_words(read, TRIE, Prior(np.zeros(len(WORDS), np.float32), 1.0, 1e-7), 20) == []
    assert stroke_words(read, TRIE, Prior(EVEN, 1.0, 1e-7), 0) == []


def test_an_empty_trie_and_no_frames_find_nothing():
    empty, none = (
        key_trie(Lexicon([]).words, KEYS),
        Frames(np.zeros(0, np.float32), np.zeros((0, len(KEYS)), np.float32)),
    )
    for find in (stroke_words, reference):
        assert find(frames("an", np.random.default_rng(4)), empty, Prior(EVEN, 1.0, 1e-7), 3) == []
        assert find(none, TRIE, Prior(EVEN, 1.0, 1e-7), 3) == []


@pytest.mark.skipif(not NATIVE, reason="the native extension is missing")
@pytest.mark.parametrize(
    "change",
    [
        {"children": TRIE.children[:-1]},
        {"children": np.zeros_like(TRIE.children)},
        {"children": TRIE.children + 1},
        {"keys": TRIE.keys + 200},
        {"words": TRIE.words[::-1].copy()},
        {"words": TRIE.words * 2},
        {"ids": TRIE.ids + 1},
        {"ids": -TRIE.ids - 1},
        {"ids": TRIE.ids.astype(np.int64)},
    ],
)
def test_native_code_refuses_a_trie_that_is_none(change):
    with pytest.raises((ValueError, TypeError)):
        stroke_words(frames("an", np.random.default_rng(5)), TRIE._replace(**change), Prior(EVEN, 1.0, 1e-7), 3)


def test_words_of_too_many_keys_are_refused_by_native_code_and_never_made():
    word = "ab" * 32
    trie = key_trie(Lexicon([word, word + "a"]).words, "ab")  # a lexicon holds at most 64 letters
    assert isinstance(trie, KeyTrie)
    assert len(trie.ids) == 1
    read = random_frames(np.random.default_rng(6), 70, 2)
    assert [number for number, _ in stroke_words(read, trie, Prior(np.ones(2, np.float32), 1.0, 1e-7), 3)] == [0]
