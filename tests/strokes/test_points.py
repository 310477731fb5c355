"""What is a stroke, and what is said of what is none."""

import numpy as np
import pytest

from unrolled import InputError
from unrolled.strokes.points import checked_stroke

LINE = [[0, 0, 0], [1, 0.5, 0.01], [2, 1, 0.01]]


def test_a_stroke_is_read_from_lists_and_arrays():
    assert checked_stroke(LINE).tolist() == LINE
    assert checked_stroke(np.array(LINE, np.float32)).dtype == np.float64
    assert checked_stroke([tuple(point) for point in LINE]).shape == (3, 3)


@pytest.mark.parametrize(
    ("points", "error"),
    [
        (None, "a stroke is NoneType; expected a list of points"),
        ("qwe", "a stroke is str"),
        ([], "a stroke has 0 points; expected 2 to 2,000"),
        (LINE[:1], "a stroke has 1 point; expected 2 to 2,000"),
        (np.zeros((100_000, 3)), "a stroke has 100,000 points"),
        ([[0, 0, 0], [1, 2]], r"point 2 of a stroke is \[1, 2\]; expected \[x, y, seconds\]"),
        ([[0, 0, 0], 5], "point 2 of a stroke is 5"),
        ([[0, 0, 0], "abc"], "point 2 of a stroke is 'abc'"),
        ([[0, "0", 0], LINE[1]], "point 1 of a stroke: y is '0'; expected a number"),
        ([[True, 0, 0], LINE[1]], "point 1 of a stroke: x is True"),
        (
            [LINE[0], [0, float("nan"), 1]],
            "point 2 of a stroke: y is nan; expected -1,000 to 1,000, in widths of a key",
        ),
        ([LINE[0], [0, 0, float("inf")]], "point 2 of a stroke: its time is inf; expected a number of seconds"),
        ([LINE[0], [10**400, 0, 1]], "point 2 of a stroke: x is inf"),
        ([LINE[0], [-5000, 0, 1]], "point 2 of a stroke: x is -5000; expected -1,000 to 1,000"),
        ([*LINE, [0, 0, 0]], "point 4 of a stroke: its time is 0, before that of the last, 0.01"),
        ([LINE[0], [1, 1, 5000]], "a stroke takes 5000 s; expected at most 600"),
    ],
)
def test_what_is_no_stroke_is_refused_and_the_point_named(points, error):
    with pytest.raises(InputError, match=error):
        checked_stroke(points)
