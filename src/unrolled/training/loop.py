"""The training loop: truncated BPTT, clipping, schedules, budgets, early stopping; resumable bit for bit on CPU."""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unrolled.arrays import map_state
from unrolled.errors import InputError, TrainingError
from unrolled.nn import TorchNoise
from unrolled.settings import Training
from unrolled.training.checkpoint import RESUME_FILE, Position, load_checkpoint, save_checkpoint
from unrolled.training.log import Log
from unrolled.training.problem import Problem
from unrolled.training.schedule import learning_rate_factor

__all__ = ["Outcome", "Trainer"]

CALIBRATION_STEPS = 20  # timed to turn minutes into steps; the first few, slower, are left out
SAVE_SECONDS = 30.0
LEAST_VALIDATIONS = 5  # in a run shorter than that many epochs


@dataclass(frozen=True)
class Outcome:
    """How a run ended: steps done, lowest validation loss in nats per item, seconds, and whether Ctrl-C ended it."""

    steps: int
    loss: float
    seconds: float
    interrupted: bool


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Ctrl-C sets the event, so that a step is never cut in two; a second Ctrl-C stops at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


class Trainer:
    """Trains one problem. ``run`` is the folder of the resume file and the log, or None to keep neither.

    ``identity`` (JSON) tells this run from others: a resume file with another one is refused.
    """

    def __init__(
        self, problem: Problem, settings: Training, run: Path | None = None, identity: dict[str, Any] | None = None
    ) -> None:
        self.problem, self.settings, self.run, self.identity = problem, settings, run, identity or {}
        self.names = dict(problem.module.named_parameters())
        self.optimizer = _optimizer(settings, list(self.names.values()))
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.noise = TorchNoise(self.generator)
        self.position = Position(steps=None if settings.minutes else self._epoch_steps())
        self.carried: Any = problem.first_state()
        self.best: dict[str, Tensor] = {}
        self._saved = time.perf_counter()

    def fit(self, log: Log, resume: bool = False) -> Outcome:
        """Train to the end of the budget and leave the best weights in the module."""
        if resume:
            self._load()
        with _interrupts() as asked:
            while not (self._finished() or asked.is_set()):
                self._step(log)
            if self.position.best is None or (self._finished() and self.position.step % self._validate_every()):
                self._validate(log)
            interrupted = asked.is_set() and not self._finished()
            self._save(finished=not interrupted)
        with torch.no_grad():
            for name, weight in self.names.items():
                weight.copy_(self.best[name])
        assert self.position.best is not None
        return Outcome(self.position.step, self.position.best, self.position.seconds, interrupted)

    def _epoch_steps(self) -> int | None:
        return None if self.settings.epochs is None else self.settings.epochs * len(self.problem)

    def _finished(self) -> bool:
        at = self.position
        return at.finished or (at.steps is not None and at.step >= at.steps) or at.stale >= self.settings.patience

    def _validate_every(self) -> int:
        steps = self.position.steps or self._epoch_steps() or len(self.problem)
        return max(1, min(len(self.problem), math.ceil(steps / LEAST_VALIDATIONS)))

    def _step(self, log: Log) -> None:
        """One window: loss, gradient, clipped update; then, when due, calibration, validation and saving."""
        began, at = time.perf_counter(), self.position
        index = at.step % len(self.problem)
        if index == 0:
            self.carried = self.problem.first_state()
        factor = learning_rate_factor(
            self.settings.schedule, at.step, at.steps or self._epoch_steps() or 10**9, len(self.problem)
        )
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * factor
        self.optimizer.zero_grad(set_to_none=True)
        total, items, state = self.problem.loss(index, self.carried, self.noise)
        mean = total / items
        mean.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.names.values(), self.settings.clip)
        self._check_finite(float(mean.detach()), float(norm))
        self.optimizer.step()
        self.carried = map_state(lambda leaf: leaf.detach(), state)
        at.step += 1
        spent = time.perf_counter() - began
        at.seconds += spent
        log.step(at.step, at.steps, float(mean.detach()), items / spent)
        log.event("step", step=at.step, loss=float(mean.detach()), norm=float(norm), items_per_second=items / spent)
        if at.steps is None:
            self._calibrate(spent, log)
        if at.step % self._validate_every() == 0:
            self._validate(log)
            self._save()
        elif time.perf_counter() - self._saved > SAVE_SECONDS:
            self._save()

    def _calibrate(self, spent: float, log: Log) -> None:
        """Turn minutes into steps, once, from the median time of the first steps."""
        self._times = [*getattr(self, "_times", []), spent]
        if len(self._times) < CALIBRATION_STEPS:
            return
        step = sorted(self._times[5:])[(CALIBRATION_STEPS - 5) // 2]
        began = time.perf_counter()
        self.problem.validate()
        validation = time.perf_counter() - began
        assert self.settings.minutes is not None
        left = 60 * self.settings.minutes - self.position.seconds - validation
        whole = left / (step + validation / len(self.problem))
        if whole < LEAST_VALIDATIONS * len(self.problem):
            whole = (left - LEAST_VALIDATIONS * validation) / step
        bound = self._epoch_steps() or math.inf
        self.position.steps = int(max(self.position.step, min(bound, self.position.step + whole)))
        log.event("budget", steps=self.position.steps, seconds_per_step=step, seconds_per_validation=validation)

    def _validate(self, log: Log) -> None:
        began, at = time.perf_counter(), self.position
        loss = self.problem.validate()
        if not math.isfinite(loss):
            raise TrainingError(f"step {at.step}: the validation loss is {loss}; {self._last_good()}")
        if at.best is None or loss < at.best:
            at.best, at.stale = loss, 0
            self.best = {name: weight.detach().clone() for name, weight in self.names.items()}
        else:
            at.stale += 1
        at.seconds += time.perf_counter() - began
        log.best(at.best)
        log.event("validation", step=at.step, loss=loss, best=at.best, seconds=at.seconds)

    def _check_finite(self, loss: float, norm: float) -> None:
        if math.isfinite(loss) and math.isfinite(norm):
            return
        found = [f"weight {n}" for n, w in self.names.items() if not torch.isfinite(w).all()]
        found += [
            f"gradient of {n}" for n, w in self.names.items() if w.grad is not None and not torch.isfinite(w.grad).all()
        ]
        raise TrainingError(
            f"step {self.position.step + 1}: the loss is {loss}, the gradient's norm {norm}; first tensor that is not "
            f"finite: {found[0] if found else 'the loss'}. A lower learning rate or clip may help; {self._last_good()}"
        )

    def _last_good(self) -> str:
        if self.run is None or not (self.run / RESUME_FILE).exists():
            return "nothing had been saved yet"
        return f"the last good checkpoint is {self.run / RESUME_FILE}"

    def _rest(self) -> dict[str, Any]:
        return {
            "best": self.best,
            "carried": self.carried,
            "generator": self.generator,
            "identity": self.identity,
        }

    def _save(self, finished: bool = False) -> None:
        self._saved = time.perf_counter()
        self.position.finished = finished
        if self.run is not None:
            save_checkpoint(self.run / RESUME_FILE, self.position, self.problem.module, self.optimizer, self._rest())

    def _load(self) -> None:
        if self.run is None or not (self.run / RESUME_FILE).exists():
            raise InputError(f"nothing to resume: {self.run} holds no {RESUME_FILE}; leave --resume out to start")
        rest = self._rest()
        self.position = load_checkpoint(self.run / RESUME_FILE, self.problem.module, self.optimizer, rest)
        self.best, self.carried = rest["best"], rest["carried"]


def _optimizer(settings: Training, weights: list[Tensor]) -> torch.optim.Optimizer:
    if settings.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    return torch.optim.AdamW(
        weights, lr=settings.learning_rate, betas=(0.9, 0.99), weight_decay=settings.weight_decay, fused=True
    )
