"""The last values of series, kept and moved on."""

import numpy as np

from unrolled.inference.recent_values import RecentValues
from unrolled.sources.panel import PanelLayout, read_panel

NONE = np.nan


def rows(name, first, values):
    days = np.datetime64(first) + np.arange(len(values))
    return [{"unique_id": name, "ds": str(day), "y": y} for day, y in zip(days, values, strict=True)]


def panel_of(*series):
    return read_panel([row for one in series for row in rows(*one)], PanelLayout(frequency="D"))[0]


def test_the_last_values_are_kept_as_they_came():
    panel = panel_of(("a", "2026-01-01", [1, 2, NONE, 4, 5, 6]), ("b", "2026-01-05", [7, 8]))
    recent = RecentValues.of(panel, 4)
    np.testing.assert_array_equal(recent.y, [[NONE, 4, 5, 6], [NONE, NONE, 7, 8]])
    again = recent.panel(panel.ids, panel.frequency, panel.last)
    assert again.lengths.tolist() == [3, 2]
    np.testing.assert_array_equal(again.y, [4, 5, 6, 7, 8])
    np.testing.assert_array_equal(again.last, panel.last)
    assert recent.rows(np.array([1])).y.tolist()[0][2:] == [7, 8]


def test_further_values_follow_with_what_is_missing_between():
    panel = panel_of(("a", "2026-01-01", [1, 2, 3]), ("b", "2026-01-01", [4, 5, 6]), ("c", "2026-01-03", [9]))
    recent = RecentValues.of(panel, 4)
    recent.cut[2, 3] = True
    more = panel_of(("c", "2026-01-05", [10]), ("b", "2026-01-04", [1, NONE, 2, 3, 4, 5]))
    places = np.array([2, 1])
    recent.add(places, more, more.first - panel.last[places] - 1)
    np.testing.assert_array_equal(recent.y, [[NONE, 1, 2, 3], [2, 3, 4, 5], [NONE, 9, NONE, 10]])
    assert recent.cut.tolist()[2] == [False, True, False, False]


def test_a_panel_without_values_has_none():
    panel = panel_of(("a", "2026-01-01", [1]))
    empty = RecentValues(np.full((1, 3), np.nan), np.zeros((1, 3), bool)).panel(["a"], panel.frequency, panel.last)
    assert empty.lengths.tolist() == [0]
    assert empty.last.tolist() == panel.last.tolist()
