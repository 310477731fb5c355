"""Where a figure comes from: machine, threads, versions; and writing it to `benchmarks/results/`."""

import json
import os
import platform
import subprocess
import sys
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def environment() -> dict[str, Any]:
    """Processor, cores, memory, threads, versions and the commit that was measured."""
    import torch

    from unrolled import kernels

    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=RESULTS.parent, capture_output=True, text=True, check=False
    )
    return {
        "date": date.today().isoformat(),
        "commit": commit.stdout.strip(),
        "processor": cpu or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**20, 1),
        "torch_threads": torch.get_num_threads(),
        "instruction_set": kernels.info()["instruction_set"],
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("unrolled", "torch", "numpy", "tokenizers", "gensim")},
        },
    }


def write(name: str, **figures: Any) -> None:
    """Write the figures with the environment to `results/NAME.json` and print them."""
    command = " ".join(Path(word).name if "/" in word else word for word in sys.argv)
    report = {"command": command, "environment": environment(), **figures}
    text = json.dumps(report, indent=1, ensure_ascii=False)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
