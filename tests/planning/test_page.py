"""The worked example of docs/planning.md is so."""

import doctest
import re
from pathlib import Path

import numpy as np

PAGE = (Path(__file__).parents[2] / "docs" / "planning.md").read_text(encoding="utf-8")


def test_the_example_runs():
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    report: list[str] = []
    example = doctest.DocTestParser().get_doctest(block, {}, "planning.md", None, None)
    failed, tried = doctest.DocTestRunner().run(example, out=report.append)
    assert tried >= 10
    assert not failed, "".join(report)


def test_the_table_and_the_sentences_after_it_are_right():
    rows = re.findall(r"^\| \d+ \| (.*) \|$", PAGE, re.M)
    table = np.array([[int(cell) for cell in row.split(" | ")] for row in rows])
    days, total, left, need = table[:, :3], table[:, 3], table[:, 4], table[:, 5]
    assert (total == days.sum(1)).all()
    assert (left == np.maximum(6 - days[:, 0], 0)).all()
    assert (need == days[:, 1:].sum(1) - left).all()
    assert sorted(need) == [7, 8, 8, 8, 9, 9, 10, 11, 13, 14]
    assert np.quantile(days, 0.8, axis=0, method="inverted_cdf").tolist() == [6, 7, 7]
    for order, lost, over, cost in ((8, 1.8, 0.1, 10.95), (12, 0.3, 2.6, 5.7)):
        assert np.maximum(need - order, 0).mean() == lost
        assert np.maximum(order - need, 0).mean() == over
        assert round(6 * lost + 1.5 * over, 2) == cost
