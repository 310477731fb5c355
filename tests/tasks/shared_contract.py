"""What every task must hold, whatever it answers: the checks that the contracts of the kinds of tasks share."""

import html
import inspect
import json
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import unrolled.serve
from unrolled import InputError, Training, load
from unrolled.training import Trainer

CARDS = Path(unrolled.serve.__file__).parent / "page" / "cards"
CONFIG, CARD = "config.json", "README.md"
FLIPS = 4  # of each file of a folder
STOP = 3  # the step in which Ctrl-C is pressed
ABOUT_THE_RUN = {CONFIG, CARD, "log.jsonl"}  # these hold how long it took

Make = Callable[..., Any]
"""An unfitted task with this training and these settings."""


# Learning ------------------------------------------------------------------------------------------------------------


def check_resumed_is_uninterrupted(make: Make, data: Any, place: Path, quick: Training) -> Any:
    """Ctrl-C in a step and a resumed run, or none: the same bits in every file that does not say how long it took.

    The task that was stopped is returned: it answers, too.
    """
    run = place / "model.run"
    make(quick, dropout=0.3).fit(data).save(place / "whole")
    step, steps = Trainer.step, 0

    def stopping(self: Any, *arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == STOP:
            signal.raise_signal(signal.SIGINT)
        return step(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", stopping)
        stopped = make(quick, dropout=0.3).fit(data, run=run)
    assert stopped.fitted_.interrupted
    assert stopped.fitted_.steps == STOP
    with pytest.raises(InputError):
        make(quick, dropout=0.2).fit(data, run=run, resume=True)
    make(quick, dropout=0.3).fit(data, run=run, resume=True).save(place / "pieces")
    names = {path.name for path in (place / "whole").iterdir()}
    assert names == {path.name for path in (place / "pieces").iterdir()}
    for name in names - ABOUT_THE_RUN:
        assert (place / "whole" / name).read_bytes() == (place / "pieces" / name).read_bytes(), name
    return stopped


# Answering -----------------------------------------------------------------------------------------------------------

PROGRAM = """
import pickle, sys
sys.modules.update(dict.fromkeys(ABSENT))
import json
from pathlib import Path
from typing import Any
import unrolled
from unrolled.settings import Decoding
SAID
print(json.dumps([NAME(unrolled.load(folder), *more) for folder, *more in pickle.load(sys.stdin.buffer)]))
"""


def said_without(absent: Sequence[str], said: Callable[..., Any], models: Sequence[Sequence[Any]]) -> list[Any]:
    """What ``said`` returns of models in one process that lacks libraries, each (folder, what else ``said`` takes)."""
    program = PROGRAM.replace("ABSENT", repr(list(absent))).replace("NAME", said.__name__)
    program = program.replace("SAID", inspect.getsource(said))
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, input=pickle.dumps(models), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    answers: list[Any] = json.loads(done.stdout)
    return answers


def check_read_back(task: Any, folder: Path) -> Any:
    """The loaded task, which has the settings, the weights and all that was said of the fit."""
    loaded = load(folder)
    assert type(loaded) is type(task)
    assert loaded.get_params() == task.get_params()
    assert (loaded.fitted_, loaded.log_) == (task.fitted_, task.log_)
    assert loaded.shapes() == task.shapes()
    return loaded


def check_told(task: Any, folder: Path) -> None:
    """What people and clients are told of a model: its card is one of the page's, and its folder's says the same."""
    metadata = task.metadata()
    assert (CARDS / f"{metadata['card']}.js").is_file()
    assert json.loads(json.dumps(metadata)) == metadata
    assert repr(task).startswith(f"<{type(task).__name__}(")
    assert html.escape(task.summary()) in task._repr_html_()
    readme = (folder / CARD).read_text(encoding="utf-8")
    assert f"{task.parameters:,}" in readme
    assert task.summary() in readme


# Refusing ------------------------------------------------------------------------------------------------------------


def check_learnt_nothing(fresh: Any, uses: Iterable[Callable[[], Any]], place: Path) -> None:
    """An unfitted task refuses these uses, and all that any fitted one can do."""
    for use in (*uses, fresh.shapes, fresh.summary, lambda: fresh.save(place / "none")):
        with pytest.raises(InputError, match="learnt nothing yet"):
            use()
    assert not (place / "none").exists()


def damages(content: bytes) -> Iterator[bytes | None]:
    """A file's content cut off, with a byte changed, and not there at all."""
    yield content[: len(content) // 2]
    yield content[:-1]
    yield b""
    yield from flipped(content)
    yield None


def flipped(content: bytes, flips: int = FLIPS) -> Iterator[bytes]:
    """A file's content with one bit changed, some times."""
    rng = np.random.default_rng(len(content))
    for at in rng.integers(0, len(content), flips if content else 0):
        yield content[:at] + bytes([content[at] ^ (1 << int(rng.integers(8)))]) + content[at + 1 :]


def check_damage_is_refused(folder: Path, use: Callable[[Any], Any], place: Path) -> None:
    """A damaged folder raises InputError as soon as the file is read, and never another exception.

    ``use`` asks of the loaded task whatever is read only then.
    """
    for name in sorted(path.name for path in folder.iterdir()):
        content = (folder / name).read_bytes()
        for number, damaged in enumerate(damages(content)):
            copy = place / f"{name} {number}"
            shutil.copytree(folder, copy)
            (copy / name).unlink()
            if damaged is not None:
                (copy / name).write_bytes(damaged)
            # A word of the card that nobody reads, a number that says how long it took:
            unread = name in (CONFIG, CARD) and damaged is not None and len(damaged) == len(content)
            with suppress(InputError) if unread else pytest.raises(InputError):
                task = load(copy)
                use(task)
                task.save(copy / "copy")


def check_settings(make: Make, training: Training) -> None:
    """They are stored as they are given, listed and changed, and scikit-learn clones them."""
    fresh = make(training, width=16)
    twin = clone(fresh)
    assert twin is not fresh
    assert twin.get_params() == fresh.get_params() == fresh.get_params() | {"width": 16, "training": training}
    assert twin.set_params(width=48, training__epochs=7) is twin
    assert (fresh.width, twin.width, twin.training.epochs) == (16, 48, 7)
    assert fresh.training == training
    assert repr(twin).endswith("not fitted>")
    with pytest.raises(InputError, match="no setting 'breadth'"):
        twin.set_params(breadth=1)
