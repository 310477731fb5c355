"""The tests of the kernels that train run again with each instruction set that this process does not use itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unrolled import kernels

TESTS = Path(__file__).parents[1]
FILES = "kernels/test_sequences.py", "nn/test_output.py"
USED, THERE = kernels.info()["instruction_set"], kernels.info()["available"]


@pytest.mark.parametrize("name", [name for name in THERE if name != USED])
def test_all_of_them_hold_on_every_instruction_set(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(TESTS / file for file in FILES)],
        env={**os.environ, "UNROLLED_ISA": name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]
