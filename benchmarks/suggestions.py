"""Search suggestions on the TREC queries, beside popular completion and a character n-gram with beam search.

    python benchmarks/suggestions.py FOLDER fit MODEL
    python benchmarks/suggestions.py FOLDER measure MODEL [--queries 400] [--part valid]

FOLDER holds queries.tsv.gz of the TREC Million Query Track. Of 2009, the queries 20001 to 55000 are learnt from, those
to 57500 choose weights, those to 60000 are the test; 2007 and 2008 are a test out of time. Case and white space are
folded. Queries that stand in what is learnt from are left out of both tests. Each query drawn is typed letter by letter
from its first letter until its last is missing; MRR@10 is the mean over all of these prefixes of 1 / rank of the query.
All columns answer the same prefixes. The intervals are of 2,000 samples of queries.
"""

import argparse
import gzip
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import report

import unrolled
from unrolled import Suggester, Training
from unrolled.baselines.character_beam import CharacterBeam
from unrolled.metrics.suggestions import SHOWN, prefixes_of, rank_of, suggestion_scores
from unrolled.suggestions.everyday import EverydayWords
from unrolled.suggestions.generator import Generator
from unrolled.suggestions.popular import Popular

FITTED, CHOSEN, EVERYDAY, SAMPLES = 55_000, 57_500, 200_000, 2_000
Suggests = Callable[[Sequence[str]], Sequence[Sequence[str]]]


def parts(folder: str) -> dict[str, list[str]]:
    """The queries of each part."""
    split: dict[str, list[str]] = {"train": [], "valid": [], "test": [], "out of time": []}
    with gzip.open(Path(folder) / "queries.tsv.gz", "rt", encoding="utf-8") as file:
        for line in list(file)[1:]:
            year, number, _, query = line.rstrip("\n").split("\t")
            part = "train" if int(number) <= FITTED else "valid" if int(number) <= CHOSEN else "test"
            split[part if year == "2009" else "out of time"].append(" ".join(query.lower().split()))
    return split


def fit(split: dict[str, list[str]], model: str) -> None:
    """Learn from the training part."""
    training = Training(epochs=16, batch=32)
    task = Suggester(vocabulary=1_000, width=256, dropout=0.4, training=training)
    task.fit(split["train"], valid=split["valid"])
    task.save(model)
    print(task.summary())


def generators(task: Suggester, split: dict[str, list[str]]) -> dict[str, Generator]:
    """The network by itself, with the n-gram, and with everyday words and the known queries, too."""
    from wordfreq import get_frequency_dict

    whole, known = task._generator, task._queries.log
    frequency = get_frequency_dict("en", "best")
    words = dict(sorted(frequency.items(), key=lambda item: -item[1])[:EVERYDAY])
    asked = Counter(word for query in known.texts for word in query.split())
    everyday = EverydayWords(whole.model.parts.tokenizer, words, asked)
    model, popular = whole.model, Popular(known.texts, known.counts)
    beam = CharacterBeam.fit(known.copies(0))
    joint = Generator(replace(model, everyday=everyday), popular, accept=task.allows, letters=lambda: beam).weighed(
        split["valid"]
    )
    return {
        "network": Generator(replace(model, ngram=None, everyday=None, weights=None)),
        "network and 5-gram": Generator(replace(model, everyday=None)).weighed(split["valid"]),
        "suggestions": joint,
    }


def columns(task: Suggester, written: dict[str, Generator]) -> dict[str, Suggests]:
    """What each column suggests for the prefixes of one query."""
    known = task._queries.log
    popular, beam = Popular(known.texts, known.counts), CharacterBeam.fit(known.copies(0))
    return {
        "popular": lambda prefixes: [[one.text for one in popular.best(prefix, SHOWN)] for prefix in prefixes],
        beam.name: lambda prefixes: beam.completions(prefixes, SHOWN),
        **{name: _typed(generator) for name, generator in written.items()},
    }


def _typed(generator: Generator) -> Suggests:
    def suggests(prefixes: Sequence[str]) -> list[list[str]]:
        typing = generator.begin()
        return [[one.text for one in typing.change(prefix).best(SHOWN)] for prefix in prefixes]

    return suggests


def drawn(queries: list[str], known: set[str], most: int) -> list[str]:
    """Different queries of at least two letters that are not known, drawn by chance."""
    unseen = sorted({query for query in queries if len(query) > 1} - known)
    return random.Random(0).sample(unseen, min(most, len(unseen)))


def measured(name: str, queries: list[str], found: dict[str, Suggests]) -> list[dict[str, Any]]:
    """A row for each column: its scores, and how much more than the better of the two baselines it has."""
    ranks: dict[str, list[list[int]]] = {column: [] for column in found}
    for number, query in enumerate(queries):
        prefixes = prefixes_of(query)
        for column, suggests in found.items():
            ranks[column].append([rank_of(query, shown) for shown in suggests(prefixes)])
        if number % 50 == 49:
            print(name, number + 1, {column: round(_mrr(of).mean(), 4) for column, of in ranks.items()}, flush=True)
    scores = {column: suggestion_scores(of, [False] * len(queries)) for column, of in ranks.items()}
    baseline = max(list(found)[:2], key=lambda column: scores[column]["mrr_10"])
    rows = []
    for column, of in ranks.items():
        row: dict[str, Any] = {"queries": name, "column": column}
        names = ("mrr_10", "hit_1", "hit_3", "hit_10", "letters_saved")
        row |= {measure: round(float(scores[column][measure]), 4) for measure in names}
        rows.append(row | {"gain": _gain(of, ranks[baseline]), "over": baseline})
    return rows


def _sums(ranks: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([sum(1 / one for one in row if one) for row in ranks]), np.array([len(row) for row in ranks])


def _mrr(ranks: list[list[int]]) -> np.ndarray:
    reciprocal, prefixes = _sums(ranks)
    return reciprocal.sum() / prefixes.sum()


def _gain(ranks: list[list[int]], baseline: list[list[int]]) -> dict[str, float]:
    """The relative gain in MRR@10, and its interval: both columns measured on the same samples of queries."""
    own, base = _sums(ranks)[0], _sums(baseline)[0]
    rows = np.random.default_rng(0).integers(0, len(own), (SAMPLES, len(own)))
    gains = own[rows].sum(1) / np.maximum(base[rows].sum(1), 1e-12) - 1
    low, high = np.quantile(gains, (0.025, 0.975))
    gain = own.sum() / max(base.sum(), 1e-12) - 1
    return {"relative": round(float(gain), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def latency(queries: list[str], suggests: Generator) -> dict[str, float]:
    """Milliseconds for each letter of queries typed in a row, each in a typing of its own."""
    wall, own = [], []
    for query in queries:
        typing = suggests.begin()
        for prefix in prefixes_of(query):
            began, worked = perf_counter(), process_time()
            typing.change(prefix).best(SHOWN)
            wall.append((perf_counter() - began) * 1e3)
            own.append((process_time() - worked) * 1e3)
    percentiles = {f"{kind}_{p}": np.percentile(of, p) for kind, of in (("wall", wall), ("cpu", own)) for p in (50, 99)}
    return {"letters": len(wall), **{name: round(float(value), 2) for name, value in percentiles.items()}}


def main() -> None:
    """Learn, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("what", choices=("fit", "measure"))
    parser.add_argument("model")
    parser.add_argument("--queries", type=int, default=400, help="of each part")
    parser.add_argument("--part", default="test", choices=("valid", "test"))
    arguments = parser.parse_args()
    split = parts(arguments.folder)
    if arguments.what == "fit":
        fit(split, arguments.model)
        return
    task = unrolled.load(arguments.model)
    assert isinstance(task, Suggester)
    written, known = generators(task, split), set(split["train"])
    joint = written["suggestions"]
    later = drawn(split[arguments.part], known, arguments.queries)
    speed = latency(later[:40], joint)
    print(speed, flush=True)
    found, rows = columns(task, written), list[dict[str, Any]]()
    for name, queries, most in (
        (arguments.part, later, arguments.queries),
        ("out of time", split["out of time"], arguments.queries // 4),
    ):
        rows += measured(name, drawn(queries, known, most), found)
        report.write(
            "suggestions" if arguments.part == "test" else "suggestions_valid",
            model=report.about_model(arguments.model),
            machine="shared with other work while it was measured: cpu_ is what a letter took of the processor",
            everyday_words=EVERYDAY,
            ranking={"known": joint.ranking.known, "repeated": joint.ranking.repeated},
            nats_per_token=None if joint.model.weights is None else joint.model.weights.loss,
            milliseconds_per_letter=speed,
            rows=rows,
        )


if __name__ == "__main__":
    main()
