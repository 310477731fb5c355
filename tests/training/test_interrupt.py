"""Ctrl-C ends a run after the running step, and the run can go on as if it had not been."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from unrolled.settings import Training
from unrolled.training import Log, Trainer

Make = Callable[..., Any]


def run(problem: Any, training: Training, folder: Path | None, resume: bool = False) -> tuple[Trainer, Any]:
    trainer = Trainer(problem, training, folder)
    with Log(None, show=False) as log:
        return trainer, trainer.fit(log, resume)


def ctrl_c(*at: int) -> Callable[[int], None]:
    """Presses Ctrl-C in step ``at[0]`` (and again for each further entry)."""
    return lambda step: [signal.raise_signal(signal.SIGINT) for one in at if one == step]  # type: ignore[return-value]


@pytest.mark.parametrize("step", [1, 5, 10, 11, 16, 17, 47])  # validations at 10, 20, 30, 40 and 48
@pytest.mark.parametrize("kind", ["lstm", "dense"])
def test_an_interrupted_run_goes_on_to_the_same_end(
    problem: Make, interfering: Make, training: Make, tmp_path: Path, kind: str, step: int
) -> None:
    whole, end = run(problem(kind=kind), training(), None)
    stopped, outcome = run(interfering(ctrl_c(step), kind=kind), training(), tmp_path)
    assert outcome.interrupted
    assert outcome.steps == step
    assert stopped.state.best.keys() == stopped.weights.keys()
    assert outcome.loss == pytest.approx(stopped.problem.validate(), abs=0)  # the module holds the best weights
    resumed, again = run(problem(kind=kind), training(), tmp_path, resume=True)
    assert (again.steps, again.loss, again.interrupted) == (end.steps, end.loss, False)
    for name, weight in whole.weights.items():
        assert torch.equal(weight, resumed.weights[name]), name
    ours, theirs = resumed.state.tensors(), whole.state.tensors()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_an_early_lucky_model_does_not_stay_the_best(interfering: Make, training: Make, tmp_path: Path) -> None:
    """The validation after Ctrl-C, which a whole run does not have, is no part of the run."""
    _, outcome = run(interfering(ctrl_c(3), losses=[0.5]), training(), tmp_path)
    assert outcome.loss == 0.5
    _, outcome = run(interfering(losses=[5.0, 4.0, 3.0, 4.0, 5.0]), training(), tmp_path, resume=True)
    assert outcome.loss == 3.0


def test_a_second_ctrl_c_stops_at_once(interfering: Make, training: Make, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(interfering(ctrl_c(12, 12)), training(), tmp_path)
    trainer, _ = run(interfering(ctrl_c(1)), training(), tmp_path, resume=True)
    assert trainer.state.position.step == 11  # from the checkpoint of the validation at step 10


def test_ctrl_c_in_the_last_step_changes_nothing(interfering: Make, training: Make) -> None:
    assert not run(interfering(ctrl_c(48)), training(), None)[1].interrupted


def test_the_handler_of_before_is_put_back(interfering: Make, training: Make) -> None:
    before = signal.getsignal(signal.SIGINT)
    run(interfering(ctrl_c(2)), training(), None)
    assert signal.getsignal(signal.SIGINT) is before
