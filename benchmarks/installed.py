"""What a user of a saved model installs and waits for: size, time to the first answer, memory; no PyTorch.

    python benchmarks/installed.py MODEL [--times 10]

The wheel is built and installed with the extra `serve` in a virtual environment of its own. The measured processes run
there, one thread each.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from time import perf_counter

import numpy as np
import report

ROOT = Path(__file__).parents[1]
ANSWER = "import unrolled; task = unrolled.load({model!r}); task.predict('the sky is')"
MANY = "; [task.predict(f'the sky is {{i}}') for i in range(1000)]"
RESIDENT = (
    "; import re, sys; assert 'torch' not in sys.modules"
    r"; print(re.search(r'VmRSS:\s+(\d+)', open('/proc/self/status').read())[1])"
)


def megabytes(folder: Path) -> float:
    """What the files of a folder take, in units of 10⁶ bytes."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 1)


def install(place: Path) -> tuple[Path, dict[str, float]]:
    """The environment's Python, and the size of what was installed, by package."""
    subprocess.run([sys.executable, "-m", "venv", place / "venv"], check=True)
    python = place / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(place), str(ROOT)], check=True)
    (wheel,) = place.glob("unrolled-*.whl")
    subprocess.run([*pip, "install", "--no-compile", f"{wheel}[serve]"], check=True)
    (packages,) = (place / "venv" / "lib").glob("python*/site-packages")
    left_out = ("pip", "setuptools", "_distutils_hack", "pkg_resources")
    sizes = {
        one.name: megabytes(one) for one in packages.iterdir() if one.is_dir() and not one.name.startswith(left_out)
    }
    return python, dict(sorted(sizes.items(), key=lambda item: -item[1]))


def seconds(python: Path, program: str, times: int) -> float:
    """The median time of a process, from its start to its end."""
    taken = []
    for _ in range(times):
        began = perf_counter()
        subprocess.run([python, "-c", program], check=True)
        taken.append(perf_counter() - began)
    return round(float(np.median(taken)), 3)


def resident(python: Path, program: str) -> float:
    """Resident memory at the program's end, in MB (2²⁰ bytes)."""
    run = subprocess.run([python, "-c", program + RESIDENT], check=True, capture_output=True, text=True)
    return round(int(run.stdout) / 1024, 1)


def serving(python: Path, model: str) -> dict[str, float]:
    """Seconds until a server's first answer, and its memory then."""
    began = perf_counter()
    command = [python, "-m", "unrolled", "serve", model, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            found = re.search(r"Serving (\S+) at (\S+) ", server.stderr.readline())
            address = f"{found[2]}/v1/models/{found[1]}/predict"
            question = urllib.request.Request(address, b'{"input": "the sky is"}', {"content-type": "application/json"})
            with urllib.request.urlopen(question) as answer:
                assert len(json.load(answer)["predictions"]) == 3
            taken = perf_counter() - began
            status = Path(f"/proc/{server.pid}/status").read_text()
        finally:
            server.terminate()
    return {
        "start_to_first_answer_s": round(taken, 2),
        "resident_mb": round(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, 1),
    }


def main() -> None:
    """Install, measure, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--times", type=int, default=10)
    a = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    model = str(Path(a.model).resolve())
    answer = ANSWER.format(model=model)
    with tempfile.TemporaryDirectory() as place:
        python, sizes = install(Path(place))
        subprocess.run([python, "-c", answer], check=True)  # compiles what it loads
        report.write(
            "installed",
            model=report.about_model(a.model),
            installed_mb=round(sum(sizes.values()), 1),
            largest_mb=dict(list(sizes.items())[:10]),
            seconds={
                "python": seconds(python, "pass", a.times),
                "to the first answer": seconds(python, answer, a.times),
            },
            resident_mb={
                "after the first answer": resident(python, answer),
                "after 1,000 more": resident(python, answer + MANY.format()),
            },
            server=serving(python, model),
        )


if __name__ == "__main__":
    main()
