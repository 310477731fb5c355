import numpy as np
import pytest

from unrolled.decoding.drawing import draw
from unrolled.settings import Search

CHANCES = np.array([0.1, 0.05, 0.4, 0.0, 0.2, 0.25])


def frequencies(**changes: float) -> np.ndarray:
    search, rng = Search(**{"temperature": 1.0} | changes), np.random.default_rng(5)  # type: ignore[arg-type]
    with np.errstate(divide="ignore"):
        log_probabilities = np.log(CHANCES).astype(np.float32)
    drawn = [draw(log_probabilities, search, rng) for _ in range(1500)]
    return np.bincount(drawn, minlength=len(CHANCES)) / len(drawn)


def shares(chances: np.ndarray) -> np.ndarray:
    return chances / chances.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_as_often_as_the_temperature_makes_them(temperature: float) -> None:
    np.testing.assert_allclose(frequencies(temperature=temperature), shares(CHANCES ** (1 / temperature)), atol=0.035)


@pytest.mark.parametrize(("top", "kept"), [(1, [2]), (2, [2, 5]), (4, [0, 2, 4, 5]), (100, [0, 1, 2, 4, 5])])
def test_only_the_top_is_drawn_from(top: int, kept: list[int]) -> None:
    found = frequencies(top=top)
    assert np.flatnonzero(found).tolist() == kept
    np.testing.assert_allclose(found[kept], shares(CHANCES[kept]), atol=0.035)


@pytest.mark.parametrize(("nucleus", "kept"), [(0.0, [2]), (0.39, [2]), (0.6, [2, 5]), (0.86, [0, 2, 4, 5])])
def test_only_the_nucleus_is_drawn_from(nucleus: float, kept: list[int]) -> None:
    found = frequencies(nucleus=nucleus)
    assert np.flatnonzero(found).tolist() == kept
    np.testing.assert_allclose(found[kept], shares(CHANCES[kept]), atol=0.035)


def test_a_temperature_near_0_takes_the_most_probable() -> None:
    assert frequencies(temperature=1e-3)[2] == 1
