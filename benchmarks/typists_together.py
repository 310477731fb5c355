"""Messages of several typists in one batch, beside the same messages one by one: microseconds a message.

    python benchmarks/typists_together.py MODEL [--typists 1 4 16 64]

Each typist types a paragraph of the Wikipedia sample. Twice over: keys as they come, of which about one in six ends a
word, and spaces after a word alone, where the model reads and its output layer is computed. All answers are checked to
be the same. Each batch is answered in both ways by turns.
"""

import argparse
from collections.abc import Sequence
from time import perf_counter

import numpy as np
import report

from unrolled import NextWord, load
from unrolled.sources.text import read_paragraphs

BEGUN, ROUNDS = 60, 16


class Both:
    """Two sessions of each typist, in the same state: one for each way."""

    def __init__(self, task: NextWord, texts: Sequence[str]) -> None:
        self._task, self._lone, self._joined = task, [task.session() for _ in texts], [task.session() for _ in texts]
        self.send([{"text": text[:BEGUN]} for text in texts])

    def send(self, messages: Sequence[dict]) -> tuple[float, float]:
        """The seconds that the messages took one by one, and together."""
        began = perf_counter()
        lone = [session.receive(message) for session, message in zip(self._lone, messages, strict=True)]
        between = perf_counter()
        joined = self._task.receive_many(self._joined, messages)
        ended = perf_counter()
        assert [_plain(answer) for answer in lone] == [_plain(answer) for answer in joined]
        return between - began, ended - between


def _plain(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "microseconds"}


def measured(task: NextWord, texts: Sequence[str]) -> dict:
    """Microseconds of both ways for so many typists; the quickest tenth depends least on what else the machine does."""
    both, row = Both(task, texts), {"typists": len(texts)}
    keys = [both.send([{"append": text[BEGUN + i]} for text in texts]) for i in range(ROUNDS)]
    spaces = []
    for _ in range(ROUNDS):
        both.send([{"append": "of"}] * len(texts))
        spaces.append(both.send([{"append": " "}] * len(texts)))
    for name, times in (("keys", keys), ("spaces", spaces)):
        p10, p50 = np.percentile(np.array(times), (10, 50), axis=0) / len(texts) * 1e6
        for way, quick, median in zip(("one by one", "together"), p10.round(1), p50.round(1), strict=True):
            row[f"{name}, {way}"] = {"p10": quick, "p50": median}
    return row


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--typists", type=int, nargs="+", default=[1, 4, 16, 64])
    a = parser.parse_args()
    task = load(a.model).ready()
    paragraphs = [text for text in read_paragraphs("sample:wikipedia:valid", False, "utf-8") if len(text) > 400]
    rows = [measured(task, [paragraphs[i % len(paragraphs)] for i in range(typists)]) for typists in a.typists]
    report.write("typists_together", model=report.about_model(a.model), rows=rows)


if __name__ == "__main__":
    main()
