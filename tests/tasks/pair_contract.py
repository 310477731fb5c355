"""What every task that learns from pairs must hold. Each check takes a `Case`, or what `prepare` made of it."""

import copy
import hashlib
import json
import pickle
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from tests.tasks import shared_contract
from tests.tasks.shared_contract import (
    CONFIG,
    check_learnt_nothing,
    check_read_back,
    check_told,
    flipped,
    said_without,
)

from unrolled import InputError, Search, Training, load
from unrolled.arrays import flatten, unflatten
from unrolled.data.pair_batches import collated
from unrolled.metrics.measures import MEASURES
from unrolled.nn import TORCH
from unrolled.tasks import task_class
from unrolled.text.tokens import END

ABSENT = ["torch", "sklearn", "polars", "pandas", "scipy", "sacrebleu", "sentencex", "matplotlib"]
Pairs = list[tuple[Any, str]]


def write_table(place: Path, name: str, pairs: Pairs) -> Path:
    """Pairs of texts in a table."""
    table = place / f"{name}.tsv"
    table.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    return table


def write_pictures(place: Path, name: str, pairs: Pairs) -> Path:
    """A folder of pictures, given as the bytes of files, and their captions."""
    folder = place / name
    folder.mkdir()
    for number, (picture, _) in enumerate(pairs):
        (folder / f"{number}.png").write_bytes(picture)
    rows = [f"{number}.png,{caption}\n" for number, (_, caption) in enumerate(pairs)]
    (folder / "captions.csv").write_text("".join(["picture,caption\n", *rows]), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Case:
    """A ``task`` by its name, ``settings`` that tell its cases apart, and eight ``pairs`` to be learnt by heart.

    ``others`` are pairs to measure on, ``aim`` a measure, and what a network that learnt the pairs reaches in it.
    ``write`` writes pairs to a file or folder that the task reads.
    """

    task: str
    settings: dict[str, Any]
    pairs: Pairs
    others: Pairs
    aim: tuple[str, float]
    learning_rate: float = 0.03
    write: Callable[[Path, str, Pairs], Path] = write_table

    def __str__(self) -> str:
        return f"{self.task}, {', '.join(map(str, self.settings.values()))}"

    @property
    def reads_texts(self) -> bool:
        """Whether inputs are texts, of which one may be empty."""
        return isinstance(self.pairs[0][0], str)

    def make(self, training: Training | None = None, **settings: Any) -> Any:
        """An unfitted one of little size; settings of training that it has not are left out."""
        kind, rate = task_class(self.task), self.learning_rate
        usual = {"width": 24, "embedding": 16, "dropout": 0.0, "smoothing": 0.0, "varied": False, **self.settings}
        quick = Training(epochs=150, patience=150, batch=4, learning_rate=rate) if training is None else training
        known = {field.name for field in fields(kind)} | (settings.keys() - {"smoothing", "varied"})
        chosen = {name: value for name, value in {**usual, **settings}.items() if name in known}
        return kind(**chosen, training=quick)


@dataclass(frozen=True)
class Prepared:
    """A case, its data, pairs to measure on, the task fitted on the data, and the folder that was saved."""

    case: Case
    data: Path
    held_out: Path
    task: Any
    folder: Path

    @property
    def inputs(self) -> list[Any]:
        """Sources that were learnt, some that were not, and a text of which nothing is left."""
        blank = [""] * self.case.reads_texts
        return [*(source for source, _ in self.case.pairs[:3]), *(source for source, _ in self.case.others), *blank]

    @property
    def seen(self) -> list[Any]:
        """Those of which something is left."""
        return [raw for raw in self.inputs if raw]


def prepare(case: Case, place: Path) -> Prepared:
    """Fit and save in a folder of its own."""
    data, held_out = case.write(place, "eight", case.pairs), case.write(place, "other", case.others)
    task = case.make().fit(data, valid=data)
    task.save(place / "model")
    return Prepared(case, data, held_out, task, place / "model")


# Learning ------------------------------------------------------------------------------------------------------------


def check_learns_by_heart(ready: Prepared) -> None:
    """And is measured beside its baselines."""
    measure, bound = ready.case.aim
    result = ready.task.evaluate(ready.data)
    reached = result.metrics[measure]
    assert reached >= bound if MEASURES[measure].better == "higher" else reached <= bound, f"{measure} {reached}"
    assert np.isfinite([column[measure] for column in result.columns.values()]).all()
    assert result.baseline_name == ready.task.baseline_name
    head, *rows = result.table().splitlines()
    assert all(name in head for name in result.columns)
    assert any(row.startswith(measure.replace("_", " ")) for row in rows)


def check_resumed_is_uninterrupted(case: Case, place: Path) -> None:
    """And a fit that was stopped answers. What varies at random while training is as random as it was."""
    data, quick = case.write(place, "eight", case.pairs), Training(epochs=3, batch=3, learning_rate=0.02)

    def make(training: Training, **settings: Any) -> Any:
        return case.make(training, **{"varied": True, "smoothing": 0.1, **settings})

    stopped = shared_contract.check_resumed_is_uninterrupted(make, data, place, quick)
    assert isinstance(stopped.predict(case.pairs[0][0])[0].text, str)


def check_tuned(ready: Prepared) -> None:
    """A model goes on learning from its weights, and is itself not changed by it."""
    before = said(ready.task, ready.inputs, "")
    tuned = ready.task.tune(ready.held_out, training=Training(epochs=2, batch=2))
    assert tuned.fitted_.start_loss is not None
    assert tuned.fitted_.loss <= tuned.fitted_.start_loss
    assert tuned.shapes() == ready.task.shapes()
    assert tuned.texts() == ready.task.texts()
    assert said(ready.task, ready.inputs, "") == before


# Answering -----------------------------------------------------------------------------------------------------------


def said(task: Any, inputs: list[str], measured_on: str) -> list[Any]:
    """All that a model says of inputs, of data and of itself, to the bit."""
    searches: list[dict[str, float]] = [{"beam": 1}, {"n_best": 3}, {"temperature": 1.0, "n_best": 2, "seed": 3}]
    found = [one for search in searches for answers in task.align(inputs, **search) for one in answers]
    aligned = [[*map(str, one[:3]), repr(one.attention.tolist()), [int(i) for i in one.ids]] for one in found]
    measured = [str(task.evaluate(measured_on).columns)] if measured_on else []
    remarks = [task.remark(raw) for raw in inputs]
    return [aligned, remarks, measured, task.describe(), task.summary(), task.metadata(), dict(task.texts())]


def check_saved_says_the_same(cases: list[Prepared]) -> None:
    """In a process that has numpy, but no library that training and data frames need, nor one that measures text."""
    models = [(str(one.folder), one.inputs, str(one.held_out) if one.task.spelled else "") for one in cases]
    for ready, arguments, answers in zip(cases, models, said_without(ABSENT, said, models), strict=True):
        assert answers == said(ready.task, *arguments[1:]), str(ready.case)


def check_loaded_is_the_same(ready: Prepared) -> None:
    """And so are copies."""
    loaded = check_read_back(ready.task, ready.folder)
    check_told(loaded, ready.folder)
    expected = said(ready.task, ready.inputs, str(ready.held_out))
    for other in (loaded, pickle.loads(pickle.dumps(ready.task)), copy.deepcopy(ready.task)):
        assert said(other, ready.inputs, str(ready.held_out)) == expected
    assert loaded.fitted_.items == sum(len(loaded.prefix_ids(*pair)) + 1 for pair in ready.case.pairs)  # and END


def check_together_is_alone(ready: Prepared) -> None:
    """An answer does not depend on what else is asked, nor on how many answers are; the best comes first."""
    together = ready.task.predict_many(ready.inputs, 3)
    assert all(1 <= len({answer.text for answer in answers}) == len(answers) <= 3 for answers in together)
    assert [answer.text for answer in together[-1]] == [""] or not ready.case.reads_texts
    for raw, answers in zip(ready.inputs, together, strict=True):
        alone = ready.task.predict(raw, 3)
        assert [answer.text for answer in answers] == [answer.text for answer in alone]
        scores = [answer.score for answer in answers]
        assert scores == pytest.approx([answer.score for answer in alone], abs=1e-6)
        assert scores == sorted(scores, reverse=True)
        assert ready.task.predict(raw) == alone[:1]
    assert ready.task.predict_many([]) == []


def check_aligned(ready: Prepared) -> None:
    """Tokens of both sides, an attention that sums to 1, and answers that begin and go on as asked."""
    raw, (source, target) = ready.inputs[0], ready.case.pairs[0]
    for one in ready.task.align([raw], n_best=3)[0]:
        assert len(set(map(len, (one.ids, one.target, one.attention)))) == 1
        assert one.attention.shape[1] == len(one.source)
        np.testing.assert_allclose(one.attention.sum(1), 1, atol=1e-5)
    ids = ready.task.prefix_ids(source, target)
    best = ready.task.align([raw], prefixes=[ids[:1]])[0][0]
    assert (best.translation.text, list(best.ids)) == (target, list(ids))
    (begun,) = ready.task.align([raw], prefixes=[[ids[-1]]])[0]
    assert begun.ids[0] == ids[-1]
    for other in ready.task.alternatives(raw, ids[:1], 3):
        assert list(other.ids[:1]) == list(ids[:1])


def check_scores_are_the_trained_models(ready: Prepared) -> None:
    """The score of an answer is the mean log-probability that the model in torch, as it was trained, gives its ids."""
    import torch

    model, weights = ready.task.network()
    params = unflatten({name: torch.from_numpy(values.copy()) for name, values in flatten(weights).items()})
    for raw in ready.seen:
        sources = torch.from_numpy(collated([ready.task.codec_.source(raw).inputs])[0])
        for found in ready.task.align([raw], n_best=2, length_penalty=1.0)[0]:
            targets = torch.tensor([*found.ids, END])
            memory = model.read(TORCH, params, sources, torch.tensor([sources.shape[1]]))
            state, inputs = model.start(TORCH, params, memory), torch.tensor([[END, *found.ids]])
            features, attention, _ = model.forward(TORCH, params, memory, inputs, state, torch.tensor([len(targets)]))
            if model.pointer is None:
                total = model.output.loss(TORCH, params, features[0], targets)
            else:
                source = sources.expand(len(targets), -1)
                total = model.pointer.loss(TORCH, params, model.output, features[0], attention[0], source, targets)
            loss = float(total) / len(targets)
            assert found.translation.score == pytest.approx(np.exp(-loss), abs=1e-5)
            np.testing.assert_allclose(found.attention, attention[0, : len(found.ids)], atol=1e-5)


# Refusing ------------------------------------------------------------------------------------------------------------


def check_refusals(ready: Prepared, place: Path) -> None:
    fresh, task, raw = ready.case.make(), ready.task, ready.inputs[0]
    uses = lambda: fresh.predict(raw), lambda: fresh.align([raw]), lambda: fresh.evaluate(ready.data)
    more = lambda: fresh.tune(ready.data), lambda: fresh.prefix_ids(raw, ""), lambda: list(fresh.forming(raw))
    check_learnt_nothing(fresh, (*uses, *more), place)
    for name, value in {"width": 0, "attention": "best", "cell": "none", "dropout": 2.0}.items():
        with pytest.raises(InputError, match=f"{name} is {value!r}"):
            ready.case.make(**{name: value})
    for n in (0, -1, True, 2.0, "3", None):
        with pytest.raises(InputError, match="n is "):
            task.predict(raw, n)
    noun = task.codec_.reads
    for wrong in (3, None, ["text"], {"text": raw}, *([b"text", np.zeros(3)] if noun == "text" else [])):
        for use in (task.predict, task.remark, lambda one: list(task.forming(one)), lambda one: task.align([one])):
            with pytest.raises(InputError, match=f"the input is {type(wrong).__name__}; expected a {noun}"):
                use(wrong)
    for several in (raw, 3, {raw: 1}):
        with pytest.raises(InputError, match=f"the inputs are {type(several).__name__}; expected a list of them"):
            task.predict_many(several)
    with pytest.raises(InputError, match="2 prefixes of 1 inputs"):
        task.align([raw], prefixes=[[], []])
    with pytest.raises(InputError, match="the prefix is int; expected a text"):
        task.prefix_ids(raw, 3)
    for glossary in (3, {"dog": 3}, {3: "Hund"}, [("dog", "Hund")]):
        with pytest.raises(InputError, match="glossary is "):
            task.predict(raw, glossary=glossary)
    for ids in ([-1], [10_000], [2.5], ["a"]):
        for use in (lambda ids: task.align([raw], prefixes=[ids]), lambda ids: task.following(raw, ids, 3)):
            with pytest.raises(InputError, match=rf"the prefix has the token {ids[0]!r}; expected 0 to \d+"):
                use(ids)
    for name, value in {"beam": 0, "max_ratio": -1.0, "nucleus": 2.0, "width": 3}.items():
        with pytest.raises(InputError, match=name):
            task.predict(raw, **{name: value})
    with pytest.raises(InputError, match="beam"):
        task.predict(raw, search=Search(beam=0))
    with pytest.raises(InputError, match="exists"):
        task.save(ready.folder)


def check_bad_data_is_named(ready: Prepared, place: Path) -> None:
    bad = {
        "empty.tsv": (b"a\tb\nc\t\n", r"empty\.tsv:2: the target is empty"),
        "one.tsv": (b"a\nb\n", "expected"),
        "single.tsv": (b"a\tb\n", "expected at least 2"),
        "short.tsv": (b"a\tb\nc\n", r"short\.tsv:2: 1 value; expected 2"),
    }
    for name, (content, expected) in bad.items():
        (place / name).write_bytes(content)
        for use in (
            ready.case.make().fit,
            ready.task.evaluate,
            ready.task.tune,
            lambda path: ready.case.make().fit(ready.data, valid=path),
        ):
            with pytest.raises(InputError, match=expected) as caught:
                use(place / name)
            assert name in str(caught.value)
    with pytest.raises(InputError, match=r"missing\.tsv"):
        ready.case.make().fit(place / "missing.tsv")


def use(task: Any, inputs: Iterable[str], measured_on: Path) -> list[Any]:
    """Whatever is read only when it is asked for."""
    list(task.baseline_name)
    return [*task.predict_many(list(inputs)), str(task.evaluate(measured_on).columns)]


def check_damage_is_refused(ready: Prepared, place: Path) -> None:
    shared_contract.check_damage_is_refused(
        ready.folder, lambda task: use(task, ready.inputs[:1], ready.held_out), place
    )


def forge(folder: Path, name: str, content: bytes) -> None:
    """Other content of a model's file, and the checksum with it."""
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    config["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    (folder / name).write_bytes(content)


def check_forged_folder_cannot_crash(ready: Prepared, place: Path, flips: int) -> None:
    """A bit changed, and the checksum with it: whatever the file then says, it is refused, or there are answers."""
    copied = place / "forged"
    shutil.copytree(ready.folder, copied)
    for name in json.loads((ready.folder / CONFIG).read_text(encoding="utf-8"))["files"]:
        content = (ready.folder / name).read_bytes()
        for forged in flipped(content, flips):
            forge(copied, name, forged)
            with suppress(InputError):
                use(load(copied), ready.inputs[:3], ready.held_out)
        forge(copied, name, content)


def check_weights_are_finite(ready: Prepared, place: Path) -> None:
    """A number that is none is neither saved nor loaded."""
    shutil.copytree(ready.folder, place / "forged")
    weights = {name: values.copy() for name, values in flatten(ready.task.weights_).items()}
    name, values = next(iter(weights.items()))
    broken = copy.copy(ready.task)
    for number in (np.nan, np.inf):
        values.flat[0] = number
        broken.weights_ = unflatten(weights)
        with pytest.raises(InputError, match=name):
            broken.save(place / "broken")
        assert not (place / "broken").exists()
        forge(place / "forged", "model.safetensors", safetensors.numpy.save(weights))
        with pytest.raises(InputError, match=f"'{name}' holds a number that is not finite"):
            load(place / "forged")
