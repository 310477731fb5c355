"""A test file run again with each instruction set of the processor."""

import os
import subprocess
import sys

__all__ = ["passes"]


def passes(file: str, name: str) -> None:
    """Assert that ``file`` passes in a process forced to one set, without its test that calls this."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not every_instruction_set", file],
        env={**os.environ, "UNROLLED_ISA": name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]
