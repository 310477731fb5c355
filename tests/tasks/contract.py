"""What every task that answers raw inputs must hold. Each check takes a `Case`, or what `prepare` made of it.

A case is a task with a kind of data: eight examples made by code, which a small network learns by heart in a second.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.tasks import shared_contract
from tests.tasks.shared_contract import check_learnt_nothing, check_read_back, check_told, said_without

from unrolled import InputError, Training, load
from unrolled.metrics.measures import MEASURES
from unrolled.settings import Decoding


def same_parts(raw: Any) -> list[Any]:
    """An input that a stream takes whole."""
    return [raw]


def text_message(raw: Any) -> dict[str, Any]:
    """A text, as a session gets it."""
    return {"text": raw}


@dataclass(frozen=True)
class Case:
    """A ``task`` by its name, and what it is tried with.

    ``reads`` is the kind of its input, as its metadata says. ``make`` gives an unfitted one with this training and
    these settings; ``write`` writes data into a folder and says what of it to fit on and what to measure on; ``inputs``
    are for predict. ``aim`` is a measure, and what a network that learnt the data by heart reaches in it. ``bad`` is a
    file name and a content that ``fit`` refuses. ``parts`` cuts an input into what a stream takes piece by piece.
    ``message`` is the input as a session gets it, where that is not the text itself. ``note`` tells cases of a kind
    apart.
    """

    task: str
    reads: str
    make: Callable[..., Any]
    write: Callable[[Path], tuple[Path, Path]]
    inputs: list[Any]
    aim: tuple[str, float]
    bad: tuple[str, bytes]
    parts: Callable[[Any], list[Any]] = same_parts
    message: Callable[[Any], dict[str, Any]] = text_message
    note: str = ""
    training: Training = field(default_factory=lambda: Training(epochs=60, patience=60, batch=4, learning_rate=0.03))

    def __str__(self) -> str:
        return f"{self.task}, {self.reads}{self.note}"


@dataclass(frozen=True)
class Prepared:
    """A case, its data, the task fitted on it, and the folder that was saved."""

    case: Case
    data: Path
    held_out: Path
    task: Any
    folder: Path


def prepare(case: Case, place: Path) -> Prepared:
    """Fit and save in a folder of its own."""
    data, held_out = case.write(place)
    task = case.make(case.training).fit(data, valid=data)
    task.save(place / "model")
    return Prepared(case, data, held_out, task, place / "model")


# Learning ------------------------------------------------------------------------------------------------------------


def check_learns_by_heart(ready: Prepared) -> None:
    measure, bound = ready.case.aim
    reached = ready.task.evaluate(ready.data).metrics[measure]
    higher = MEASURES[measure].better == "higher"
    assert reached >= bound if higher else reached <= bound, f"{measure} {reached}"


def check_resumed_is_uninterrupted(case: Case, place: Path) -> None:
    data, _ = case.write(place)
    quick = Training(epochs=4, batch=2, window=6, learning_rate=0.02)
    shared_contract.check_resumed_is_uninterrupted(case.make, data, place, quick)


# Answering -----------------------------------------------------------------------------------------------------------

ABSENT = ["torch", "sklearn", "scipy", "gensim", "polars"]


def said(task: Any, inputs: list[Any], held_out: str) -> list[str]:
    """All that a model says of inputs, of data and of itself, to the bit."""
    answers = [task.predict_many(inputs, 3), task.evaluate(held_out), task.describe(), task.summary()]
    if task.recipe().continues:
        answers.append(task.generate(inputs[0], 20, Decoding(seed=3)))
    if task.name == "compose":
        answers.append(task.play(inputs[0], 3.0, Decoding(seed=3)))
    return list(map(str, answers))


def check_saved_says_the_same_without_torch(cases: list[Prepared]) -> None:
    """In a process that has numpy, but no library that training needs."""
    models = [(str(ready.folder), ready.case.inputs, str(ready.held_out)) for ready in cases]
    for ready, answers in zip(cases, said_without(ABSENT, said, models), strict=True):
        assert answers == said(ready.task, ready.case.inputs, str(ready.held_out)), str(ready.case)


def check_together_is_alone(ready: Prepared) -> None:
    together = ready.task.predict_many(ready.case.inputs, 3)
    for raw, answers in zip(ready.case.inputs, together, strict=True):
        alone = ready.task.predict(raw, 3)
        assert all(isinstance(answer, ready.task.answer) for answer in answers)
        assert [answer[0] for answer in answers] == [answer[0] for answer in alone]
        scores = [answer.score for answer in answers]
        assert scores == pytest.approx([answer.score for answer in alone], abs=1e-6)
        assert scores == sorted(scores, reverse=True)
    assert ready.task.predict_many([]) == []


def check_stream_is_whole(ready: Prepared) -> None:
    """Fed piece by piece it knows what it knows when fed at once, and that is what `predict` says."""
    for raw in ready.case.inputs:
        if ready.case.task == "suggest":
            return  # a stream says which token follows, `predict` how the whole query goes on
        parts = ready.case.parts(raw)
        whole, pieces = ready.task.stream(), ready.task.stream()
        for part in parts:
            pieces.feed(part)
        whole.feed(_joined(parts))
        np.testing.assert_allclose(pieces.probabilities(), whole.probabilities(), rtol=1e-4, atol=1e-6)
        best, answers = whole.top(3), ready.task.predict(raw, 3)
        assert [answer[0] for answer in best] == [answer[0] for answer in answers]
        assert [answer.score for answer in best] == pytest.approx([answer.score for answer in answers], abs=1e-6)


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    return " ".join(parts) if isinstance(parts[0], str) else np.concatenate(parts)


def check_baseline_is_beside(ready: Prepared) -> None:
    result = ready.task.evaluate(ready.held_out)
    measure, _ = ready.case.aim
    assert np.isfinite([result.metrics[measure], result.baseline[measure]]).all()
    head, *rows = result.table().splitlines()
    assert {"network", "suggestions"} & set(result.columns)
    assert all(name in head for name in result.columns)
    assert result.baseline_name in head
    row = next(row for row in rows if row.startswith(measure.replace("_", " ")))
    assert len(row.removeprefix(measure.replace("_", " ")).split()) == len(result.columns) + 3 * bool(
        result.differences
    )


def check_loaded_is_the_same(ready: Prepared) -> None:
    """And a client learns what the model reads."""
    loaded = check_read_back(ready.task, ready.folder)
    check_told(loaded, ready.folder)
    assert loaded.metadata() == ready.task.metadata()
    assert loaded.metadata()["reads"] == ready.case.reads == ready.task.input_.kind


def check_session_goes_on(ready: Prepared) -> None:
    """A session says what `predict` says, a keyboard more; saved and restored by the model loaded again, it goes on."""
    raw = ready.case.inputs[0]
    session, restored = ready.task.session(), load(ready.folder).session()
    answer = session.receive(ready.case.message(raw) | {"n": 2, "id": 7})
    assert answer.pop("id") == 7
    assert answer.pop("microseconds") > 0
    if "predictions" in answer:
        names = [next(iter(entry.values())) for entry in answer["predictions"]]
        assert names == [predicted[0] for predicted in ready.task.predict(raw, 2)]
    if ready.case.reads == "sound":
        answer = {"predictions": [], "steps": 0}  # its reader keeps samples, which are not saved
    restored.restore(session.save())
    again = restored.receive({"n": 2})
    assert again.pop("microseconds") > 0
    assert again == answer
    saved = session.save()
    for damaged in (saved[: len(saved) // 2], saved[:-1], b"", b"[]"):
        with pytest.raises(InputError):
            restored.restore(damaged)
    with pytest.raises(InputError, match="unknown key 'nonsense'"):
        session.receive({"nonsense": 1})


# Refusing ------------------------------------------------------------------------------------------------------------


def check_refusals(ready: Prepared, place: Path) -> None:
    fresh, raw = ready.case.make(ready.case.training), ready.case.inputs[0]
    uses = lambda: fresh.predict(raw), lambda: fresh.evaluate(ready.data), lambda: fresh.tune(ready.data)
    check_learnt_nothing(fresh, (*uses, fresh.stream, fresh.session, fresh.play), place)
    with pytest.raises(InputError, match="width is 0"):
        ready.case.make(ready.case.training, width=0)
    for n in (0, -1, True, 2.0, "3", None):
        with pytest.raises(InputError, match="n is "):
            ready.task.predict(raw, n)
        with pytest.raises(InputError, match="n is "):
            ready.task.predict_many([raw], n)
        with pytest.raises(InputError, match="n is "):
            ready.task.stream().feed(raw).top(n)
    with pytest.raises(InputError, match="exists"):
        ready.task.save(ready.folder)


def check_bad_data_is_named(ready: Prepared, place: Path) -> None:
    name, content = ready.case.bad
    bad = place / name
    bad.parent.mkdir(exist_ok=True)
    bad.write_bytes(content)
    wrong = bad if bad.parent == place else bad.parent.parent
    for data in (wrong, place / f"missing{wrong.suffix}"):
        with pytest.raises(InputError) as caught:
            ready.case.make(ready.case.training).fit(data)
        assert (bad if data == wrong else data).name in str(caught.value)
        with pytest.raises(InputError):
            ready.task.evaluate(data)


def check_damage_is_refused(ready: Prepared, place: Path) -> None:
    def use(task: Any) -> None:
        task.predict(ready.case.inputs[0])
        task.evaluate(ready.held_out)

    shared_contract.check_damage_is_refused(ready.folder, use, place)
