"""A stream that mixes its model with an n-gram: saved, branched and fed together it goes on with the same bits."""

from hashlib import blake2b

import numpy as np
import pytest
from tests.inference.test_stream import TEXTS, frozen_of, same

from unrolled.baselines import NGram
from unrolled.baselines.mixture import Mixture, MixtureWeights
from unrolled.errors import InputError
from unrolled.inference.answers import TokenAnswers
from unrolled.inference.stream import Stream
from unrolled.inference.together import feed_together

WEIGHTS = MixtureWeights((0.3,), (0.25, 0.75), 1.0)


def mixing(kind: str = "word", cell: str = "gru", alone: bool = False) -> Stream:
    text = TEXTS[kind]
    ids = text.encode("the cat sees the red car. my friend likes the cat. " * 3)
    ngram = NGram.fit(ids, text.vocabulary)
    mixture = None if alone else Mixture(WEIGHTS, lambda: ngram)
    return Stream(frozen_of(cell, text.vocabulary), text, TokenAnswers(text.tokenizer), mixture)


def expected(words: str, kind: str = "word") -> np.ndarray:
    stream, ids = mixing(kind), TEXTS[kind].encode(words).tolist()
    assert stream._mixture is not None
    ngram = stream._mixture.ngram()
    share = WEIGHTS.of(ngram.left(np.array(ngram.nodes([1, *ids]))[:, None]))[0]
    own = mixing(kind, alone=True).feed(words).probabilities()
    return np.asarray(share * own + (1 - share) * ngram.distribution(ids))


@pytest.mark.parametrize("words", ["", "the", "the cat", "the cat sees the red", "my old man hears the dog likes a"])
def test_its_probabilities_are_mixed_after_any_words(words: str) -> None:
    stream = mixing().feed(words)
    np.testing.assert_allclose(stream.probabilities(), expected(words), rtol=1e-5)
    np.testing.assert_allclose(np.exp(stream.scores()), stream.probabilities(), rtol=1e-5)
    best = [answer.score for answer in stream.top(3)]
    np.testing.assert_allclose(best, np.sort(stream.probabilities()[2:])[:-4:-1], rtol=1e-5)
    pieces = mixing()
    for word in words.split():
        pieces.feed(word)
    assert np.array_equal(pieces.probabilities(), stream.probabilities())


@pytest.mark.parametrize("cell", ["lstm", "dense"])
def test_saved_restored_branched_and_fed_together_it_goes_on(cell: str) -> None:
    stream = mixing(cell=cell).feed("my friend likes the cat")
    saved, branch = stream.state(), stream.branch()
    other = mixing(cell=cell).feed("red").restore(saved)
    assert same(other, stream)
    steps = TEXTS["word"].encode("sees the red car")
    feed_together([branch, stream.branch()], [steps, steps[:1]])
    stream.feed_steps(steps)
    assert same(other.feed_steps(steps), stream)
    assert same(branch, stream)
    assert len(stream.state()) == len(saved)  # it holds no more, however much it reads
    outputs, decisions = mixing(cell=cell).feed_traced(steps)
    assert len(outputs) == len(steps)
    np.testing.assert_allclose(decisions[-1], mixing(cell=cell).feed_steps(steps).probabilities(), rtol=1e-4)


def test_it_goes_on_from_a_stream_of_the_model_alone_and_the_other_way_about() -> None:
    alone = mixing(alone=True).feed("the cat")
    stream = mixing().restore(alone.state())
    assert stream.last == alone.last
    assert np.isfinite(stream.probabilities()).all()
    back = mixing(alone=True).restore(mixing().feed("the cat").state())
    assert same(back, alone)


@pytest.mark.parametrize("recent", [[-1, -1, -1, -1], [3, -1, -1, 5], [-1, 5, -7, 5], [2, 3, 4, 6], [-1, 4, 999, 5]])
def test_forged_last_ids_are_refused(recent: list[int]) -> None:
    stream = mixing().feed_steps(np.array([5]))
    body = stream.state()[: -8 - 16] + np.array(recent, "<i4").tobytes()
    with pytest.raises(InputError, match="last id"):
        mixing().restore(body + blake2b(body, digest_size=8).digest())


@pytest.mark.parametrize("kind", ["character", "bpe"])
def test_words_of_several_tokens_are_searched_in_the_mixture(kind: str) -> None:
    best = {answer.text: answer.score for answer in mixing(kind).feed("the ").top(5)}
    alone = {answer.text: answer.score for answer in mixing(kind, alone=True).feed("the ").top(5)}
    assert {"cat", "red"} & best.keys()
    assert best != alone
