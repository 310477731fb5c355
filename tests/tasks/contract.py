"""What every task must hold. Each check takes a `Case`, or what `prepare` made of it, and raises AssertionError.

A case is a task with a kind of data: eight examples made by code, which a small network learns by heart in a second.
"""

import inspect
import json
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import unrolled.serve
from unrolled import InputError, Training, load
from unrolled.settings import Decoding
from unrolled.training import Trainer

CARDS = Path(unrolled.serve.__file__).parent / "page" / "cards"
CONFIG, CARD = "config.json", "README.md"
FLIPS = 4  # of each file of a folder
STOP = 3  # the step in which Ctrl-C is pressed
ABOUT_THE_RUN = {CONFIG, CARD, "log.jsonl"}  # these hold how long it took


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
    assert reached >= bound if measure == "accuracy" else reached <= bound, f"{measure} {reached}"


def check_resumed_is_uninterrupted(case: Case, place: Path) -> None:
    """Ctrl-C in a step and a resumed run, or none: the same bits in every file that does not say how long it took."""
    data, _ = case.write(place)
    quick, run = Training(epochs=4, batch=2, window=6, learning_rate=0.02), place / "model.run"
    case.make(quick, dropout=0.3).fit(data).save(place / "whole")
    step, steps = Trainer.step, 0

    def stopping(self: Any, *arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == STOP:
            signal.raise_signal(signal.SIGINT)
        return step(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", stopping)
        stopped = case.make(quick, dropout=0.3).fit(data, run=run)
    assert stopped.fitted_.interrupted
    assert stopped.fitted_.steps == STOP
    with pytest.raises(InputError):
        case.make(quick, dropout=0.2).fit(data, run=run, resume=True)
    case.make(quick, dropout=0.3).fit(data, run=run, resume=True).save(place / "pieces")
    names = {path.name for path in (place / "whole").iterdir()}
    assert names == {path.name for path in (place / "pieces").iterdir()}
    for name in names - ABOUT_THE_RUN:
        assert (place / "whole" / name).read_bytes() == (place / "pieces" / name).read_bytes(), name


# Answering -----------------------------------------------------------------------------------------------------------

PROGRAM = """
import pickle, sys
sys.modules.update(dict.fromkeys(["torch", "sklearn", "scipy", "gensim", "polars"]))
import json
from pathlib import Path
from typing import Any
import unrolled
from unrolled.settings import Decoding
SAID
inputs = pickle.loads(Path(sys.argv[2]).read_bytes())
print(said(unrolled.load(sys.argv[1]), inputs, sys.argv[3]))
"""


def said(task: Any, inputs: list[Any], held_out: str) -> str:
    """All that a model says of inputs, of data and of itself, to the bit."""
    answers = [task.predict_many(inputs, 3), task.evaluate(held_out), task.describe(), task.summary()]
    if task.recipe().continues:
        answers.append(task.generate(inputs[0], 20, Decoding(seed=3)))
    if task.name == "compose":
        answers.append(task.play(inputs[0], 3.0, Decoding(seed=3)))
    return json.dumps(list(map(str, answers)))


def check_saved_says_the_same_without_torch(ready: Prepared, place: Path) -> None:
    """In a process that has numpy, but no library that training needs."""
    (place / "inputs").write_bytes(pickle.dumps(ready.case.inputs))
    arguments = [str(ready.folder), str(place / "inputs"), str(ready.held_out)]
    command = [sys.executable, "-W", "error", "-c", PROGRAM.replace("SAID", inspect.getsource(said))]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == said(ready.task, ready.case.inputs, str(ready.held_out))


def check_loaded_is_the_same(ready: Prepared) -> None:
    loaded = load(ready.folder)
    assert type(loaded) is type(ready.task)
    assert loaded.get_params() == ready.task.get_params()
    assert loaded.fitted_ == ready.task.fitted_
    assert loaded.shapes() == ready.task.shapes()
    assert loaded.log_ == ready.task.log_


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
    assert "network" in result.columns
    assert all(name in head for name in result.columns)
    assert result.baseline_name in head
    row = next(row for row in rows if row.startswith(measure.replace("_", " ")))
    assert len(row.removeprefix(measure.replace("_", " ")).split()) == len(result.columns)


def check_metadata(ready: Prepared) -> None:
    """A client learns what the model reads and which card of the page shows it, and there is such a card."""
    metadata = ready.task.metadata()
    assert metadata["reads"] == ready.case.reads == ready.task.input_.kind
    assert (CARDS / f"{metadata['card']}.js").is_file()
    assert json.loads(json.dumps(metadata)) == metadata
    assert load(ready.folder).metadata() == metadata


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


def check_settings(case: Case) -> None:
    """They are stored as they are given, listed and changed, and scikit-learn clones them."""
    fresh = case.make(case.training, width=16)
    twin = clone(fresh)
    assert twin is not fresh
    assert twin.get_params() == fresh.get_params() == fresh.get_params() | {"width": 16, "training": case.training}
    assert twin.set_params(width=48) is twin
    assert (fresh.width, twin.width) == (16, 48)
    with pytest.raises(InputError, match="no setting 'breadth'"):
        twin.set_params(breadth=1)


# Refusing ------------------------------------------------------------------------------------------------------------


def check_refusals(ready: Prepared, place: Path) -> None:
    fresh, raw = ready.case.make(ready.case.training), ready.case.inputs[0]
    for use in (
        lambda: fresh.predict(raw),
        lambda: fresh.save(place / "none"),
        lambda: fresh.evaluate(ready.data),
        lambda: fresh.tune(ready.data),
        fresh.stream,
        fresh.session,
        fresh.play,
        fresh.shapes,
        fresh.summary,
    ):
        with pytest.raises(InputError, match="learnt nothing yet"):
            use()
    assert not (place / "none").exists()
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


def damages(content: bytes) -> Iterator[bytes | None]:
    """A file's content cut off, with a byte changed, and not there at all."""
    yield content[: len(content) // 2]
    yield content[:-1]
    yield b""
    rng = np.random.default_rng(len(content))
    for at in rng.integers(0, len(content), FLIPS):
        yield content[:at] + bytes([content[at] ^ (1 << int(rng.integers(8)))]) + content[at + 1 :]
    yield None


def check_damage_is_refused(ready: Prepared, place: Path) -> None:
    """A damaged folder raises InputError as soon as the file is read, and never another exception."""
    for name in sorted(path.name for path in ready.folder.iterdir()):
        content = (ready.folder / name).read_bytes()
        for number, damaged in enumerate(damages(content)):
            copy = place / f"{name} {number}"
            shutil.copytree(ready.folder, copy)
            (copy / name).unlink()
            if damaged is not None:
                (copy / name).write_bytes(damaged)
            whole = damaged is not None and len(damaged) == len(content)
            if name in (CONFIG, CARD) and whole:  # a word of the card that nobody reads, a number that says how long
                with suppress(InputError):
                    _read_all(ready, copy)
            else:
                with pytest.raises(InputError):
                    _read_all(ready, copy)


def _read_all(ready: Prepared, folder: Path) -> None:
    """Load, and use whatever is read only when it is asked for."""
    task = load(folder)
    task.predict(ready.case.inputs[0])
    task.evaluate(ready.held_out)
    task.save(folder / "copy")
