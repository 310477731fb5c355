"""Some series of a panel."""

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.panel import PanelLayout, read_panel

ROWS = [
    {
        "unique_id": name,
        "ds": f"2026-01-{day:02}",
        "y": 10 * i + day if day < 5 - i else None,
        "open": day + i,
        "size": i,
    }
    for i, name in enumerate("abc")
    for day in range(1, 7)
]


def test_some_series_keep_all_that_is_theirs_in_the_order_asked_for():
    panel, _ = read_panel(ROWS, PanelLayout(frequency="D", static=("size",), future=("open",)))
    some = panel.only(["c", "a"])
    assert list(some.ids) == ["c", "a"]
    assert some.lengths.tolist() == [2, 4]
    np.testing.assert_array_equal(some.y, [21, 22, 1, 2, 3, 4])
    np.testing.assert_array_equal(some.future[:, 0], [*range(3, 9), *range(1, 7)])
    np.testing.assert_array_equal(some.static[:, 0], [2, 0])
    np.testing.assert_array_equal(some.last, panel.last[[2, 0]])
    for mine, its in zip(vars(panel.only(panel.ids)).values(), vars(panel).values(), strict=True):
        np.testing.assert_array_equal(mine, its)
    with pytest.raises(InputError, match="no series 'd'; there is 'a', 'b', 'c'"):
        panel.only(["a", "d"])
