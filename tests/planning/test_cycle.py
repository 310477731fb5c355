"""What an order has to last for, against direct simulation and brute force."""

import numpy as np
import pytest

from unrolled.planning.cycle import Cycle, cycle_of, level_for_fill_rate, level_for_share

RNG = np.random.default_rng(0)


def simulated(demand, on_hand, arriving, order, lead, review):
    """Units lost in the cycle, and left at its end, on one path."""
    lost = 0.0
    for period in range(lead + review):
        on_hand += arriving[period] if period < min(lead, len(arriving)) else 0.0
        if period == lead:
            on_hand += order + arriving[lead:].sum()
        lost += max(demand[period] - on_hand, 0.0) * (period >= lead)
        on_hand = max(on_hand - demand[period], 0.0)
    return lost, on_hand


@pytest.mark.parametrize("on_hand", [0.0, 9.0, 100.0])
def test_lost_and_left_are_those_of_a_simulation(on_hand):
    demand, lead, order = RNG.gamma(2, 3, (50, 9)), RNG.integers(0, 5, 50), 17.0
    arriving = np.array([0.0, 0.0, 6.0])
    cycle = cycle_of(demand, on_hand, arriving, lead, review=4)
    pairs = [simulated(path, on_hand, arriving, order, n, 4) for path, n in zip(demand, lead, strict=True)]
    np.testing.assert_allclose(np.stack([cycle.lost(order), cycle.left(order)], 1), pairs, atol=1e-12)


def test_with_enough_there_the_requirement_is_the_total_less_the_position():
    demand = RNG.gamma(2, 3, (50, 9))
    cycle = cycle_of(demand, 500.0, np.array([40.0]), np.full(50, 3), review=6)
    np.testing.assert_allclose(cycle.requirement, demand.sum(1) - 540)


def test_the_share_is_the_critical_ratio_that_a_newsvendor_has():
    needs = RNG.gamma(2, 3, 500)
    cycle = Cycle(np.zeros(500), needs, np.zeros(500))
    under, over = 3.0, 1.0
    costs = {level: (under * cycle.lost(level) + over * cycle.left(level)).mean() for level in needs}
    assert level_for_share(needs, under / (under + over)) == min(costs, key=costs.get)


@pytest.mark.parametrize("rate", [0.5, 0.9, 0.98, 0.9999])
@pytest.mark.parametrize("stock", [0.0, 5.0])
def test_the_fill_rate_is_met_exactly(rate, stock):
    cycle = Cycle(np.zeros(300), RNG.gamma(2, 3, 300), np.full(300, stock))
    level = level_for_fill_rate(cycle, rate)
    assert cycle.lost(level).mean() / cycle.demand.mean() == pytest.approx(1 - rate)


def test_no_demand_needs_no_order():
    nothing = Cycle(np.zeros(5), np.zeros(5), np.zeros(5))
    assert level_for_fill_rate(nothing, 0.9) == level_for_share(nothing.requirement, 0.9) == 0
