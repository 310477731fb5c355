import numpy as np

from unrolled.sources.panel import PanelFormat, PanelLayout, read_panel
from unrolled.sources.panel_ahead import future_beyond, known_ahead

HORIZON = 3


def rows(first: int, last: int, end: int) -> list[dict[str, object]]:
    """Days of December 2024 in two series, with values up to ``last``; b is never promoted after that."""
    return [
        {
            "unique_id": name,
            "ds": f"2024-12-{day:02}",
            "y": 1.0 if day <= last else None,
            "promotion": float(day % 2) if name == "a" or day <= last else 0.0,
        }
        for name in "ab"
        for day in range(first, end + 1)
    ]


def learnt(**layout: object) -> tuple[PanelFormat, np.ndarray, np.ndarray]:
    panel, form = read_panel(rows(1, 22, 24), PanelLayout(future=("promotion",), horizon=HORIZON, **layout))
    return form, future_beyond(panel, HORIZON), panel.last


def test_what_was_known_moves_on_and_new_rows_go_before():
    form, future, last = learnt()
    panel = form.read([row for row in rows(23, 23, 26) if row["unique_id"] == "a"])
    np.testing.assert_array_equal(future[:, :, 0], [[1, 0, np.nan], [0, 0, np.nan]])
    ahead = known_ahead(form, future[:1], last[:1], last[:1] + 1, panel)
    np.testing.assert_array_equal(ahead[:, :, 0], [[0, 1, 0]])
    assert np.isnan(known_ahead(form, future[:1], last[:1], last[:1] + 5, panel)).all()


def test_the_future_alone_may_be_told():
    form, future, last = learnt()
    panel = form.read([{"unique_id": "b", "ds": "2024-12-25", "promotion": 1}])
    ahead = known_ahead(form, future[1:], last[1:], last[1:], panel)
    np.testing.assert_array_equal(ahead[:, :, 0], [[0, 0, 1]])


def test_holidays_are_always_known():
    form, future, last = learnt(holidays="DE")
    assert form.names("future") == ("promotion", "holiday")
    panel = form.read([{"unique_id": "b", "ds": "2024-12-23", "y": 1, "promotion": 0}])
    ahead = known_ahead(form, future[1:], last[1:], last[1:] + 1, panel)
    np.testing.assert_array_equal(ahead[0], [[0, 0], [np.nan, 1], [np.nan, 1]])
