"""Pictures from code: where marks stand, and that whatever is drawn is sound XML."""

from xml.etree import ElementTree

import pytest

from unrolled.comparison.report.chart import Point, interval, scatter

BASELINE = 0.8


def drawn(points: list[Point]) -> ElementTree.Element:
    return ElementTree.fromstring(scatter("Cost <of> it", "seconds", points, BASELINE, "the baseline"))


def place(shape: ElementTree.Element) -> tuple[float, float]:
    return float(shape.attrib["cx"]), float(shape.attrib["cy"])


def test_marks_stand_by_cost_and_accuracy() -> None:
    points = [Point(1_000, 0.9, 1, "best", "bag", 0), Point(10, 0.7, 2, "cheap", "bag", 1)]
    picture = drawn(points)
    cheap, best = (place(circle) for circle in picture.iter("circle"))  # the best is drawn last, on top
    line = next(one for one in picture.iter("line") if one.attrib.get("class") == "baseline")
    assert cheap[0] < best[0]
    assert best[1] < float(line.attrib["y1"]) < cheap[1]
    assert float(line.attrib["y1"]) == pytest.approx((best[1] + cheap[1]) / 2, abs=0.2)
    told = [title.text for title in picture.iter("title")]
    assert "1. best: 90.0%, 1k seconds" in told


@pytest.mark.parametrize("form", ["bag", "dense", "recurrent"])
@pytest.mark.parametrize(("x", "y"), [(1, 0.0), (1e9, 1.0), (0.001, BASELINE)])
def test_a_single_point_at_any_end_of_the_axes_is_inside(form: str, x: float, y: float) -> None:
    picture = drawn([Point(x, y, 1, "only", form, 0)])
    width, height = (float(size) for size in picture.attrib["viewBox"].split()[2:])
    for line in picture.iter("line"):
        assert 0 <= float(line.attrib["x1"]) <= width
        assert 0 <= float(line.attrib["y1"]) <= height
    labels = [text.text for text in picture.iter("text")]
    assert any(label.endswith("%") for label in labels)
    assert "1" in labels


def test_numbers_do_not_lie_on_each_other() -> None:
    points = [Point(100 + n % 3, 0.8 + n / 1_000, n, f"fit {n}", "bag", 0) for n in range(1, 40)]
    picture = drawn(points)
    numbers = [text for text in picture.iter("text") if text.text.isdigit() and float(text.attrib["y"]) < 284]
    places = [(float(text.attrib["x"]), float(text.attrib["y"]), text.attrib["text-anchor"]) for text in numbers]
    assert 1 <= len(places) < 39
    assert len(set(places)) == len(places)


def test_an_interval_is_drawn_from_its_lower_to_its_upper_end() -> None:
    picture = ElementTree.fromstring(interval(-0.1, 0.1, 0.2, (-0.1, 0.3)))
    zero, reach = picture.iter("line")
    assert float(reach.attrib["x1"]) < float(zero.attrib["x1"]) < float(reach.attrib["x2"])
    (dot,) = picture.iter("circle")
    assert float(reach.attrib["x1"]) < float(dot.attrib["cx"]) < float(reach.attrib["x2"])
    assert "nan" not in interval(0, 0, 0, (0, 0))
