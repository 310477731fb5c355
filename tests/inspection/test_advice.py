"""What is advised where a gradient does not last."""

import numpy as np
import pytest

from unrolled.inspection import GradientFlow


@pytest.mark.parametrize(("cell", "other"), [("rnn", True), ("minlstm", True), ("lstm", False), ("gru", False)])
def test_no_other_cell_is_advised_to_those_that_last_longest(cell: str, other: bool) -> None:
    norms = np.array([1.0, 1e-3])
    said = GradientFlow("layer 1", cell, norms, norms, None, (), "vanishing", 0).sentence()
    assert ("Take a cell that lasts longer (lstm, gru, peephole). " in said) == other
    assert "Shorter inputs" in said
