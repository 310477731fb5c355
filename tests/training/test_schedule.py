"""Tables of the pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.training.schedule import (
    annealed_rate,
    annealing_steps,
    plan_within,
    planned_rate,
    validation_interval,
)

SCHEDULES = ["wsd", "cosine", "constant", "halving"]


@pytest.mark.parametrize(
    ("schedule", "step", "steps", "epoch", "expected"),
    [
        ("constant", 0, 1000, 100, 0.02),
        ("constant", 24, 1000, 100, 0.5),
        ("constant", 49, 1000, 100, 1.0),
        ("constant", 999, 1000, 100, 1.0),
        ("wsd", 24, 1000, 100, 0.5),
        ("wsd", 799, 1000, 100, 1.0),
        ("cosine", 0, 1000, 100, 0.02),
        ("cosine", 250, 1000, 100, 0.02 + 0.98 * (1 + 0.5**0.5) / 2),
        ("cosine", 500, 1000, 100, 0.51),
        ("cosine", 1000, 1000, 100, 0.02),
        ("cosine", 5000, 1000, 100, 0.02),
        ("halving", 0, 1300, 100, 1.0),
        ("halving", 399, 1300, 100, 1.0),  # 13 epochs: four at the full rate
        ("halving", 400, 1300, 100, 0.5),
        ("halving", 499, 1300, 100, 0.5),
        ("halving", 1299, 1300, 100, 0.5**9),
        ("halving", 99, 100, 100, 1.0),  # a single epoch
        ("halving", 30, 40, 100, 1.0),  # less than one
        ("halving", 199, 200, 100, 0.5),
    ],
)
def test_planned_rate(schedule: str, step: int, steps: int, epoch: int, expected: float) -> None:
    assert planned_rate(schedule, step, steps, epoch) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("rate", "step", "expected"), [(1.0, 800, 1.0), (1.0, 900, 0.51), (0.5, 1000, 0.01), (1.0, 1200, 0.02)]
)
def test_annealed_rate(rate: float, step: int, expected: float) -> None:
    assert annealed_rate(rate, step, 800, 1000) == pytest.approx(expected, rel=1e-9)


def test_annealing_takes_a_fifth_of_a_run() -> None:
    assert [annealing_steps(start) for start in (0, 3, 800)] == [1, 1, 200]


@given(st.sampled_from(SCHEDULES), st.integers(0, 10**6), st.integers(1, 10**9), st.integers(1, 9999))
def test_the_share_of_the_learning_rate_is_a_share(schedule: str, step: int, steps: int, epoch: int) -> None:
    planned = planned_rate(schedule, step, steps, epoch)
    assert 0 <= planned <= 1
    assert 0 <= annealed_rate(planned, step, steps, steps + annealing_steps(steps)) <= planned


@pytest.mark.parametrize(
    ("steps", "epoch", "validation", "expected"),
    [
        (1000, 100, 10, 100),  # an epoch
        (1000, 3, 1, 50),  # an epoch of little data is too short for a validation
        (300, 100, 10, 60),  # five in a short run
        (3, 100, 10, 1),
        (1, 1, 1, 1),
        (10**9, 9999, 100, 500),  # an epoch of much data is too long
        (10**9, 9999, 1000, 3000),  # unless a validation is long, too
    ],
)
def test_validation_interval(steps: int, epoch: int, validation: int, expected: int) -> None:
    assert validation_interval(steps, epoch, validation) == expected


@pytest.mark.parametrize(
    ("seconds", "step", "validation", "expected"),
    [
        (1100.0, 0.1, 1.0, (10_000, 100)),  # an epoch and its validation take 11 s
        (20.0, 0.1, 1.0, (150, 30)),  # less than five epochs: five validations all the same
        (4.0, 0.1, 1.0, (20, 10)),  # but for no more than half of the time
        (1.0, 0.1, 5.0, (0, 1)),  # not even one fits
        (-1.0, 0.1, 1.0, (0, 1)),
        (10.0, 0.1, 0.0, (100, 20)),
    ],
)
def test_plan_within(seconds: float, step: float, validation: float, expected: tuple[int, int]) -> None:
    assert plan_within(seconds, step, validation, 100, 10) == expected


@given(st.floats(0.1, 1e6), st.floats(1e-4, 10), st.floats(1e-4, 1e3), st.integers(1, 10**6), st.integers(1, 10**4))
def test_a_run_of_that_many_steps_keeps_within_the_time(
    seconds: float, step: float, validation: float, epoch: int, batches: int
) -> None:
    steps, interval = plan_within(seconds, step, validation, epoch, batches)
    validations = -(-steps // interval)
    assert steps * step + validations * validation <= seconds * (1 + 1e-9) + validation * (steps >= 5 * interval)
