"""How a decision grew, at some moments: the decisions of the input's own beginnings."""

import numpy as np
import pytest

from unrolled import Classifier, Training

INPUTS = [np.random.default_rng(i).normal(size=(9, 2)).astype(np.float32) + i % 2 for i in range(16)]
LABELS = ["low", "high"] * 8


@pytest.fixture(scope="module", params=[{"bidirectional": False}, {"bidirectional": True}, {"model": "dense"}])
def task(request):
    return Classifier(width=6, training=Training(epochs=1, batch=8), **request.param).fit(INPUTS, LABELS)


@pytest.mark.parametrize(("moments", "ends"), [(1, [9]), (3, [3, 6, 9]), (9, range(1, 10)), (50, range(1, 10))])
def test_each_moment_has_the_decision_of_what_was_read_until_then(task, moments, ends):
    shown = task.trace(INPUTS[0], moments)
    assert list(task.answers().names) == ["high", "low"]
    assert shown["words"] == [str(end - 1) for end in ends]
    for decision, end in zip(shown["decisions"], ends, strict=True):
        expected = dict(task.predict(INPUTS[0][:end]))
        assert decision == pytest.approx([expected["high"], expected["low"]], abs=2e-5)


def test_rows_are_the_memory_in_whole_numbers(task):
    rows = task.trace(INPUTS[0], 4)["rows"]
    width = 0 if task.model == "dense" else 6 * (1 + task.bidirectional)
    assert [len(row) for row in rows] == [width] * 4
    if task.model == "recurrent" and not task.bidirectional:
        outputs, _ = task.stream().feed_traced(task.input_.encode(INPUTS[0]))
        np.testing.assert_array_equal(rows[-1], np.rint(outputs[-1] * 127))
