import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.decoding import choose, ranked
from unrolled.settings import Decoding

CHANCES = np.array([0.1, 0.05, 0.4, 0.0, 0.2, 0.25], np.float32)


def by_sorting(probabilities, n, hidden):
    allowed = [i for i in range(len(probabilities)) if i not in hidden]
    return sorted(allowed, key=lambda i: (-probabilities[i], i))[:n]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.125, 0.25, 0.5]), min_size=1, max_size=12),  # many ties
    st.integers(0, 14),
    st.sets(st.integers(0, 11)),
)
def test_ranked_is_what_sorting_gives(values, n, hidden):
    hidden = {i for i in hidden if i < len(values)}
    probabilities = np.array(values, np.float32)
    best = ranked(probabilities, n, hidden)
    assert best.dtype == np.int64
    assert best.tolist() == by_sorting(values, n, hidden)
    assert probabilities.tolist() == values, "the argument is left as it is"


def test_ranked_of_many_equals_takes_the_lowest_ids():
    assert ranked(np.full(10_000, 1e-4, np.float32), 3, (0, 2)).tolist() == [1, 3, 4]


def test_hidden_may_name_an_id_twice():
    assert ranked(CHANCES, 6, (2, 2, 5)).tolist() == [4, 0, 1, 3]


def test_temperature_zero_takes_the_most_probable():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        assert choose(CHANCES, Decoding(temperature=0.0), rng) == 2
        assert choose(CHANCES, Decoding(temperature=0.0, top=4), rng, hidden=(2, 4)) == 5


def draws(decoding, probabilities=CHANCES, hidden=(), count=4000):
    rng = np.random.default_rng(decoding.seed)
    ids = [choose(probabilities, decoding, rng, hidden) for _ in range(count)]
    return np.bincount(ids, minlength=len(probabilities)) / count


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("top", "hidden"), [(0, ()), (3, ()), (3, (2,)), (0, (0, 4))])
def test_frequencies_are_the_distribution(temperature, top, hidden):
    allowed = by_sorting(CHANCES, top or len(CHANCES), hidden)
    expected = np.zeros(len(CHANCES))
    expected[allowed] = CHANCES[allowed].astype(np.float64) ** (1 / temperature)
    expected /= expected.sum()
    shares = draws(Decoding(temperature=temperature, top=top), hidden=hidden)
    np.testing.assert_allclose(shares, expected, atol=0.04)  # 5 standard deviations of the worst
    assert not shares[expected == 0].any()


def test_top_larger_than_the_vocabulary_is_all_of_it():
    assert draws(Decoding(top=100), count=500).tolist() == draws(Decoding(), count=500).tolist()


def test_the_seed_decides():
    first, again, other = (draws(Decoding(seed=seed), count=50).tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-9, 0.01])
def test_a_cold_draw_is_the_most_probable(temperature):
    for chances in (CHANCES, CHANCES.astype(np.float64), np.array([1e-38, 0.0, 1e-30], np.float32)):
        shares = draws(Decoding(temperature=temperature), chances, count=20)
        assert shares[np.argmax(chances)] == 1


def test_a_cold_draw_among_equals_takes_any_of_them():
    shares = draws(Decoding(temperature=1e-9), np.array([0.5, 0.0, 0.5]), count=400)
    assert 0.4 < shares[0] < 0.6
    assert shares[1] == 0


@pytest.mark.parametrize("temperature", [100.0, 1e15])
def test_a_hot_draw_takes_all_that_are_possible_alike(temperature):
    shares = draws(Decoding(temperature=temperature))
    np.testing.assert_allclose(shares, [0.2, 0.2, 0.2, 0.0, 0.2, 0.2], atol=0.04)


def test_impossible_items_are_never_drawn():
    certain = np.array([0.0, 1.0, 0.0], np.float32)
    assert draws(Decoding(temperature=100.0), certain, count=200)[1] == 1


@pytest.mark.parametrize("temperature", [0.0, 1e-9, 1.0, 100.0])
def test_where_all_that_is_left_is_impossible_the_first_is_taken(temperature):
    certain = np.array([0.0, 1.0, 0.0], np.float32)
    assert draws(Decoding(temperature=temperature), certain, hidden=(1,), count=20)[0] == 1
