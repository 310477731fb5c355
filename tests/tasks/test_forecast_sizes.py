"""What the data themselves decide about a forecaster."""

import numpy as np
import pytest

from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.tasks.forecast_sizes import dilated_by, held_out, likelihood_for, outline_of, validation_anchors


def panel(*series) -> Panel:
    values = [np.asarray(one, np.float64) for one in series]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in values])]).astype(np.int64)
    count, y = len(values), np.concatenate(values)
    none = np.zeros((len(y), 0))
    return Panel(
        [f"s{i}" for i in range(count)], Frequency.named("MS"), np.zeros(count, np.int64), offsets, y,
        np.zeros(len(y), bool), none, np.zeros(count + 1, np.int64), np.zeros((0, 0)), np.zeros((count, 0)),
    )  # fmt: skip


def test_the_likelihood_suits_the_data() -> None:
    sparse, counts, real = panel([0, 0, 1, 0, 3]), panel([4, 0, 1, 2, 3]), panel([0, 0, 0.5, 0])
    assert likelihood_for(sparse, None, False) == likelihood_for(sparse, None, True) == "negative-binomial"
    assert likelihood_for(counts, None, False) == likelihood_for(real, None, False) == "quantiles"
    assert likelihood_for(counts, None, True) == "student-t"
    assert likelihood_for(sparse, "normal", True) == "normal"
    with pytest.raises(InputError, match=r"s1, 1970-02-01.*: y is -2"):
        likelihood_for(panel([1, 2], [3, -2, 1]), "negative-binomial", False)


def test_seasons_that_do_not_fit_are_left_out(caplog) -> None:
    data = panel(np.arange(60.0))
    assert outline_of(data, 3, "7,12,52", None).seasons == (7, 12)
    assert "season 52" in caplog.text
    caplog.clear()
    assert outline_of(data, 3, None, None).seasons == (12,)
    assert outline_of(data, 3, "1", None).seasons == (1,)
    assert not caplog.text
    assert outline_of(data, 3, None, 5).window == 5
    for wrong in ("0", "x", "7,-1", ""):
        with pytest.raises(InputError, match="season is"):
            outline_of(data, 3, wrong, None)


def test_what_is_held_out_is_the_end() -> None:
    data = panel(np.arange(100.0), np.arange(40.0), np.arange(4.0))
    held = held_out(data, 6, 12)
    assert held.span[2] == 0
    assert (held.span <= 0.3 * data.lengths + 6).all()
    anchors = validation_anchors(data, outline_of(data, 6, None, None))
    rows = np.searchsorted(data.offsets, anchors, side="right") - 1
    assert (anchors + 6 < data.offsets[1:][rows]).all()
    assert (anchors >= (data.offsets[1:] - held.span)[rows] - 1).all()


def test_layers_step_by_parts_of_a_season() -> None:
    assert dilated_by((12,), 3) == (1, 3, 12)
    assert dilated_by((24, 168), 5) == (1, 6, 24, 24, 24)
    assert dilated_by((1,), 2) == (1, 2)
