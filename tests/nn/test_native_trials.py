"""A few hundred random calls of the native code; benchmarks/native_fuzz.py makes many more, and outlives signals."""

import logging
from collections import Counter

import pytest
import torch
from tests.native_trials import numpy_trial, outcomes
from tests.torch_trials import torch_trial


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("trial", "count"), [(numpy_trial, 600), (torch_trial, 200)])
def test_random_calls_give_the_same_bits_or_are_refused(trial, count, caplog):
    caplog.set_level(logging.ERROR, "unrolled")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        counts, wrong = outcomes(trial, range(count))
    finally:
        torch.set_num_threads(threads)
    assert not wrong
    kinds = Counter[str]()
    for (kind, _), times in counts.items():
        kinds[kind] += times
    assert kinds["same bits"] > count / 4
    assert kinds["refused"] > count / 8
