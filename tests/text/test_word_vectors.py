"""Word vectors learnt from text, asked for neighbours, and as the start of an embedding."""

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.text import word_vectors
from unrolled.text.word_vectors import Neighbour, WordVectors

SMALL = WordVectors(["east", "north", "Northeast", "west", "nowhere"], [[2, 0], [0, 1], [3, 3], [-1, 0], [0, 0]])


def two_worlds(count=300, seed=0):
    """Sentences in which words of one group stand together, never with those of the other."""
    rng = np.random.default_rng(seed)
    groups = [["sun", "moon", "star", "cloud", "sky"], ["fork", "plate", "knife", "cup", "spoon"]]
    return [list(rng.choice(groups[i % 2], 8)) for i in range(count)]


@pytest.mark.parametrize("algorithm", ["skip-gram", "cbow"])
def test_words_of_like_surroundings_become_neighbours(algorithm):
    vectors = WordVectors.train(two_worlds(), width=10, algorithm=algorithm, epochs=30)
    assert {one.text for one in vectors.nearest("sky", 4)} == {"sun", "moon", "star", "cloud"}
    assert {one.text for one in vectors.nearest("fork", 4)} == {"plate", "knife", "cup", "spoon"}
    assert (len(vectors), vectors.width, vectors.vectors.dtype) == (10, 10, np.float32)


def test_the_same_seed_gives_the_same_vectors_and_another_seed_or_algorithm_others():
    sentences = two_worlds(50)
    one, again, *others = (
        WordVectors.train(sentences, width=6, seed=seed, algorithm=algorithm)
        for seed, algorithm in ((3, "cbow"), (3, "cbow"), (4, "cbow"), (3, "skip-gram"))
    )
    assert one.tokens == again.tokens
    np.testing.assert_array_equal(one.vectors, again.vectors)
    assert not any(np.array_equal(one.vectors, other.vectors) for other in others)


def test_frequent_words_come_first_and_rare_ones_are_left_out():
    vectors = WordVectors.train([["b", "a", "b"], ["b", "a", "c"], []], width=2, min_count=2)
    assert vectors.tokens == ["b", "a"]


def test_the_end_of_a_very_long_sentence_is_learnt_from_too():
    sentence = ["a"] * 9_999 + ["b", "c"] * 100
    short = WordVectors.train([sentence], width=4, epochs=3)
    parts = WordVectors.train([sentence[:10_000], sentence[10_000:]], width=4, epochs=3)
    cut = WordVectors.train([sentence[:10_000]], width=4, epochs=3, min_count=1)
    np.testing.assert_array_equal(short.vectors, parts.vectors)
    assert "c" in short.tokens
    assert "c" not in cut.tokens


def test_progress_goes_over_all_epochs(monkeypatch):
    seen = []

    def track(blocks, total, what, show, unit):
        for items, block in blocks:
            seen.append((items, total, what, show, unit))
            yield block

    monkeypatch.setattr(word_vectors, "track", track)
    WordVectors.train(two_worlds(20), width=2, epochs=3, show=True)
    assert sum(items for items, *_ in seen) == 3 * 20 * 8
    assert {one[1:] for one in seen} == {(480, "learning 10 word vectors", True, "words")}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 0}, "width is 0; expected between 1"),
        ({"window": 2.5}, r"window is 2\.5; expected int"),
        ({"epochs": -1}, "epochs is -1"),
        ({"algorithm": "lsa"}, "algorithm is 'lsa'; expected one of skip-gram, cbow"),
        ({"min_count": 5}, "no word occurs 5 times among 3"),
    ],
    ids=str,
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        WordVectors.train([["a", "b", "a"]], **settings)


def test_a_text_is_no_sentence_of_words():
    with pytest.raises(InputError, match="a sentence is the text 'a b'; expected a list of its words"):
        WordVectors.train(["a b"])
    with pytest.raises(InputError, match="no word occurs"):
        WordVectors.train([])


def test_neighbours_are_those_of_the_smallest_angle():
    near = SMALL.nearest("north", 3)
    assert [one.text for one in near] == ["Northeast", "east", "west"]
    np.testing.assert_allclose([one.score for one in near], [np.sqrt(0.5), 0, 0], atol=1e-6)
    assert SMALL.nearest("NORTHEAST", 1)[0].text == "east"
    assert SMALL.nearest("east", 100)[-1] == Neighbour("west", -1.0)
    assert len(SMALL.nearest("east", 100)) == 4


def test_a_word_is_found_composed_or_not_and_in_any_case():
    vectors = WordVectors(["cafe\u0301", "istanbul", "Été", "οδος"], np.eye(4))
    for word, row in (
        ("café", 0),
        ("cafe\u0301", 0),
        ("CAFÉ", 0),
        ("İSTANBUL", 1),
        ("e\u0301te\u0301", 2),
        ("ΟΔΟΣ", 3),
    ):
        assert vectors.row(word) == row
    assert vectors.row("cafe") is None
    learnt = WordVectors.train([["tre\u0300s", "très"] * 9], 2, min_count=18, epochs=1, show=False)
    assert learnt.tokens == ["très"]


def test_an_unknown_word_is_refused_with_those_like_it():
    with pytest.raises(InputError, match="no vector of 'norht' among 5 words; did you mean 'north'"):
        SMALL.nearest("norht")
    with pytest.raises(InputError, match=r"no vector of 'zebra' among 5 words$"):
        SMALL.nearest("zebra")
    for n in (0, -1, 1.5):
        with pytest.raises(InputError, match="n is"):
            SMALL.nearest("north", n)


def test_a_start_has_known_rows_and_random_ones_of_their_spread():
    rng = np.random.default_rng(0)
    known = [f"word{i}" for i in range(200)]
    vectors = WordVectors(known, rng.normal(0.1, 0.5, (200, 50)))
    tokens = ["<unk>", "<eos>", "WORD7", *(f"other{i}" for i in range(200)), "word3"]
    start = vectors.start(tokens, np.random.default_rng(1), 50)
    assert start.shape == (len(tokens), 50)
    np.testing.assert_array_equal(start[[2, -1]], vectors.vectors[[7, 3]])
    assert start[3:-1].std() == pytest.approx(vectors.vectors[[7, 3]].std(), rel=0.05)
    np.testing.assert_array_equal(start, vectors.start(tokens, np.random.default_rng(1), 50))


def test_a_start_that_does_not_fit_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="have 2 numbers, the embedding has 3"):
        SMALL.start(["east"], rng, 3)
    with pytest.raises(InputError, match="none of the 2 tokens is among the 5 words"):
        SMALL.start(["<unk>", "zebra"], rng, 2)


@pytest.mark.parametrize(
    ("tokens", "vectors", "message"),
    [
        (["a"], [[1.0], [2.0]], r"1 words have vectors \(2, 1\)"),
        ([], np.zeros((0, 3)), "both at least 1"),
        (["a"], [1.0], r"expected \(V, E\)"),
        (["a", "b"], [[1.0], [np.inf]], "not finite"),
        (["a", "b", "a"], [[1.0], [2.0], [3.0]], "the word 'a' has two vectors"),
    ],
)
def test_what_are_no_word_vectors_is_refused(tokens, vectors, message):
    with pytest.raises(InputError, match=message):
        WordVectors(tokens, vectors)
