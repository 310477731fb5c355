"""What `make demo` runs: learn to guess the next word from real text, measure it, and complete sentences.

Everything is done by the commands it prints, which you can type yourself.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

MODEL = "build/demo/keyboard"
TEXT = "sample:wikipedia"
SENTENCES = ("The capital of", "He was born in", "It is one of the")


def stage(what: str, *command: str) -> None:
    """Announce a stage, show its command and run it; stop where it fails."""
    print(f"\n== {what}\n$ unrolled {shlex.join(command)}", flush=True)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "unrolled", *command], check=False)
    if done.returncode:
        sys.exit(done.returncode)
    print(f"   ({time.perf_counter() - began:.0f} s)", flush=True)


def main() -> None:
    """Run the stages, then say what to try next."""
    shutil.rmtree(Path(MODEL).parent, ignore_errors=True)
    Path(MODEL).parent.mkdir(parents=True)
    stage(
        "1 of 4  Learn from 84 articles of Wikipedia: about 2 minutes of training, after 10 s of reading",
        *("fit", "next-word", f"{TEXT}:train", "--valid", f"{TEXT}:valid", "-o", MODEL),
        *("--width", "200", "--minutes", "1.9", "--dropout", "0.1", "--learning-rate", "0.004"),
    )
    stage(
        "2 of 4  Measure it on articles it has not seen, beside a Kneser–Ney n-gram: about 30 s",
        *("evaluate", MODEL, f"{TEXT}:test"),
    )
    for sentence in SENTENCES:
        stage("3 of 4  Which word comes next? about 1 s", "predict", MODEL, sentence)
    stage("4 of 4  Let it write: about 1 s", "generate", MODEL, "The history of", "--temperature", "0.7", "--seed", "1")
    unrolled = os.path.relpath(Path(sys.executable).with_name("unrolled"))
    print(
        f"\n== Try next\n{unrolled} describe {MODEL}\n{unrolled} predict {MODEL} 'In the year' -n 5\n"
        f"{unrolled} fit next-word YOUR-TEXT.txt -o mine"
    )


if __name__ == "__main__":
    main()
