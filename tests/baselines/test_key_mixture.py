"""A mixture of log-odds with one weight: the most probable for held-out frames, near a half where they are few."""

import json

import numpy as np
import pytest

from unrolled.baselines import Sizes
from unrolled.baselines.frames import CHORDS
from unrolled.baselines.key_mixture import KeyMixture, KeyWeight
from unrolled.data.corpus import FrameCorpus
from unrolled.errors import InputError

RNG = np.random.default_rng(0)
K = 5


def nats(odds, frames):
    return np.logaddexp(0, np.where(frames, -odds, odds)).sum(axis=1).mean()


def heard(weight, size):
    """The log-odds of a network and of a baseline, and frames drawn of both mixed with this weight."""
    network, baseline = RNG.normal(0, 2, (2, size, K))
    return network, baseline, RNG.random((size, K)) < 1 / (1 + np.exp(-(weight * network + (1 - weight) * baseline)))


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.9])
def test_the_weight_is_that_of_which_the_frames_were_drawn(weight):
    network, baseline, frames = heard(weight, 5_000)
    found = KeyWeight.fit(network, baseline, frames)
    assert found.network == pytest.approx(weight, abs=0.03)
    assert found.loss < min(nats(network, frames), nats(baseline, frames))
    tried = np.linspace(0, 1, 101)
    best = tried[np.argmin([nats(w * network + (1 - w) * baseline, frames) for w in tried])]
    assert found.network == pytest.approx(best, abs=0.01)


def test_few_frames_say_little():
    network, baseline, frames = heard(1.0, 5_000)
    assert KeyWeight.fit(network, baseline, frames).network > 0.95
    assert 0.5 < KeyWeight.fit(np.array([[0.5]]), np.array([[0.1]]), np.array([[True]])).network < 0.55
    assert KeyWeight.fit(network, network, frames).network == pytest.approx(0.5, abs=1e-4)


def test_log_odds_are_mixed_after_the_last_frames_and_silence_before_them():
    piece = np.tile(RNG.random((4, K)) < 0.5, (8, 1))
    part = FrameCorpus([piece], ["here"])
    baseline = CHORDS.fit(part, part, Sizes(K))
    mixture = KeyMixture(0.3, lambda: baseline)
    network = RNG.normal(size=(9, K)).astype(np.float32)
    read = np.concatenate([np.zeros((1, K)), piece[:8]]).astype(np.float32)
    expected = 0.3 * network + 0.7 * baseline.log_odds(piece[:9])
    along = mixture.mixed_along(network, read)
    np.testing.assert_allclose(along, expected, rtol=1e-5)
    for step in range(9):
        recent = read[max(0, step + 1 - mixture.context) : step + 1]
        np.testing.assert_array_equal(mixture.mixed_after(network[step], recent), along[step])
    np.testing.assert_array_equal(mixture.mixed_along(network[4:], read), mixture.mixed_along(network[4:], read[1:]))


def test_the_weight_is_chosen_on_what_both_say_of_a_part():
    part = FrameCorpus([RNG.random((size, K)) < 0.5 for size in (7, 4)], ["here", "there"])
    baseline = CHORDS.fit(part, part, Sizes(K))
    network = [(RNG.normal(size=piece.shape), piece) for piece in part.pieces]
    other = np.concatenate([odds for odds, _ in baseline.predictions(part)])
    expected = KeyWeight.fit(np.concatenate([odds for odds, _ in network]), other, np.concatenate(part.pieces))
    assert KeyWeight.chosen(iter(network), baseline, part) == expected


def test_a_corpus_has_a_beginning():
    part = FrameCorpus([RNG.random((size, K)) < 0.5 for size in (7, 4, 3)], ["a", "b", "c"])
    first = part.first(9)
    assert [len(piece) for piece in first.pieces] == [7, 2]
    assert first.where == ["a", "b"]
    assert len(part.first(100)) == len(part)


def test_json_brings_it_back():
    weight = KeyWeight(0.6, 8.14)
    assert KeyWeight.from_json(weight.to_json(), "mixture.json") == weight


@pytest.mark.parametrize("change", [{"network": 1.5}, {"network": "1"}, {"network": True}, {"loss": None}, {"more": 1}])
def test_a_damaged_weight_is_refused(change):
    damaged = json.loads(KeyWeight(0.6, 8.14).to_json()) | change
    with pytest.raises(InputError, match=r"mixture\.json: expected"):
        KeyWeight.from_json(json.dumps(damaged), "mixture.json")
