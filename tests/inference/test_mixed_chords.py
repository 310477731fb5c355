"""A stream of chords that mixes its model with a baseline: saved, branched and fed together it goes on."""

from hashlib import blake2b

import numpy as np
import pytest
from tests.inference.streams import KINDS

from unrolled.baselines.frames import FrameGrams
from unrolled.baselines.key_mixture import KeyMixture
from unrolled.baselines.keys import KeyChances
from unrolled.data.corpus import FrameCorpus
from unrolled.errors import InputError
from unrolled.inference.stream import Stream
from unrolled.inference.together import feed_together
from unrolled.sources.notation import frames_of_text

KIND = KINDS["chords"]
TUNE = "C4+E4 - G4 C4 C4+E4+G4 C4+E4 - G4"
FRAMES = frames_of_text(TUNE)
CORPUS = FrameCorpus([np.tile(FRAMES, (2, 1))], ["here"])
BASELINE = FrameGrams(tuple(CORPUS.pieces), KeyChances.fit(CORPUS, CORPUS), 4, 0.3)


def mixing(alone: bool = False) -> Stream:
    return Stream(KIND.frozen(), KIND.input, KIND.answers, None if alone else KeyMixture(0.4, lambda: BASELINE))


def same(first: Stream, second: Stream) -> bool:
    return np.array_equal(first.scores(), second.scores()) and first.state() == second.state()


def test_after_every_frame_it_says_what_both_say_mixed() -> None:
    stream, alone = mixing(), mixing(alone=True)
    _, along = mixing().feed_traced(FRAMES)
    odds = BASELINE.log_odds(np.concatenate([FRAMES, FRAMES[:1]]))
    for step in range(len(FRAMES) + 1):
        expected = 0.4 * alone.scores() + 0.6 * odds[step]
        np.testing.assert_allclose(stream.scores(), expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(stream.probabilities(), 1 / (1 + np.exp(-expected)), rtol=1e-4, atol=1e-6)
        if step:
            np.testing.assert_allclose(along[step - 1], stream.probabilities(), rtol=1e-4, atol=1e-6)
        if step < len(FRAMES):
            stream.feed_steps(FRAMES[step : step + 1])
            alone.feed_steps(FRAMES[step : step + 1])
    assert [answer.score for answer in stream.top(3)] == np.sort(stream.probabilities())[:-4:-1].tolist()


@pytest.mark.parametrize("read", [0, 1, 2, 7])
def test_saved_restored_branched_and_fed_together_it_goes_on(read: int) -> None:
    stream = mixing().feed_steps(FRAMES[:read])
    saved, branch = stream.state(), stream.branch()
    assert len(saved) == len(mixing().state())  # it holds no more, however much it reads
    other = mixing().feed("A3").restore(saved)
    assert same(other, stream)
    assert other.steps == read
    feed_together([branch, stream.branch()], [FRAMES[4:8], FRAMES[:1]])
    stream.feed_steps(FRAMES[4:8])
    np.testing.assert_allclose(branch.scores(), stream.scores(), rtol=1e-5, atol=1e-6)
    assert same(other.feed_steps(FRAMES[4:8]), stream)


def test_without_a_mixture_it_is_saved_as_before_and_each_goes_on_from_the_other() -> None:
    alone, stream = mixing(alone=True).feed_steps(FRAMES), mixing().feed_steps(FRAMES)
    assert alone.state().startswith(b"unrolled stream2")
    assert stream.state().startswith(b"unrolled stream4")
    assert len(stream.state()) == len(alone.state()) + 3 * 11
    assert same(mixing(alone=True).restore(stream.state()), alone)
    assert np.isfinite(mixing().restore(alone.state()).scores()).all()


@pytest.mark.parametrize("kind", [b"unrolled stream3", b"unrolled stream4"])
def test_what_was_never_saved_is_refused(kind: bytes) -> None:
    body = kind + mixing(alone=True).feed("C4").state()[16:-8] + bytes(16)
    before = (stream := mixing().feed("E4")).state()
    with pytest.raises(InputError, match="saved stream"):
        stream.restore(body + blake2b(body, digest_size=8).digest())
    assert stream.state() == before
