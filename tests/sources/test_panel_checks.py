import dataclasses

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.panel import PanelLayout, read_panel
from unrolled.sources.panel_checks import check_future, check_known


def panel(ahead: int):
    rows = [
        {"unique_id": name, "ds": day, "y": day if day < 5 else None, "promotion": day % 2}
        for name, end in (("a", 5 + 3), ("b", 5 + ahead))
        for day in range(end)
    ]
    return read_panel(rows, PanelLayout(frequency="1"))[0]


def test_future_covariates_must_reach_the_horizon():
    check_future(panel(3), 3)
    with pytest.raises(
        InputError, match=r"unique_id 'b', ds 6: no promotion, .* rows with it up to 7, 3 periods beyond"
    ):
        check_future(panel(1), 3)
    with pytest.raises(InputError, match="unique_id 'a', ds 8: no promotion"):
        check_future(panel(9), 4)


def test_a_missing_cell_counts_as_none():
    full = panel(3)
    hole = full.future.copy()
    hole[6] = np.nan
    with pytest.raises(InputError, match="unique_id 'a', ds 6: no promotion"):
        check_future(dataclasses.replace(full, future=hole), 3)
    check_future(dataclasses.replace(full, future_names=(), future=hole[:, :0]), 3)


def test_a_series_of_which_nothing_is_known():
    bare = dataclasses.replace(
        panel(3),
        offsets=np.zeros(3, np.int64),
        y=np.zeros(0),
        future_offsets=np.zeros(3, np.int64),
        future=np.zeros((0, 1)),
    )
    check_known(bare, ["a", "b"])
    check_known(panel(3), [])
    with pytest.raises(InputError, match="unique_id 'b': was not in the data learnt from"):
        check_known(bare, ["a"])
