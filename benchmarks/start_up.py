"""Import and start-up time: medians of alternating runs of fresh processes, numpy's own import beside ours.

python benchmarks/start_up.py
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import report

ROUNDS = 15
COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "import numpy": [sys.executable, "-c", "import numpy"],
    "import unrolled": [sys.executable, "-c", "import unrolled"],
    "import numpy, unrolled.load": [sys.executable, "-c", "import numpy; from unrolled import load"],
    "import unrolled.NextWord": [sys.executable, "-c", "from unrolled import NextWord"],
    "unrolled --help": [str(Path(sys.executable).with_name("unrolled")), "--help"],
}


def main() -> None:
    """Time every command by turns."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times[name].append(time.perf_counter() - began)
    report.write("start_up", milliseconds={k: round(1000 * statistics.median(v), 1) for k, v in times.items()})


if __name__ == "__main__":
    main()
