"""Peak memory of training as the corpus grows tenfold: one process each, the same model, the same steps.

python benchmarks/memory.py
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import report

SIZES = (5_000_000, 50_000_000)  # words; the n-gram beside the network counts the first 4 million
LINE, WORDS = 20, 20_000


def write_text(path: Path, words: int) -> None:
    """Random words with Zipf's frequencies, a paragraph every 20."""
    rng, names = np.random.default_rng(0), np.array([f"w{i}" for i in range(WORDS)])
    odds = 1 / np.arange(1, WORDS + 1)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(words // 100_000):
            drawn = names[rng.choice(WORDS, 100_000, p=odds / odds.sum())].reshape(-1, LINE)
            file.write("".join(" ".join(line) + "\n\n" for line in drawn))


def child(path: str) -> None:
    """Train a little and print the peak resident memory in MiB."""
    from unrolled import NextWord, Training

    NextWord(width=64, training=Training(minutes=0.1)).fit(path)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Measure each size in a process of its own."""
    if len(sys.argv) == 2:
        child(sys.argv[1])
        return
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.txt"
            write_text(path, size)
            done = subprocess.run([sys.executable, __file__, str(path)], check=True, capture_output=True, text=True)
            peaks[f"{size:,} words, {path.stat().st_size / 2**20:.0f} MiB of text"] = round(float(done.stdout))
    report.write("memory", peak_resident_mib=peaks)


if __name__ == "__main__":
    main()
