"""The supervisor of several workers, stopped at the worst moment."""

import os
import signal
import subprocess
import sys

import pytest

STOPPED_WHILE_FORKING = """
import os, signal, sys, time
from unrolled.serve import workers

fork, made, at = os.fork, [], int(sys.argv[1])

def stop_and_fork():
    if len(made) == at:
        os.kill(os.getpid(), signal.SIGTERM)
    made.append(fork())
    if made[-1] and len(made) == at:
        os.kill(os.getpid(), signal.SIGTERM)
    return made[-1]

os.fork = stop_and_fork
sys.exit(workers.supervise(lambda: time.sleep(600), 3))
"""


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_stop_while_workers_are_made_stops_them_all(at: int) -> None:
    command = [sys.executable, "-c", STOPPED_WHILE_FORKING, str(at)]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, said = process.communicate(timeout=30)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, said) == (0, "")
