"""Others' test suites with the twins in place of torch's layers: a plugin of pytest, and running a suite twice.

python -m pytest -p twins_in_place tests/test_lstm.py        # with benchmarks/ in PYTHONPATH
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

NAMES = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


def put_in_place() -> None:
    """Let torch.nn's names mean the twins, for all that is imported from now on."""
    import torch

    import unrolled.nn

    for name in NAMES:
        for module in (torch.nn, torch.nn.modules, torch.nn.modules.rnn):
            setattr(module, name, getattr(unrolled.nn, name))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """What pytest calls before it imports anything of the suite, where this is its plugin."""
    put_in_place()


def outcomes(files: list[str], cwd: Path, twins: bool, chosen: str = "", seconds: int = 600) -> dict[str, str]:
    """Each test of these files and whether it passed, with torch's layers or the twins in their place."""
    here = str(Path(__file__).resolve().parent)
    paths = os.pathsep.join([here, str(cwd), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    with TemporaryDirectory() as folder:
        results = Path(folder, "results.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-W", "ignore", f"--junitxml={results}"]
        command += ["-p", "no:cacheprovider", *(["-p", "twins_in_place"] if twins else []), *files]
        command += ["-k", chosen] if chosen else []
        run = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        if not results.exists():
            raise SystemExit(f"{' '.join(command)}\n{run.stdout[-2000:]}\n{run.stderr[-2000:]}")
        cases = ET.parse(results).getroot().iter("testcase")
        return {f"{case.get('classname')}::{case.get('name')}": _outcome(case) for case in cases}


def _outcome(case: ET.Element) -> str:
    kinds = {child.tag for child in case}
    return next((kind for kind in ("error", "failure", "skipped") if kind in kinds), "passed")


def compared(before: dict[str, str], after: dict[str, str]) -> dict[str, Any]:
    """How many of the tests that pass with torch's layers pass with the twins, and which do not."""
    passing = [name for name, outcome in before.items() if outcome == "passed"]
    lost = [name for name in passing if after.get(name) != "passed"]
    return {"passed_with_torch": len(passing), "passed_with_twins": len(passing) - len(lost), "lost": lost}
