"""Copying and reversing random strings of 30 letters: what a memory of fixed size alone cannot, attention can.

    python benchmarks/string_copying.py [--threads 2]

An encoder–decoder learns from 20,000 random strings of 1 to 30 letters, and is tested on 1,000 new ones of 30. No
string of the test is like one that was learnt, so that nothing that looks up answers gets any right.
"""

import argparse
import random
import time
from typing import Any

import report
import torch

from unrolled import Search, Training, Translator

LETTERS, LONGEST, TRAIN, TEST = "abcdefghijklmnopqrstuvwxyz", 30, 20_000, 1_000


def strings(count: int, seed: int, shortest: int) -> list[str]:
    """Random strings of letters, of at most `LONGEST`."""
    rng = random.Random(seed)
    return ["".join(rng.choices(LETTERS, k=rng.randint(shortest, LONGEST))) for _ in range(count)]


def measured(name: str, minutes: float) -> dict[str, Any]:
    """The share of new strings that are answered to the letter."""
    answer = (lambda text: text) if name == "copying" else (lambda text: text[::-1])
    train, test = strings(TRAIN, 0, 1), strings(TEST, 1, LONGEST)
    task = Translator(
        tokens="character,character", width=256, embedding=64, dropout=0.0, training=Training(minutes=minutes)
    )
    began = time.perf_counter()
    task.fit([(text, answer(text)) for text in train], show=False)
    spent = time.perf_counter() - began
    said = task.predict_many(test, search=Search(repeats=0))
    right = sum(found[0].text == answer(text) for found, text in zip(said, test, strict=True))
    return {"task": name, "exact": right / TEST, "minutes": round(spent / 60, 2), "loss": task.fitted_.loss}


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=5.0)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rows = [measured(name, arguments.minutes) for name in ("copying", "reversing")]
    report.write("string_copying", letters=len(LETTERS), length=LONGEST, train=TRAIN, test=TEST, rows=rows)


if __name__ == "__main__":
    main()
