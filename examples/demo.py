"""What `make demo` runs: learn to guess the next word from real text, measure it, complete sentences, type with it.

Everything is done by the commands it prints, which you can type yourself. It ends by saying how to open the page.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import unrolled

MODEL = "build/demo/keyboard"
TEXT = "sample:wikipedia"
SENTENCES = ("The capital of", "He was born in", "It is one of the")
TYPED = "The war began in Eur"
BEGUN = len("The war began")


def run(*command: str) -> None:
    """Show a command and run it; stop where it fails."""
    print(f"$ unrolled {shlex.join(command)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "unrolled", *command], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def predict() -> None:
    """Complete some sentences."""
    for sentence in SENTENCES:
        run("predict", MODEL, sentence)


def type_letters() -> None:
    """Show a keyboard's three suggestions after each letter, as the server's page does."""
    print(f">>> keyboard = unrolled.load({MODEL!r}).session()\n>>> keyboard.receive({{'text': ...}})")
    keyboard = unrolled.load(MODEL).session()
    for end in range(BEGUN, len(TYPED) + 1):
        answer = keyboard.receive({"text": TYPED[:end]})
        words = "   ".join(one["text"] for one in answer["suggestions"])
        print(f"{TYPED[:end] + '▏':24}{answer['microseconds']:8,.0f} µs   {words}", flush=True)


def write() -> None:
    """Let the model write, and say what that is worth."""
    run("generate", MODEL, "The history of", "--temperature", "0.7", "--seed", "1")
    print(
        "   What to expect: after two minutes on 84 articles a few words in a row fit together, and sentences begin\n"
        "   and end as in Wikipedia. There is no thread from one sentence to the next, and what sounds like a fact\n"
        "   is made up. Guessing the next word, as above, is what such a model is good for; more text and hours help."
    )


STAGES: tuple[tuple[str, Callable[[], None]], ...] = (
    (
        "Learn from 84 articles of Wikipedia: about 2 minutes of training, after 10 s of reading",
        lambda: run(
            *("fit", "next-word", f"{TEXT}:train", "--valid", f"{TEXT}:valid", "-o", MODEL),
            *("--width", "200", "--minutes", "1.9", "--dropout", "0.1", "--learning-rate", "0.004"),
        ),
    ),
    (
        "Measure it on articles it has not seen, beside a Kneser–Ney n-gram: about 30 s",
        lambda: run("evaluate", MODEL, f"{TEXT}:test"),
    ),
    (
        "Which word comes next? about 1 s each",
        predict,
    ),
    ("The same model as a keyboard: three suggestions a letter (first, it builds a tree of words)", type_letters),
    ("Let it write: about 1 s", write),
)


def main() -> None:
    """Run the stages, then say what to try next."""
    shutil.rmtree(Path(MODEL).parent, ignore_errors=True)
    Path(MODEL).parent.mkdir(parents=True)
    for number, (what, do) in enumerate(STAGES, 1):
        print(f"\n== {number} of {len(STAGES)}  {what}", flush=True)
        began = time.perf_counter()
        do()
        print(f"   ({time.perf_counter() - began:.0f} s)", flush=True)
    command = os.path.relpath(Path(sys.executable).with_name("unrolled"))
    print(
        f"\n== Try next\n{command} describe {MODEL}\n{command} predict {MODEL} 'In the year' -n 5\n"
        f"{command} fit next-word YOUR-TEXT.txt --from {MODEL} -o mine     # tune it on your own text\n"
        f"\n== Now type yourself: start the server, then open http://127.0.0.1:8000 in a browser (Ctrl-C ends it)\n"
        f"{command} serve {MODEL}"
    )


if __name__ == "__main__":
    main()
