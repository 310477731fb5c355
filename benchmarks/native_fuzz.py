"""Do native functions, from numpy and from torch, survive random calls? No signal, and no bit that differs.

python benchmarks/native_fuzz.py [--trials 100000] [--first 0] [--minutes 60]

Every trial has a number, its seed; the trials are those of tests/native_trials.py and tests/torch_trials.py, as many of
each, a thousand by turns until the minutes are over. They run in forked processes: a signal ends one of these, counts
for the trial that it was at, and the next process goes on behind it. Memory that was written astray may show later: in
the same thousand.
"""

import argparse
import json
import logging
import mmap
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import report
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.native_trials import Outcome, numpy_trial, outcomes
from tests.torch_trials import torch_trial

IN_ONE_PROCESS = 1000
TRIALS = {"numpy": numpy_trial, "torch": torch_trial}


def caught(trial: Callable[[int], Outcome], now: mmap.mmap) -> Callable[[int], Outcome]:
    """The trial, whose number stands in shared memory while it runs; an error that is nobody's refusal is wrong."""

    def run(seed: int) -> Outcome:
        now[:8] = seed.to_bytes(8, "little")
        try:
            return trial(seed)
        except Exception as error:
            return Outcome("wrong", type(error).__name__, str(error)[:200])

    return run


def child(trial: Callable[[int], Outcome], seeds: range, now: mmap.mmap) -> tuple[list[list[object]], list[str], int]:
    """Run these seeds in a process of their own → how often each kind came of each call, the wrong ones, its status."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        counts, wrong = outcomes(caught(trial, now), seeds)
        with os.fdopen(write, "w") as pipe:
            json.dump([[[*key, count] for key, count in counts.items()], wrong], pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    status = os.waitpid(pid, 0)[1]
    counts, wrong = json.loads(text) if status == 0 else ([], [])
    return counts, wrong, status


def run(name: str, seeds: range, now: mmap.mmap) -> Iterator[tuple[list[list[object]], list[str], list[str]]]:
    """Counts, wrong ones and signals of these seeds. What ran before a signal is run again."""
    pending = [seeds]
    while pending:
        seeds = pending.pop(0)
        counts, wrong, status = child(TRIALS[name], seeds, now)
        if status == 0:
            yield counts, wrong, []
            continue
        at = int.from_bytes(now[:8], "little")
        pending[:0] = [part for part in (range(seeds.start, at), range(at + 1, seeds.stop)) if part]
        yield [], [], [f"{name}, seed {at}: status {status}"]


def main() -> None:
    """Run them and write what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--minutes", type=float, default=1e9, help="at most")
    given = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("unrolled").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    kinds: Counter[str] = Counter()
    calls: dict[str, Counter[str]] = {}
    wrong, signals, began, started = [], [], time.process_time(), time.monotonic()
    now, last, at = mmap.mmap(-1, 8), given.first + given.trials // 2, given.first
    while at < last and time.monotonic() - started < 60 * given.minutes:
        seeds = range(at, min(at + IN_ONE_PROCESS, last))
        for name in TRIALS:
            for counts, wrong_here, signals_here in run(name, seeds, now):
                wrong += [f"{name}, {one}" for one in wrong_here]
                signals += signals_here
                for kind, call, count in counts:
                    kinds[str(kind)] += int(str(count))
                    calls.setdefault(f"{name}: {call}", Counter())[str(kind)] += int(str(count))
        at = seeds.stop
    report.write(
        "native_fuzz",
        trials=sum(kinds.values()) + len(signals),
        seeds=f"{given.first} to {at - 1}, of numpy and of torch",
        outcomes=dict(kinds),
        signals=len(signals),
        wrong_bits=len(wrong),
        signals_at=signals,
        wrong_at=wrong[:100],
        of_each_call={name: dict(counts) for name, counts in sorted(calls.items())},
        seconds=round(time.process_time() - began + os.times().children_user + os.times().children_system),
    )


if __name__ == "__main__":
    main()
