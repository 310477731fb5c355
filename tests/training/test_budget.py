"""Minutes become steps once, and short runs end where they should; the clock is the test's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unrolled.errors import InputError
from unrolled.settings import Training
from unrolled.training import Log, Trainer, loop

Make = Callable[..., Any]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still but for what a test adds to its only entry."""
    now = [0.0]
    monkeypatch.setattr(loop, "perf_counter", lambda: now[0])
    return now


def fit(problem: Any, training: Training, run: Path | None = None, resume: bool = False) -> Any:
    with Log(run / "log.jsonl" if run else None, show=False) as log:
        return Trainer(problem, training, run).fit(log, resume)


def ticking(interfering: Make, clock: list[float], seconds: float, validation: float) -> Any:
    """A problem whose steps and validations take so many seconds; the first four steps ten times that."""

    def before(call: int) -> None:
        clock[0] += seconds * (10 if call <= 4 else 1)

    problem = interfering(before)
    validate = problem.validate

    def slow() -> float:
        clock[0] += validation
        return float(validate())

    problem.validate = slow
    return problem


def test_minutes_become_steps(interfering: Make, training: Make, clock: list[float], tmp_path: Path) -> None:
    problem = ticking(interfering, clock, 0.5, 1.0)
    outcome = fit(problem, training(minutes=2.0, epochs=None, patience=100), tmp_path)
    # 20 steps took 4 · 5 + 16 · 0.5 = 28 s, a validation 1 s, and there are five of them
    assert outcome.steps == 20 + int((120 - 29 - 5) / 0.5)
    assert outcome.seconds == pytest.approx(120, abs=1.5)
    budget = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [event["steps"] for event in budget if event["event"] == "budget"] == [outcome.steps]


def test_a_resumed_run_ends_at_the_same_step(
    interfering: Make, training: Make, clock: list[float], tmp_path: Path
) -> None:
    settings = training(minutes=2.0, epochs=None, patience=100)
    problem = ticking(interfering, clock, 0.5, 1.0)
    before = problem.before

    def stop(call: int) -> None:
        before(call)
        if call == 60:
            raise KeyboardInterrupt

    problem.before = stop
    with pytest.raises(KeyboardInterrupt):
        fit(problem, settings, tmp_path)
    problem = ticking(interfering, clock, 17.0, 100.0)  # a machine as slow as that changes nothing
    assert fit(problem, settings, tmp_path, resume=True).steps == 20 + int((120 - 29 - 5) / 0.5)


@pytest.mark.parametrize(
    ("minutes", "epochs", "seconds", "steps"),
    [
        (None, 1, 1.0, 16),  # epochs alone, fewer steps than are timed
        (10.0, 1, 0.1, 16),  # both, the epoch ends before the steps have been timed
        (10.0, 2, 0.1, 32),  # both, the epochs end first
        (0.1, 2, 0.125, 12),  # both, the minutes end before the steps have been timed: 4 · 1.25 s + 8 · 0.125 s
        (0.2, 5, 0.125, 60),  # both, the minutes end first: 7 s for 20 steps, 5 s for 40
        (0.1, None, 1.0, 1),  # minutes alone, over after the first step (10 s)
        (0.5, None, 0.3, 20),  # over after the validation that is timed, 20 s
    ],
)
def test_the_first_limit_ends_a_run(
    interfering: Make, training: Make, clock: list[float], minutes: float, epochs: int, seconds: float, steps: int
) -> None:
    problem = ticking(interfering, clock, seconds, 20.0 if minutes == 0.5 else 0.0)
    outcome = fit(problem, training(minutes=minutes, epochs=epochs, patience=100))
    assert (outcome.steps, outcome.interrupted) == (steps, False)


def test_stopped_while_steps_are_timed_a_run_times_them_anew(
    interfering: Make, training: Make, clock: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    settings = training(minutes=0.4, epochs=None, patience=100)

    def stop(call: int) -> None:
        clock[0] += 0.5
        if call == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(interfering(stop), settings, tmp_path)
    problem = ticking(interfering, clock, 0.25, 0.0)
    outcome = fit(problem, settings, tmp_path, resume=True)
    assert outcome.steps == 7 + 20 + int((24 - 7 * 0.5 - 4 * 2.5 - 16 * 0.25) / 0.25)


def test_without_minutes_and_epochs_there_are_both(problem: Make, training: Make) -> None:
    trainer = Trainer(problem(window=1), training(minutes=None, epochs=None))
    assert trainer.minutes == 5
    assert trainer.limit == 40 * trainer.epoch > 1000


def test_a_run_goes_on_with_a_larger_budget(interfering: Make, training: Make, tmp_path: Path) -> None:
    first = fit(interfering(), training(epochs=2), tmp_path)
    problem = interfering()
    longer = fit(problem, training(epochs=5), tmp_path, resume=True)
    assert (first.steps, longer.steps, problem.calls) == (32, 80, 48)
    with pytest.raises(InputError, match=r"5\.0 epochs and 0\.\d minutes; expected more"):
        fit(interfering(), training(epochs=4), tmp_path, resume=True)


def test_more_minutes_are_turned_into_steps_anew(
    interfering: Make, training: Make, clock: list[float], tmp_path: Path
) -> None:
    first = fit(ticking(interfering, clock, 0.5, 0.0), training(minutes=1.0, epochs=None, patience=100), tmp_path)
    problem = ticking(interfering, clock, 0.5, 0.0)
    longer = fit(problem, training(minutes=2.0, epochs=None, patience=100), tmp_path, resume=True)
    assert first.seconds == pytest.approx(60, abs=1)
    assert longer.seconds == pytest.approx(120, abs=1)
    assert problem.calls == longer.steps - first.steps > 60
