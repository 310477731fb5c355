"""Lead times that are certain, and that are not."""

import numpy as np
import pytest

from unrolled.planning import Article
from unrolled.planning.lead_time import lead_time_chances, longest_lead_time, sampled_lead_times


def article(mean: float, sd: float = 0.0) -> Article:
    return Article("a", 0, 0, mean, 1, fill_rate=0.9, lead_time_sd=sd)


@pytest.mark.parametrize("lead", [0, 3])
def test_a_certain_one_is_itself(lead):
    assert lead_time_chances(article(lead)).tolist() == [0.0] * lead + [1.0]
    assert sampled_lead_times(article(lead), 4).tolist() == [lead] * 4


@pytest.mark.parametrize(("mean", "sd"), [(3, 1), (10, 3), (2.5, 1), (40, 5)])
def test_an_uncertain_one_has_about_its_mean_and_spread(mean, sd):
    chances = lead_time_chances(article(mean, sd))
    times = np.arange(len(chances))
    assert chances.sum() == pytest.approx(1)
    assert chances @ times == pytest.approx(mean, rel=0.03)
    assert np.sqrt(chances @ times**2 - (chances @ times) ** 2) == pytest.approx(sd, rel=0.12)


def test_samples_are_as_often_as_their_chances_and_the_same_each_time():
    uncertain = article(3, 1)
    times = sampled_lead_times(uncertain, 10_000)
    shares = np.bincount(times, minlength=longest_lead_time(uncertain) + 1) / 10_000
    np.testing.assert_allclose(shares, lead_time_chances(uncertain), atol=2e-4)
    assert (times == sampled_lead_times(uncertain, 10_000)).all()
    assert len(set(times[:100].tolist())) > 2  # in no order
