import dataclasses

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.panel import PanelLayout, read_panel
from unrolled.sources.panel_checks import check_history, check_known


def panel(ahead: int):
    rows = [
        {"unique_id": name, "ds": day, "y": day if day < 5 else None, "promotion": day % 2}
        for name, end in (("a", 5 + 3), ("b", 5 + ahead))
        for day in range(end)
    ]
    return read_panel(rows, PanelLayout(frequency="1"))[0]


def test_the_longest_series_must_be_longer_than_the_horizon():
    check_history(panel(3), 4)
    with pytest.raises(InputError, match=r"unique_id 'a' has the longest history there is, of length 5; .* which is 5"):
        check_history(panel(3), 5)


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
