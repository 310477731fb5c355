"""The training loop: truncated BPTT, clipping, schedules, budgets, early stopping; resumable bit for bit on CPU."""

import math
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from types import FrameType
from typing import Any

import torch
from torch import Tensor

from unrolled import settings as bounds
from unrolled.arrays import map_state
from unrolled.errors import InputError, TrainingError
from unrolled.nn import TorchNoise
from unrolled.settings import Training
from unrolled.training.checkpoint import RESUME_FILE, Position, TrainingState, load_checkpoint, save_checkpoint
from unrolled.training.log import Log
from unrolled.training.optimizer import SGD, AdamW, Optimizer
from unrolled.training.problem import Problem
from unrolled.training.schedule import learning_rate_factor, steps_within, validation_interval
from unrolled.training.watch import check_watchable, watch_gradients

__all__ = ["Outcome", "Trainer"]

OPTIMIZERS: dict[str, Callable[[Mapping[str, Tensor], float], Optimizer]] = {"adamw": AdamW, "sgd": SGD}
CALIBRATION_STEPS = 20  # timed to turn minutes into steps,
CALIBRATION_WARM_UP = 5  # but for the first few, which are slower
SAVE_SECONDS = 30.0  # from one writing of the resume file to the next, beside those at validations


@dataclass(frozen=True)
class Outcome:
    """How a run ended: steps done, lowest validation loss in nats per item, seconds, and whether Ctrl-C ended it.

    ``start_loss``: the validation loss before the first step, where that counted.
    """

    steps: int
    loss: float
    seconds: float
    interrupted: bool
    start_loss: float | None


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Ctrl-C sets the event, so that a step is never cut in two; a second Ctrl-C stops at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: FrameType | None) -> None:
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
        bounds.check(settings)
        if settings.watch_gradients:
            check_watchable(problem)
        self.problem, self.settings, self.identity = problem, settings, identity or {}
        self.file = None if run is None else run / RESUME_FILE
        self.weights = dict(problem.module.named_parameters())
        self.epoch = len(problem)  # steps
        self.minutes, epochs = settings.budget
        self.limit = math.inf if epochs is None else epochs * self.epoch  # steps
        generator = torch.Generator().manual_seed(settings.seed)
        self.noise = TorchNoise(generator)
        position = Position(steps=None if self.minutes else int(self.limit))
        optimizer = OPTIMIZERS[settings.optimizer](self.weights, settings.weight_decay)
        self.state = TrainingState(problem.module, optimizer, generator, problem.first_state(), position)
        self._times: list[float] = []  # seconds of the first steps, until minutes have been turned into steps
        self._saved = perf_counter()

    def fit(self, log: Log, resume: bool = False, from_start: bool = False) -> Outcome:
        """Train to the end of the budget and leave the best weights in the module.

        ``from_start``: those it starts with are measured too, and stay where no later ones are better.
        Ctrl-C ends it after the running step, a second one at once. Raises TrainingError where a number that is not
        finite turns up, InputError for a resume file that does not fit.
        """
        if resume:
            self._load(log)
        with _interrupts() as asked:
            if from_start and self.state.position.best is None:
                self._validate(log)
                self.state.position.start = self.state.position.best
            while not (self._finished() or asked.is_set()):
                self.step(log)
            interrupted = not self._finished()
            at = self.state.position
            if not interrupted and at.validated < at.step:
                self._validate(log)
            self._save()
            if at.best is None:  # stopped early; after the saving, as a run without Ctrl-C does not validate here
                self._validate(log)
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(self.state.best[name])
        assert at.best is not None
        log.event("end", steps=at.step, best=at.best, seconds=at.seconds, interrupted=interrupted)
        return Outcome(at.step, at.best, at.seconds, interrupted, at.start)

    def _finished(self) -> bool:
        at = self.state.position
        return at.step >= (at.steps or self.limit) or at.stale >= self.settings.patience

    def step(self, log: Log) -> None:
        """One window; then, when due, calibration, validation and saving."""
        began, at = perf_counter(), self.state.position
        rate = self.settings.learning_rate * learning_rate_factor(
            self.settings.schedule, at.step, self._steps(), self.epoch
        )
        loss, norm, items = self._update(rate)
        at.step += 1
        spent = perf_counter() - began
        at.seconds += spent
        left = None if at.steps is None else at.seconds / at.step * (at.steps - at.step)
        log.step(at.step, at.steps, loss, items / spent, left, norm=norm, learning_rate=rate)
        if at.steps is None:
            self._calibrate(spent, log)
        if at.step % validation_interval(self._steps(), self.epoch) == 0:
            self._validate(log)
            self._save()
        elif perf_counter() - self._saved >= SAVE_SECONDS:
            self._save()

    def _steps(self) -> int:
        """Steps in all as far as is known; before minutes have been turned into steps, those of the epochs, or many."""
        return self.state.position.steps or int(min(self.limit, 10**9))

    def _update(self, rate: float) -> tuple[float, float, int]:
        """Loss, gradient and clipped update → mean loss, norm of the gradient before clipping, items."""
        state = self.state
        step = state.position.step
        before = self.problem.first_state() if step % self.epoch == 0 else state.carried
        for weight in self.weights.values():
            weight.grad = None
        total, items, after = self.problem.loss(step, before, self.noise)
        mean = total / items
        mean.backward()  # type: ignore[no-untyped-call]
        gradients = [weight.grad for weight in self.weights.values() if weight.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        self._check_finite(float(mean.detach()), float(norm))  # before clipping, which spreads a NaN to all gradients
        torch.nn.utils.clip_grads_with_norm_(self.weights.values(), self.settings.clip or math.inf, norm)
        state.optimizer.step(rate)
        state.carried = map_state(lambda leaf: leaf.detach(), after)
        return float(mean.detach()), float(norm), items

    def _calibrate(self, spent: float, log: Log) -> None:
        """Turn minutes into steps, once, from the median time of the first steps (or fewer, if the time is over)."""
        assert self.minutes is not None
        at, seconds = self.state.position, 60 * self.minutes
        self._times.append(spent)
        if len(self._times) < CALIBRATION_STEPS and at.seconds < seconds:
            return
        step = median(self._times[CALIBRATION_WARM_UP:] or self._times)
        validation, more = None, 0
        if at.seconds < seconds:
            began = perf_counter()
            self.problem.validate()
            validation = perf_counter() - began
            at.seconds += validation
            more = steps_within(seconds - at.seconds, step, validation, self.epoch)
        at.steps = int(min(self.limit, at.step + more))
        log.event("budget", steps=at.steps, seconds_per_step=step, seconds_per_validation=validation)

    def _validate(self, log: Log) -> None:
        began, at = perf_counter(), self.state.position
        loss = self.problem.validate()
        if not math.isfinite(loss):
            raise TrainingError(
                f"step {at.step}: the validation loss is {loss}{self._first_broken()}; {self._last_good()}"
            )
        if at.best is None or loss < at.best:
            at.best, at.stale = loss, 0
            self.state.best = {name: weight.detach().clone() for name, weight in self.weights.items()}
        else:
            at.stale += 1
        at.validated = at.step
        at.seconds += perf_counter() - began
        log.validation(at.step, loss, at.best, at.seconds)
        if self.settings.watch_gradients:
            log.gradients(at.step, watch_gradients(self.problem))

    def _check_finite(self, loss: float, norm: float) -> None:
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise TrainingError(
                f"step {self.state.position.step + 1}: the loss is {loss}, the gradient's norm {norm}"
                f"{self._first_broken()}. A lower learning rate or clip may help; {self._last_good()}"
            )

    def _first_broken(self) -> str:
        """The name of the first tensor that is not finite: a weight, else a gradient."""
        broken = [f"weight {n}" for n, w in self.weights.items() if not torch.isfinite(w).all()]
        gradients = {n: w.grad for n, w in self.weights.items() if w.grad is not None}
        broken += [f"gradient of {n}" for n, gradient in gradients.items() if not torch.isfinite(gradient).all()]
        return f"; first tensor that is not finite: {broken[0]}" if broken else ""

    def _last_good(self) -> str:
        if self.file is None or not self.file.exists():
            return "nothing had been saved yet"
        return f"the last good checkpoint is {self.file}"

    def _save(self) -> None:
        if self.file is not None:
            save_checkpoint(self.file, self.state, self.identity)
        self._saved = perf_counter()

    def _load(self, log: Log) -> None:
        if self.file is None or not self.file.exists():
            where = "there is no run folder" if self.file is None else f"{self.file} does not exist"
            raise InputError(f"nothing to resume: {where}; leave --resume out to start")
        load_checkpoint(self.file, self.state, self.identity)
        log.event("resume", step=self.state.position.step)
