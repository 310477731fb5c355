"""A bank read whole, step by step, in rows, and from its track gives the same states and forecasts."""

from dataclasses import fields

import numpy as np
import pytest
from tests.smoothing.made import fitted, mixed

from unrolled.smoothing.bank import Bank
from unrolled.smoothing.residuals import residuals
from unrolled.smoothing.state import State

Y, OFFSETS, CUT = mixed()
SEASONS = [(), (7,), (4, 12)]


@pytest.fixture(scope="module", params=SEASONS, ids=str)
def bank(request: pytest.FixtureRequest) -> Bank:
    return fitted(Y, OFFSETS, CUT, request.param)


def assert_same(one: State, other: State) -> None:
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_steps_of_one_series_are_the_run_to_the_bit(bank: Bank) -> None:
    track, states = bank.run(Y, OFFSETS, CUT)
    for i in range(len(bank)):
        alone = bank.rows(np.array([i]))
        state = alone.start()
        for at in range(OFFSETS[i], OFFSETS[i + 1]):
            error = alone.step(state, Y[at : at + 1], CUT[at : at + 1])
            np.testing.assert_array_equal(error[0], Y[at] - track.forecast[at])
            np.testing.assert_array_equal(state.level[0], track.level[at])
        assert_same(state, states.rows(np.array([i])))


def test_steps_of_many_series_are_those_of_each(bank: Bank) -> None:
    index = np.array([0, 1, 9, 1])
    some = bank.rows(index)
    _, state = some.run(*_part(index))
    alone = [state.rows(np.array([i])) for i in range(len(index))]
    values, cut = np.array([3.0, np.nan, 60.0, 1.0]), np.array([False, False, False, True])
    errors = some.step(state, values, cut)
    for i in range(len(index)):
        error = some.rows(np.array([i])).step(alone[i], values[i : i + 1], cut[i : i + 1])
        np.testing.assert_array_equal(error, errors[i : i + 1])
        assert_same(alone[i], state.rows(np.array([i])))


def _part(index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    places = [np.arange(OFFSETS[i], OFFSETS[i + 1]) for i in index]
    at = np.concatenate(places)
    return Y[at], np.cumsum([0, *(len(place) for place in places)]), CUT[at]


def test_a_run_of_few_is_the_run_of_all(bank: Bank) -> None:
    whole, states = bank.run(Y, OFFSETS, CUT)
    index = np.array([1, 3, 0])
    y, offsets, cut = _part(index)
    track, some = bank.rows(index).run(y, offsets, cut)
    assert_same(some, states.rows(index))
    at = np.concatenate([np.arange(OFFSETS[i], OFFSETS[i + 1]) for i in index])
    for mine, theirs in zip(track[:-1], whole[:-1], strict=True):
        np.testing.assert_array_equal(mine, theirs[at])


def test_the_centre_of_an_anchor_is_the_forecast_there(bank: Bank) -> None:
    track, states = bank.run(Y, OFFSETS, CUT)
    for i in (0, 1, 3, 9):
        alone = bank.rows(np.array([i]))
        for length in (1, 3, int(OFFSETS[i + 1] - OFFSETS[i])):
            part = slice(OFFSETS[i], OFFSETS[i] + length)
            _, state = alone.run(Y[part], np.array([0, length]), CUT[part])
            centre = bank.centre(track, np.array([part.stop - 1]), 20)
            np.testing.assert_array_equal(centre, alone.forecast(state, 20))
    there = np.flatnonzero(np.diff(OFFSETS))
    at_end = bank.centre(track, OFFSETS[1:][there] - 1, 20)
    np.testing.assert_array_equal(at_end, bank.forecast(states, 20)[there])


def test_no_state_knows_later_values(bank: Bank) -> None:
    before, _ = bank.run(Y, OFFSETS, CUT)
    changed = Y.copy()
    changed[OFFSETS[0] + 50 : OFFSETS[1]] = 1e6
    after, _ = bank.run(changed, OFFSETS, CUT)
    for mine, theirs in zip(after[:-1], before[:-1], strict=True):
        np.testing.assert_array_equal(mine[: OFFSETS[0] + 50], theirs[: OFFSETS[0] + 50])
    assert not np.array_equal(after.level[OFFSETS[0] + 50], before.level[OFFSETS[0] + 50])


def test_one_step_forecasts_are_the_first_of_longer_ones(bank: Bank) -> None:
    track, _ = bank.run(Y, OFFSETS, CUT)
    anchors = np.arange(10, 40)
    np.testing.assert_allclose(bank.centre(track, anchors, 3)[:, 0], track.forecast[anchors + 1], rtol=1e-12)


def test_a_missing_value_leaves_the_level_and_a_cut_one_never_lowers_it() -> None:
    bank = fitted(Y, OFFSETS, CUT).rows(np.array([0]))
    start = bank.start()
    start.trend[:] = 0
    missing = State(*(entry.copy() for entry in start))
    assert np.isnan(bank.step(missing, np.array([np.nan]), np.array([True]))).all()
    np.testing.assert_array_equal(missing.level, start.level)
    low, high = (State(*(entry.copy() for entry in start)) for _ in range(2))
    bank.step(low, np.array([1.0]), np.array([True]))
    np.testing.assert_array_equal(low.level, start.level)
    bank.step(high, np.array([1e3]), np.array([True]))
    assert (high.level > start.level).all()


def test_residuals_are_the_errors_of_the_last_windows(bank: Bank) -> None:
    track, _ = bank.run(Y, OFFSETS, CUT)
    errors = residuals(bank, track, Y, 5, 3)
    assert errors.shape == (len(bank), 3, 5)
    last = OFFSETS[1] - 6
    np.testing.assert_array_equal(errors[0, 2], Y[last + 1 : last + 6] - bank.centre(track, np.array([last]), 5)[0])
    assert np.isnan(errors[6]).all()
    assert np.isnan(errors[5]).all()


def test_every_series_has_finite_parameters_and_forecasts(bank: Bank) -> None:
    for field in fields(bank):
        assert np.isfinite(getattr(bank, field.name)).all(), field.name
    assert (bank.spread > 0).all()
    _, states = bank.run(Y, OFFSETS, CUT)
    assert np.isfinite(bank.forecast(states, 30)).all()
