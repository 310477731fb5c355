"""Letters and sounds: the alignment is the most probable of all, and counts are those of all alignments."""

from itertools import pairwise, product

import numpy as np

from unrolled.baselines import letter_alignment
from unrolled.baselines.letter_alignment import align_letters


def every(x, y):
    """All ways to hand the sounds y to the letters x in order, up to two to each."""
    for taken in product(range(3), repeat=len(x)):
        if sum(taken) == len(y):
            ends = np.cumsum([0, *taken])
            yield tuple(tuple(y[a:b]) for a, b in pairwise(ends))


def probability(x, runs, tables):
    return float(np.prod([tables[len(run)][(letter, *run)] for letter, run in zip(x, runs, strict=True)]))


def test_counts_and_the_best_are_those_of_all_alignments():
    rng = np.random.default_rng(0)
    tables = [rng.uniform(0.1, 1, (3, *[4] * k)) for k in range(3)]
    x, y = rng.integers(0, 3, (2, 4)), rng.integers(0, 4, (2, 5))
    expected = [np.zeros_like(table) for table in tables]
    best = []
    for row in range(2):
        ways = {runs: probability(x[row], runs, tables) for runs in every(x[row].tolist(), y[row].tolist())}
        for runs, p in ways.items():
            for letter, run in zip(x[row].tolist(), runs, strict=True):
                expected[len(run)][(letter, *run)] += p / sum(ways.values())
        best.append([len(run) for run in max(ways, key=ways.get)])
    found = letter_alignment._posteriors(x, y, tables)
    for k, table in enumerate(tables):
        counts = letter_alignment._counted([found[k]], table)
        np.testing.assert_allclose(counts, expected[k], atol=1e-5)
    assert letter_alignment._best(x, y, tables).tolist() == best


def test_silent_letters_and_double_sounds_are_found():
    rng = np.random.default_rng(1)
    runs = {0: (0,), 1: (1,), 2: (), 3: (2, 3), 4: (4,)}  # letter 2 is silent, letter 3 has two sounds
    words = [rng.integers(0, 5, rng.integers(2, 7)) for _ in range(300)]
    sounds = [np.array([s for letter in word.tolist() for s in runs[letter]], np.int64) for word in words]
    aligned = align_letters(words, sounds, 5, 5)
    right = [parts == [runs[letter] for letter in word.tolist()] for word, parts in zip(words, aligned, strict=True)]
    assert np.mean(right) > 0.95


def test_a_word_with_too_few_letters_is_left_out():
    words, sounds = (
        [np.array([0]), np.array([], int), np.array([0, 1])],
        [np.array([0, 0, 0]), np.array([0]), np.array([0])],
    )
    assert [len(parts) for parts in align_letters(words, sounds, 2, 1)] == [0, 0, 2]
