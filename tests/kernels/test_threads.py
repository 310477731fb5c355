"""Threads of the kernels: a pool that parks without torch, torch's own team with it; forks, several callers at once."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from unrolled import kernels
from unrolled.errors import InputError

# An LSTM that is worth two threads, whose result is one bit pattern: (y, h, c) as bytes.
PROLOGUE = """
import os, sys, threading, time
import numpy as np
from unrolled import _native, kernels

def call(batch=16, hidden=160):
    rng = np.random.default_rng(batch)
    one = lambda *shape: rng.uniform(-0.1, 0.1, shape).astype(np.float32)
    weights = (one(4 * hidden, 80), one(4 * hidden, hidden), one(4 * hidden), None, None)
    y, (h, c) = kernels.recurrent("lstm", one(batch, 12, 80), weights, (one(batch, hidden), one(batch, hidden)))
    return y.tobytes() + h.tobytes() + c.tobytes()

alone = call()
"""

FORK = """
def child_agrees():
    child = os.fork()
    if child == 0:
        os._exit(0 if run() == alone else 1)
    return os.waitpid(child, 0)[1] == 0
"""

WITH_TORCH = """
import torch
import unrolled.nn
torch.set_num_threads(2)
torch.manual_seed(0)
layer, x = unrolled.nn.LSTM(80, 160), torch.rand(12, 16, 80)

def run():
    y, (h, c) = layer(x)
    layer.zero_grad()
    y.sum().backward()
    return y.detach().numpy().tobytes() + h.detach().numpy().tobytes()

alone = run()
"""


def python(program: str) -> str:
    """What a fresh process prints; a hang fails."""
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize("number", [0, 1.5, "2", None, 2**70])
def test_set_threads_refuses_what_is_no_number_of_threads(number: Any) -> None:
    before = kernels.threads()
    with pytest.raises(InputError, match=re.escape(f"{number!r} threads")):
        kernels.set_threads(number)
    assert kernels.threads() == before


def test_the_pool_has_as_many_threads_as_were_set() -> None:
    program = """
print(_native.uses_open_mp(), end=" ")
for threads in (1, 2, 3, 2):
    kernels.set_threads(threads)
    assert call() == alone
    print(_native.pool_threads(), end=" ")
"""
    assert python(PROLOGUE + program) == "False 0 1 2 2"


def test_the_pool_parks() -> None:
    program = """
kernels.set_threads(4)
call()
time.sleep(0.2)
before = time.process_time()
time.sleep(0.5)
print(_native.pool_threads(), time.process_time() - before < 0.25)  # one thread that spins would take 0.5 s
"""
    assert python(PROLOGUE + program) == "3 True"


def test_a_forked_child_computes_on_a_pool_of_its_own() -> None:
    program = """
kernels.set_threads(2)
def run():
    result = call()
    assert _native.pool_threads() == 1
    return result
assert run() == alone
print(all([child_agrees() for _ in range(3)]), run() == alone)
"""
    assert python(PROLOGUE + FORK + program) == "True True"


def test_a_fork_while_another_thread_computes_leaves_the_child_whole() -> None:
    program = """
kernels.set_threads(2)
stop = threading.Event()
def busy():
    while not stop.is_set():
        call(17)
other = threading.Thread(target=busy)
other.start()
run = call
agreed = all([child_agrees() for _ in range(20)])
stop.set()
other.join()
print(agreed, call() == alone)
"""
    assert python(PROLOGUE + FORK + program) == "True True"


def test_several_python_threads_at_once_get_their_own_bits() -> None:
    program = """
from concurrent.futures import ThreadPoolExecutor
expected = {batch: call(batch) for batch in (2, 9, 16, 40)}
kernels.set_threads(2)
with ThreadPoolExecutor(4) as callers:
    found = list(callers.map(lambda batch: (batch, call(batch)), [2, 9, 16, 40] * 10))
print(all(result == expected[batch] for batch, result in found), _native.pool_threads())
"""
    assert python(PROLOGUE + program) == "True 1"


def test_with_torch_its_own_team_runs_the_kernels_in_forked_children_and_for_several_threads() -> None:
    """One process, as most of the time is that of loading torch."""
    program = """
assert _native.uses_open_mp()
print(all([child_agrees() for _ in range(3)]), run() == alone)

from concurrent.futures import ThreadPoolExecutor
def forward(rows):
    with torch.no_grad():
        return layer(x[:, :rows])[0].numpy().tobytes()
expected = {rows: forward(rows) for rows in (2, 9, 16)}
with ThreadPoolExecutor(3) as callers:
    found = list(callers.map(lambda rows: (rows, forward(rows)), [2, 9, 16] * 5))
print(all(result == expected[rows] for rows, result in found))

kernels.set_threads(2)
torch.set_num_threads(1)
print(run() == alone, _native.pool_threads())
"""
    assert python(PROLOGUE + WITH_TORCH + FORK + program).split() == ["True", "True", "True", "True", "0"]


def test_small_and_large_calls_at_once_in_this_process() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(n, 300)).astype(np.float32) for n in (1, 7, 200)]
    expected = [kernels.softmax(r).tobytes() for r in rows]
    with ThreadPoolExecutor(3) as callers:
        assert list(callers.map(lambda r: kernels.softmax(r).tobytes(), rows * 20)) == expected * 20
