"""Whole packs, minimum and capacity."""

import pytest

from unrolled.planning import Article
from unrolled.planning.limits import Placed, placed


def article(**limits: float) -> Article:
    return Article("a", 0, 0, 1, 1, fill_rate=0.9, **limits)


@pytest.mark.parametrize(
    ("limits", "wanted", "expected"),
    [
        ({}, 6.2, Placed(7)),
        ({}, -3, Placed(0)),
        ({"pack": 24}, 48.0000000001, Placed(48)),
        ({"pack": 24}, 49, Placed(72)),
        ({"pack": 0.1}, 0.21, Placed(0.3)),
        ({"minimum": 10}, 3, Placed(10, "minimum")),
        ({"minimum": 10, "pack": 4}, 3, Placed(12, "minimum")),
        ({"minimum": 10}, 0, Placed(0)),
        ({"capacity": 10, "pack": 4}, 30, Placed(8, "capacity")),
        ({"capacity": 0}, 30, Placed(0, "capacity")),
        ({"capacity": 8, "minimum": 10}, 3, Placed(0, "capacity")),
    ],
)
def test_the_least_that_is_enough(limits, wanted, expected):
    assert placed(article(**limits), wanted) == expected


@pytest.mark.parametrize(
    ("limits", "wanted", "best", "expected"),
    [
        ({"pack": 10}, 14, 14, Placed(10)),
        ({"pack": 10}, 16, 16, Placed(20)),
        ({"pack": 10, "minimum": 30}, 12, 12, Placed(0, "minimum")),
        ({"pack": 10, "minimum": 30}, 22, 22, Placed(30, "minimum")),
        ({"pack": 10, "capacity": 10}, 16, 16, Placed(10, "capacity")),
    ],
)
def test_the_one_of_least_cost(limits, wanted, best, expected):
    assert placed(article(**limits), wanted, lambda order: abs(order - best)) == expected
