"""Scores worked out by hand, and slowly over random distributions."""

import numpy as np
import pytest

from unrolled.metrics import LanguageScores
from unrolled.metrics.language import language_scores

WORDS = ["<unk>", "<eos>", "the", "then", "that", "sky", "tree", "."]


def row(**weights):
    """A distribution over WORDS; a word not named gets 0."""
    values = np.array([weights.get(word.strip("<>").replace(".", "dot"), 0) for word in WORDS], np.float32)
    return values / values.sum()


def test_an_example_by_hand():
    rows = [
        row(
            unk=40, the=30, sky=20, dot=5, then=3, tree=2
        ),  # "the": first once <unk> is taken out; tapped at once: 1 key
        row(eos=50, the=20, then=12, that=10, sky=5, tree=3),  # "sky": fourth; tapped after s: 2 keys
        row(the=40, then=30, that=20, sky=8, tree=2),  # "tree": fifth, fourth after t, first after tr: 3 keys
        row(unk=10, the=90),  # an unknown word: a miss, typed in full
        row(eos=70, the=20, dot=10),  # the end: no word
    ]
    scores = LanguageScores(WORDS)
    scores.add(np.stack(rows[:2]), np.array([2, 5]))
    scores.add(np.stack(rows[2:]), np.array([6, 0, 1]))
    typed = (3 + 3 + 4) / 3 + 1  # the unknown word
    assert scores.result() == pytest.approx(
        {
            "perplexity": (0.30 * 0.05 * 0.02 * 0.10 * 0.70) ** (-1 / 5),
            "top1_recall": 1 / 4,
            "top3_recall": 1 / 4,
            "keystrokes_saved": 1 - (1 + 2 + 3 + typed) / (4 + 4 + 5 + typed),
            "unknown_rate": 1 / 4,
            "tokens": 5,
        },
        rel=1e-6,
    )


def slow_keys(words, hidden, probabilities, target):
    word = words[target]
    for typed in range(len(word)):
        matching = [i for i in range(len(words)) if i not in hidden and words[i][:typed] == word[:typed]]
        best = sorted(matching, key=lambda i: (-probabilities[i], i))[:3]
        if target in best:
            return typed + 1
    return len(word) + 1


@pytest.mark.parametrize("seed", range(8))
def test_equals_the_definitions(seed):
    random = np.random.default_rng(seed)
    letters = list("abA.")
    words = [
        "<unk>",
        "<eos>",
        *("".join(random.choice(letters, random.integers(0, 7))) for _ in range(90)),
    ]  # some twice
    hidden = (0, 1) if seed % 2 else (0, 1, 7)
    rows = random.integers(1, 6, (200, len(words))).astype(np.float32)  # many ties
    rows /= rows.sum(axis=1, keepdims=True)
    targets = random.integers(0, len(words), 200)
    targets[:20] = random.integers(0, 2, 20)
    scores = LanguageScores(words, hidden)
    for part in np.array_split(np.arange(200), 7):
        scores.add(rows[part], targets[part])

    pairs = [(p, t) for p, t in zip(rows, targets, strict=True) if t not in hidden]
    shown = [i for i in range(len(words)) if i not in hidden]
    ranks = [sorted(shown, key=lambda i: (-p[i], i)).index(t) for p, t in pairs]
    count = np.count_nonzero(targets != 1)
    mean = np.mean([len(words[t]) for _, t in pairs])
    full = sum(len(words[t]) + 1 for _, t in pairs) + (count - len(pairs)) * (mean + 1)
    pressed = sum(slow_keys(words, hidden, p, t) for p, t in pairs) + (count - len(pairs)) * (mean + 1)
    assert scores.result() == pytest.approx(
        {
            "perplexity": np.exp(-np.log(rows[np.arange(200), targets].astype(np.float64)).mean()),
            "top1_recall": sum(rank < 1 for rank in ranks) / count,
            "top3_recall": sum(rank < 3 for rank in ranks) / count,
            "keystrokes_saved": 1 - pressed / full,
            "unknown_rate": np.count_nonzero(targets == 0) / count,
            "tokens": 200,
        }
    )


def test_characters_have_no_keystrokes():
    with_keys, without = LanguageScores(WORDS), LanguageScores(WORDS, keystrokes=False)
    random = np.random.default_rng(0)
    rows = random.dirichlet(np.ones(8), 50)
    targets = random.integers(0, 8, 50)
    for scores in (with_keys, without):
        scores.add(rows, targets)
    expected = with_keys.result()
    del expected["keystrokes_saved"]
    assert without.result() == expected


def test_a_perfect_and_a_hopeless_model():
    perfect, hopeless = LanguageScores(WORDS), LanguageScores(WORDS)
    targets = np.array([2, 5, 6])
    perfect.add(np.eye(8, dtype=np.float32)[targets], targets)
    assert perfect.result()["perplexity"] == 1
    assert perfect.result()["keystrokes_saved"] == pytest.approx(1 - 3 / 13)
    hopeless.add(np.eye(8, dtype=np.float32)[[0, 0, 0]], targets)
    assert hopeless.result()["perplexity"] == np.inf


def test_only_ends_or_only_unknown_words():
    for targets, unknown in ((np.array([1, 1]), 0), (np.array([0, 0]), 1)):
        scores = LanguageScores(WORDS)
        scores.add(np.full((2, 8), 1 / 8, np.float32), targets)
        expected = {"top1_recall": 0, "top3_recall": 0, "keystrokes_saved": 0, "unknown_rate": unknown, "tokens": 2}
        assert scores.result() == pytest.approx(expected | {"perplexity": 8})


def test_only_hidden_words_exist():
    scores = LanguageScores(WORDS[:2])
    scores.add(np.full((2, 2), 0.5, np.float32), np.array([0, 1]))
    assert scores.result()["perplexity"] == pytest.approx(2)


def test_nothing_scored_raises():
    scores = LanguageScores(WORDS)
    scores.add(np.empty((0, 8), np.float32), np.empty(0, np.int64))
    with pytest.raises(ValueError, match="no token"):
        scores.result()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -0.125, 0.5])
def test_a_row_that_is_no_distribution_is_named(bad):
    rows = np.full((4, 8), 1 / 8, np.float32)
    rows[2, 3] = bad
    if bad == -0.125:
        rows[2, 4] += 0.25  # so that the sum is 1
    scores = LanguageScores(WORDS)
    with pytest.raises(ValueError, match="row 2"):
        scores.add(rows, np.array([2, 3, 4, 5]))
    with pytest.raises(ValueError, match="no token"):  # and nothing of it was counted
        scores.result()


@pytest.mark.parametrize(
    ("shape", "targets"), [((2, 7), [2, 3]), ((3, 8), [2, 3]), ((2, 8), [2, 8]), ((2, 8), [-1, 2])]
)
def test_a_wrong_call_raises(shape, targets):
    with pytest.raises(ValueError, match="expected"):
        LanguageScores(WORDS).add(np.full(shape, 1 / shape[1], np.float32), np.array(targets))


@pytest.mark.parametrize("keystrokes", [True, False])
def test_blocks_do_not_change_the_measures(keystrokes):
    random = np.random.default_rng(3)
    rows, targets = random.dirichlet(np.ones(8), 30).astype(np.float32), random.integers(0, 8, 30)
    whole = LanguageScores(WORDS, keystrokes=keystrokes)
    whole.add(rows, targets)
    blocks = [(rows[part], targets[part]) for part in np.array_split(np.arange(30), 4)]
    assert language_scores(iter(blocks), WORDS, keystrokes) == pytest.approx(whole.result())
    assert ("keystrokes_saved" in whole.result()) is keystrokes
