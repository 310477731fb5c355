"""Attention between whole words: what pieces of a word attended to, and were attended by, belongs to the word."""

import numpy as np
import pytest

from unrolled.inference.translations import Aligned, Translation
from unrolled.inspection import attention_numbers, word_alignment, word_attention


def aligned(source, target, attention=None):
    if attention is None:
        attention = np.random.default_rng(0).dirichlet(np.ones(len(source)), len(target))
    return Aligned(Translation("answer", 0.5), source, target, np.asarray(attention, np.float32), range(len(target)))


def test_weights_are_summed_over_pieces_of_the_source_and_averaged_over_those_of_the_answer():
    attention = [[0.1, 0.2, 0.3, 0.4], [0.3, 0.4, 0.3, 0.0], [0.0, 0.0, 0.0, 1.0]]
    words = word_attention(aligned([" bi", "cycle", ".", "<eos>"], [" Fahr", "rad", "<eos>"], attention))
    assert words.source == ["bicycle", ".", "<eos>"]
    assert words.target == ["Fahrrad", "<eos>"]
    np.testing.assert_allclose(words.weights, [[0.5, 0.3, 0.2], [0, 0, 1]], atol=1e-6)


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (
            ["Do", "n", "'", "t", " stop", ",", " ever", "-", "green", "!", "<eos>"],
            ["Don't", "stop", ",", "ever-green", "!"],
        ),
        ([" a", "<unk>", "b"], ["a", "<unk>", "b"]),
        (list("bike"), list("bike")),
        (["B", " AY1", " K"], ["B", "AY1", "K"]),
        ([" a", "", " man"], ["a", "man"]),
        (["男", "人", " x"], ["男", "人", "x"]),
        (["自行", "车"], ["自行", "车"]),
        (["\n"], ["\n"]),
        ([], []),
    ],
)
def test_what_a_word_is(tokens, words):
    found = word_attention(aligned(tokens, ["x"], np.zeros((1, len(tokens))))).source
    assert [word for word in found if word != "<eos>"] == words


def test_rows_still_sum_to_one():
    words = word_attention(aligned([" un", "roll", "ed", " is", " a", " lib", "rary", "<eos>"], ["Sie", " ist", "."]))
    np.testing.assert_allclose(words.weights.sum(1), 1, atol=1e-6)
    assert words.weights.shape == (3, 5)


def test_links_are_the_strongest_of_each_word_and_all_that_are_strong():
    attention = [[0.5, 0.45, 0.05], [0.08, 0.84, 0.08], [0.02, 0.08, 0.9]]
    links = word_alignment(aligned(["A", " man", "<eos>"], ["Ein", " Mann", "<eos>"], attention))
    assert [(link.source, link.target, link.places) for link in links] == [
        ("A", "Ein", (0, 0)),
        ("man", "Ein", (1, 0)),
        ("man", "Mann", (1, 1)),
    ]
    assert links[0].weight == pytest.approx(0.5)


def test_the_numbers_of_an_answer():
    numbers = attention_numbers(aligned(["A", " man"], ["Ein"], [[0.25, 0.75]]))
    assert (numbers["answer"], numbers["score"]) == ("answer", 0.5)
    assert (numbers["source"], numbers["target"]) == (["A", "man"], ["Ein"])
    assert numbers["alignment"][1] == {"source": "man", "target": "Ein", "weight": 0.75, "places": (1, 0)}
    assert attention_numbers(aligned([], [], np.zeros((0, 0))))["alignment"] == []
