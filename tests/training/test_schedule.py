"""Tables of the pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.training.schedule import learning_rate_factor, steps_within, validation_interval


@pytest.mark.parametrize(
    ("schedule", "step", "steps", "epoch", "expected"),
    [
        ("constant", 0, 1000, 100, 0.02),
        ("constant", 24, 1000, 100, 0.5),
        ("constant", 49, 1000, 100, 1.0),
        ("constant", 999, 1000, 100, 1.0),
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
def test_learning_rate(schedule: str, step: int, steps: int, epoch: int, expected: float) -> None:
    assert learning_rate_factor(schedule, step, steps, epoch) == pytest.approx(expected, rel=1e-9)


@given(
    st.sampled_from(["cosine", "constant", "halving"]),
    st.integers(0, 10**6),
    st.integers(1, 10**9),
    st.integers(1, 9999),
)
def test_the_share_of_the_learning_rate_is_a_share(schedule: str, step: int, steps: int, epoch: int) -> None:
    assert 0 <= learning_rate_factor(schedule, step, steps, epoch) <= 1


@pytest.mark.parametrize(
    ("steps", "epoch", "expected"),
    [(1000, 100, 100), (300, 100, 60), (3, 100, 1), (1, 1, 1), (10**9, 7, 7), (499, 100, 100)],
)
def test_validation_interval(steps: int, epoch: int, expected: int) -> None:
    assert validation_interval(steps, epoch) == expected


@pytest.mark.parametrize(
    ("seconds", "step", "validation", "epoch", "expected"),
    [
        (1100.0, 0.1, 1.0, 100, 10_000),  # an epoch and its validation take 11 s
        (20.0, 0.1, 1.0, 100, 150),  # less than five epochs: five validations all the same
        (4.0, 0.1, 1.0, 100, 0),  # not even the validations fit
        (-1.0, 0.1, 1.0, 100, 0),
    ],
)
def test_steps_within(seconds: float, step: float, validation: float, epoch: int, expected: int) -> None:
    assert steps_within(seconds, step, validation, epoch) == expected


@given(st.floats(0.1, 1e6), st.floats(1e-4, 10), st.floats(1e-4, 1e3), st.integers(1, 10**6))
def test_a_run_of_that_many_steps_keeps_within_the_time(
    seconds: float, step: float, validation: float, epoch: int
) -> None:
    steps = steps_within(seconds, step, validation, epoch)
    validations = steps // validation_interval(steps, epoch) if steps else 0
    assert steps * step + validations * validation <= seconds * (1 + 1e-9)
