"""Accuracy of classifiers of text and DNA; choices made on the validation part, the test part read once.

    python benchmarks/classification.py DATA --set trec --seeds 0 1 2

DATA holds the folders that classification_sets.py reads. Beside each: the baseline of the same run with a paired
bootstrap, and the time of a training step beside that of the same network in plain torch.nn on the same batches.
Rows that stand in results/classification.json already are not run again.
"""

import argparse
import copy
import dataclasses
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from classification_sets import SETS, Parts, repeated
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from unrolled import Classifier, Training
from unrolled.data.batches import Batches
from unrolled.data.examples import Examples
from unrolled.data.labelled import Labelled
from unrolled.layers import Pooling
from unrolled.metrics.bootstrap import paired_bootstrap
from unrolled.metrics.classification import calibrated_loss
from unrolled.models import Model, RecurrentBody
from unrolled.sources.samples import Sample
from unrolled.text.tokens import Tokenizer
from unrolled.text.word_vectors import WordVectors
from unrolled.training import Batched, Log, Trainer

NAME = "classification"
ROUNDS, STEPS = 7, 10  # training steps timed, ours and torch in turn

_SENTENCES = Training(epochs=5, batch=50, patience=5)
RECIPES = {
    "trec": Classifier(training=Training(epochs=20, batch=50, patience=3)),
    "sst2": Classifier(width=64, training=_SENTENCES),
    "mr": Classifier(width=64, training=_SENTENCES),
    "subj": Classifier(width=64, training=_SENTENCES),
    "splice": Classifier(width=64, pooling="middle", training=Training(epochs=15, batch=50, patience=15)),
    "swap": Classifier(
        width=64,
        layers=2,
        embedding=64,
        vocabulary=16_000,
        vectorizer="word2vec",
        varied=False,
        dropout=0.1,
        training=Training(epochs=2, batch=64),
    ),
}


class Plain(nn.Module):
    """The network of a recurrent `Classifier` as it is usually written with torch.nn."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        body, pool = model.body, model.pool
        assert isinstance(body, RecurrentBody)
        assert isinstance(pool, Pooling)
        layers, words = body.layers, body.words
        kind = {"gru": nn.GRU, "lstm": nn.LSTM}[layers.cell.name]
        self.words = nn.Identity() if words is None else nn.Embedding(words.vocabulary, words.width)
        front = body.convolution
        self.front = None if front is None else nn.Conv1d(front.inputs, front.outputs, front.window)
        self.layers = kind(
            layers.inputs,
            layers.widths[0],
            len(layers.widths),
            batch_first=True,
            dropout=model.dropout if len(layers.widths) > 1 else 0.0,
            bidirectional=layers.bidirectional,
        )
        self.dropout, self.pooling = nn.Dropout(model.dropout), pool.kind
        self.output = nn.Linear(layers.outputs, model.output.outcomes)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        x = self.dropout(self.words(inputs))
        if self.front is not None:
            before = nn.functional.pad(x.transpose(1, 2), (self.front.kernel_size[0] - 1, 0))
            x = nn.functional.relu(self.front(before)).transpose(1, 2)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, _ = pad_packed_sequence(self.layers(packed)[0], batch_first=True)
        if self.pooling == "middle":
            pooled = y[torch.arange(len(y)), lengths // 2]
        elif self.pooling == "max":
            inside = torch.arange(y.shape[1])[None] < lengths[:, None]
            pooled = y.masked_fill(~inside[..., None], -torch.inf).amax(1)
        else:
            raise ValueError(f"pooling is {self.pooling}; the plain network knows middle and max")
        scores: Tensor = self.output(self.dropout(pooled))
        return scores


def main() -> None:
    """Measure each set with each seed that has no row yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--set", choices=SETS, nargs="+", default=list(SETS), dest="sets")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.sets:
        parts = SETS[name](arguments.data)
        for seed in arguments.seeds:
            if not any(row["set"] == name and row["seed"] == seed for row in report.rows(NAME)):
                row = {"set": name, "seed": seed, **_measured(name, parts, seed)}
                rows = sorted([*report.rows(NAME), row], key=lambda row: (list(SETS).index(row["set"]), row["seed"]))
                report.write(NAME, show=False, recipes=_recipes(), summary=_summary(rows), rows=rows)
                print(json.dumps(row))


def _recipes() -> dict[str, str]:
    """What each recipe has otherwise than a new `Classifier`."""
    plain = Classifier()
    return {
        name: ", ".join(
            f"{key}={value!r}"
            for settings, usual in ((recipe, plain), (recipe.training, plain.training))
            for key, value in vars(settings).items()
            if key != "training" and value != vars(usual)[key]
        )
        for name, recipe in RECIPES.items()
    }


def _summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean and spread (largest less smallest) over the seeds of each set."""
    lines = []
    for name in SETS:
        if of_set := [row for row in rows if row["set"] == name]:
            line: dict[str, Any] = {"set": name, "seeds": len(of_set)}
            for key in ("accuracy", "accuracy_of_new", "bag", "baseline", "torch_time_to_ours"):
                if values := [row[key] for row in of_set if key in row]:
                    line[key] = round(statistics.mean(values), 4)
                    line[f"{key}_spread"] = round(max(values) - min(values), 4)
            lines.append(line)
    return lines


def _measured(name: str, parts: Parts, seed: int) -> dict[str, Any]:
    """Train one recipe with one seed and read the test part."""
    recipe = RECIPES[name]
    with tempfile.TemporaryDirectory() as folder:
        if name == "swap":
            recipe = copy.deepcopy(recipe).set_params(vectors=_word_vectors(recipe, Path(folder)))
        model = _trained(recipe, parts, seed)
    right, simple = _right(model, parts.test)
    difference = paired_bootstrap(right, simple)
    new = ~repeated(parts)
    row = {
        "accuracy": float(right.mean()),
        **({} if new.all() else {"accuracy_of_new": float(right[new].mean()), "repeated": int((~new).sum())}),
        "baseline": float(simple.mean()),
        "baseline_name": model.baseline_.name,
        "difference": difference.difference,
        "interval_95": [difference.low, difference.high],
        "valid": model.evaluate(parts.valid, show=False).metrics["accuracy"],
        "test": len(parts.test),
        "parameters": model.parameters,
        "steps": model.fitted_.steps,
        "seconds": round(model.fitted_.seconds, 1),
    }
    if name == "swap":
        bag = copy.deepcopy(RECIPES[name]).set_params(model="bag", vectorizer=None)
        row["bag"] = float(_right(_trained(bag, parts, seed, epochs=1), parts.test)[0].mean())
    ours, plain = step_times(model, parts.train)
    rounded = {"ms_a_step": round(1e3 * ours, 2), "torch_ms_a_step": round(1e3 * plain, 2)}
    return {**row, **rounded, "torch_time_to_ours": round(plain / ours, 3)}


def _word_vectors(recipe: Classifier, folder: Path) -> str:
    """Word2Vec of the whole training part of sample:wikipedia, from near neighbours: order is the question."""
    texts = [paragraph.lower() for paragraph in Sample("wikipedia", "train").paragraphs()]
    cut = Tokenizer.train("word", texts, recipe.vocabulary).split
    vectors = WordVectors.train(map(cut, texts), recipe.embedding, window=2, epochs=8, min_count=2, seed=0, show=False)
    vectors.write(folder / "vectors.txt")
    return str(folder / "vectors.txt")


def _trained(recipe: Classifier, parts: Parts, seed: int, **how: Any) -> Classifier:
    model = copy.deepcopy(recipe).set_params(training=dataclasses.replace(recipe.training, seed=seed, **how))
    return model.fit(parts.train, valid=parts.valid, show=False)


def _right(model: Classifier, examples: Examples) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which answers of the network and of the baseline are right (N,)."""
    part = _part(model, examples)
    ((simple, _),) = model.baseline_.predictions(part)
    return model.probabilities(part.encoded).argmax(1) == part.targets, simple.argmax(1) == part.targets


def _part(model: Classifier, examples: Examples) -> Labelled:
    return model.recipe().part(model.learnt_, examples, "utf-8", Path())


def step_times(task: Classifier, train: Examples) -> tuple[float, float]:
    """Seconds of processor time of a training step, ours and torch.nn's on the same batches: medians, in turn."""
    model, params = task.network()
    part = _part(task, train)
    batches = Batches(part.encoded, part.targets, task.input_.collate, task.training.batch)
    problem = Batched(model, params, batches, batches, calibrated_loss, np.ones(len(task.labels_)))
    with tempfile.TemporaryDirectory() as folder, Log(Path(folder) / "log.jsonl", False, task.unit) as log:
        trainer = Trainer(problem, dataclasses.replace(task.training, minutes=None, epochs=1_000))
        plain = _plain_step(Plain(model), batches, task.training)
        times: tuple[list[float], list[float]] = [], []
        for round_number in range(ROUNDS + 1):
            at = range(round_number * STEPS, (round_number + 1) * STEPS)
            for kept, step in zip(times, (lambda _: trainer.step(log), plain), strict=True):
                began = time.process_time()
                for number in at:
                    step(number)
                kept.append((time.process_time() - began) / STEPS)
    ours, theirs = (statistics.median(kept[1:]) for kept in times)  # the first round warms up
    return ours, theirs


def _plain_step(model: Plain, batches: Batches, how: Training) -> Callable[[int], None]:
    optimizer = torch.optim.AdamW(
        model.parameters(), how.learning_rate, betas=(0.9, 0.99), weight_decay=how.weight_decay, fused=True
    )

    def step(number: int) -> None:
        inputs, lengths, targets = map(torch.from_numpy, batches.at(number))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs, lengths), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), how.clip)
        optimizer.step()
        loss.item()

    return step


if __name__ == "__main__":
    main()
