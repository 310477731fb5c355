import numpy as np
import pytest

from unrolled.metrics.frames import frame_scores


def test_nats_and_accuracy_by_hand():
    truth = np.array([[True, False, True], [False, False, False]])
    odds = np.array([[0.8, 0.2, 0.4], [0.1, 0.6, 0.5 - 1e-9]])
    scores = frame_scores([(np.log(odds / (1 - odds)), truth)])
    own = np.where(truth, odds, 1 - odds)
    assert scores["nats_per_frame"] == pytest.approx(-np.log(own).sum() / 2)
    assert scores["accuracy"] == 1 / 3
    assert scores["frames"] == 2


def test_every_frame_counts_alike_whatever_its_piece():
    rng = np.random.default_rng(0)
    odds, truth = rng.normal(size=(12, 7)) * 30, rng.random((12, 7)) < 0.5
    whole = frame_scores([(odds, truth)])
    parts = frame_scores([(odds[:3], truth[:3]), (odds[3:], truth[3:])])
    assert parts == pytest.approx(whole)
    assert np.isfinite(frame_scores([(odds * 1e6, truth)])["nats_per_frame"])
