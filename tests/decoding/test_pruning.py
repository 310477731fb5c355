import numpy as np
import pytest

from unrolled.decoding.pruning import GROUP, best_of_rows, places_in_groups


@pytest.mark.parametrize("columns", [1, 7, GROUP, 5 * GROUP, 9 * GROUP + 13])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_the_best_of_each_row_are_among_those_found(columns: int, n: int) -> None:
    rng = np.random.default_rng(columns)
    values = rng.integers(0, 40, (6, columns)).astype(np.float32)  # many are equal
    values[1] = 3.0
    values[2] = -np.inf
    values[3, 1:] = -np.inf
    rows, found, least = best_of_rows(values, n)
    pairs = set(zip(rows.tolist(), found.tolist(), strict=True))
    assert len(pairs) == len(rows)
    for row in range(6):
        last = np.sort(values[row])[-min(n, columns)]
        assert {(row, c) for c in range(columns) if values[row, c] >= last and values[row, c] > -np.inf} <= pairs
    assert (values[rows, found] > -np.inf).all()
    enough = (values >= least[:, None]).sum(1) >= n
    assert (enough | (least == np.finfo(np.float32).min)).all()


def test_few_are_looked_into() -> None:
    values = np.random.default_rng(0).normal(size=(10, 100 * GROUP)).astype(np.float32)
    assert len(best_of_rows(values, 5)[0]) < 10 * 10


def test_places_in_groups() -> None:
    assert places_in_groups(np.array([2, 2, 2, 5, 7, 7])).tolist() == [0, 1, 2, 0, 0, 1]
    assert places_in_groups(np.zeros(0, np.int64)).tolist() == []
