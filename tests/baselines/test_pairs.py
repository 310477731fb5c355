"""The baselines of a task that learns from pairs, together."""

import numpy as np
import pytest

from unrolled.baselines.pairs import PairBaselines
from unrolled.errors import InputError

WORDS = ["cat", "cut", "tack", "act"]
SOUNDS = ["K AE T", "K AH T", "T AE K", "AE K T"]


@pytest.mark.parametrize(("spelled", "kinds"), [(True, ["letters", "nearest"]), (False, ["dictionary", "nearest"])])
def test_they_are_fitted_and_saved_together(spelled, kinds):
    fitted = PairBaselines.fit(WORDS, SOUNDS, spelled)
    assert list(fitted) == kinds
    arrays = fitted.arrays()
    assert {array.dtype.kind for array in arrays.values()} <= set("fiu")
    restored = PairBaselines.restore(dict(sorted(arrays.items())))
    assert restored.answers(WORDS) == fitted.answers(WORDS)
    assert list(restored.answers(WORDS)) == [baseline.name for baseline in fitted.values()]
    assert fitted["nearest"].answers(["cat"]) == ["K AE T"]


def test_other_arrays_are_refused():
    for arrays in ({}, {"W": np.zeros(1)}, {"oracle.W": np.zeros(1)}):
        with pytest.raises(InputError, match="expected some of dictionary, letters, nearest"):
            PairBaselines.restore(arrays)
