from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from unrolled import InputError
from unrolled.sources.cells import is_missing, text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a ", "a "),
        (None, ""),
        (float("nan"), ""),
        (True, "True"),
        (3, "3"),
        (2.0, "2"),
        (0.5, "0.5"),
        (Decimal("2.00"), "2"),
        (Decimal("0.50"), "0.50"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3), "2026-01-02 03:00:00"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        (time(1, 2), "01:02:00"),
        (timedelta(hours=1), "1:00:00"),
        ("né".encode(), "né"),
    ],
)
def test_cells_as_text(value, expected):
    assert text(value, "a.parquet: row 1", "label") == expected


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"\xff", object()])
def test_other_things_are_no_text(value):
    with pytest.raises(InputError, match=r"a\.parquet: row 1: label is .*; expected a text or a number"):
        text(value, "a.parquet: row 1", "label")


def test_what_programs_write_for_no_value():
    assert all(map(is_missing, ("", " ", "\u200b\n", "NaN", "null", "<NA>", "#N/A")))
    assert not any(map(is_missing, ("none", "NA", "0", "n/a", "👍", "…")))
