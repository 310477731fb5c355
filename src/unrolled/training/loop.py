"""The training loop: truncated BPTT, clipping, schedules, budgets, early stopping; resumable bit for bit on CPU."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from unrolled import settings as bounds
from unrolled.arrays import map_state
from unrolled.errors import InputError, TrainingError
from unrolled.log import Log
from unrolled.nn import TorchNoise
from unrolled.settings import Training
from unrolled.training.checkpoint import RESUME_FILE, Position, TrainingState, load_checkpoint, save_checkpoint
from unrolled.training.interrupts import interrupts
from unrolled.training.optimizer import SGD, AdamW, Optimizer
from unrolled.training.problem import Problem
from unrolled.training.schedule import (
    ANNEALED,
    FEWEST_STEPS,
    PATIENCE_STEPS,
    annealed_rate,
    annealing_steps,
    plan_within,
    planned_rate,
    validation_interval,
)
from unrolled.training.watch import check_watchable, watch_gradients

__all__ = ["Outcome", "Trainer"]

OPTIMIZERS: dict[str, Callable[[Mapping[str, Tensor], float], Optimizer]] = {"adamw": AdamW, "sgd": SGD}
CALIBRATION_STEPS = 20  # timed to turn minutes into steps,
CALIBRATION_WARM_UP = 5  # but for the first few, which are slower
SAVE_SECONDS = 30.0  # from one writing of the resume file to the next, beside those at validations


@dataclass(frozen=True)
class Outcome:
    """How a run ended: steps done, lowest validation loss in nats per item, seconds, and whether Ctrl-C ended it.

    ``start_loss``: the validation loss before the first step, where that counted. ``out_of_time``: minutes or epochs
    were over while validations were still getting better.
    """

    steps: int
    loss: float
    seconds: float
    interrupted: bool
    start_loss: float | None
    out_of_time: bool = False


class Trainer:
    """Trains one problem. ``run`` is the folder of the resume file and the log, or None to keep neither.

    ``identity`` (JSON) tells this run from others: a resume file with another one is refused.
    """

    def __init__(
        self, problem: Problem, settings: Training, run: Path | None = None, identity: dict[str, Any] | None = None
    ) -> None:
        bounds.check(settings)
        settings = settings.filled()
        if settings.watch_gradients:
            check_watchable(problem)
        self.problem, self.settings, self.identity = problem, settings, identity or {}
        self.file = None if run is None else run / RESUME_FILE
        self.weights = dict(problem.module.named_parameters())
        self.epoch = len(problem)  # steps
        self.minutes, epochs = settings.budget
        self.limit = math.inf if epochs is None else epochs * self.epoch  # steps
        if settings.minutes is None and settings.epochs is None:
            self.limit = max(self.limit, FEWEST_STEPS)
        generator = torch.Generator().manual_seed(settings.seed)
        self.noise = TorchNoise(generator)
        position = Position(minutes=self.minutes, epochs=epochs)
        optimizer = OPTIMIZERS[settings.optimizer](self.weights, settings.weight_decay)
        self.state = TrainingState(problem.module, optimizer, generator, problem.first_state(), position)
        self._times: list[float] = []  # seconds of the first steps, until minutes have been turned into steps
        self._saved = perf_counter()
        self._plan()

    def _plan(self) -> None:
        """Set the steps and the interval of validations as far as they are known without a clock."""
        at = self.state.position
        at.steps = None if self.minutes else int(self.limit)
        at.interval = validation_interval(self._steps(), self.epoch, self.problem.validation_batches)

    def fit(self, log: Log, resume: bool = False, from_start: bool = False) -> Outcome:
        """Train to the end of the budget and leave the best weights in the module.

        ``from_start``: those it starts with are measured too, and stay where no later ones are better.
        Ctrl-C ends it after the running step, a second one at once. Raises TrainingError where a number that is not
        finite turns up, InputError for a resume file that does not fit.
        """
        if resume:
            self._load(log)
        with interrupts() as asked:
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
        self._take_best()
        assert at.best is not None
        log.event("end", steps=at.step, best=at.best, seconds=at.seconds, interrupted=interrupted)
        out_of_time = at.stale < self.settings.patience and not interrupted
        return Outcome(at.step, at.best, at.seconds, interrupted, at.start, out_of_time)

    def _finished(self) -> bool:
        at = self.state.position
        if at.step >= (at.steps or self.limit):
            return True
        return at.stale >= self.settings.patience and self.settings.schedule not in ANNEALED

    def step(self, log: Log) -> None:
        """One window; then, when due, calibration, validation and saving."""
        began, at = perf_counter(), self.state.position
        self._anneal_when_due(log)
        assert self.settings.learning_rate is not None
        rate = self.settings.learning_rate * self._rate()
        loss, norm, items = self._update(rate)
        at.step += 1
        spent = perf_counter() - began
        at.seconds += spent
        left = None if at.steps is None else at.seconds / at.step * (at.steps - at.step)
        log.step(at.step, at.steps, loss, items / spent, left, norm=norm, learning_rate=rate)
        if at.steps is None:
            self._calibrate(spent, log)
        if at.step % at.interval == 0:
            self._validate(log)
            self._save()
        elif perf_counter() - self._saved >= SAVE_SECONDS:
            self._save()

    def _rate(self) -> float:
        """The share of the full learning rate at the next step."""
        at = self.state.position
        if at.annealing is not None:
            return annealed_rate(at.rate, at.step, at.annealing, self._steps())
        return planned_rate(self.settings.schedule, at.step - at.since, self._steps() - at.since, self.epoch)

    def _anneal_when_due(self, log: Log) -> None:
        """Let the rate fall from now on where patience is over, or where that takes what is left of a "wsd" run.

        Weights that have become worse than the best are given up for these.
        """
        at, schedule = self.state.position, self.settings.schedule
        if at.annealing is not None or schedule not in ANNEALED:
            return
        falling, left = annealing_steps(at.step - at.since), self._steps() - at.step
        over = at.stale >= self.settings.patience
        if not over and (schedule != "wsd" or left > falling):
            return
        at.rate, at.annealing = self._rate(), at.step
        at.steps = at.step + min(left, falling)
        if at.stale:
            self._take_best()
        log.event("annealing", step=at.step, steps=at.steps, patience_over=over)

    def _take_best(self) -> None:
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(self.state.best[name])

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
            batches = self.problem.validation_batches
            more, at.interval = plan_within(seconds - at.seconds, step, validation, self.epoch, batches)
        at.steps = int(min(self.limit, at.step + more))
        if at.steps < at.step + more:
            at.interval = validation_interval(at.steps, self.epoch, self.problem.validation_batches)
        log.event("budget", steps=at.steps, seconds_per_step=step, seconds_per_validation=validation)

    def _validate(self, log: Log) -> None:
        began, at = perf_counter(), self.state.position
        loss = self.problem.validate()
        if not math.isfinite(loss):
            raise TrainingError(
                f"step {at.step}: the validation loss is {loss}{self._first_broken()}; {self._last_good()}"
            )
        if at.best is None or loss < at.best:
            at.best = loss
            at.stale = 0 if at.annealing is None else at.stale  # whether patience ended the run stays known
            self.state.best = {name: weight.detach().clone() for name, weight in self.weights.items()}
        elif at.annealing is None:
            at.stale += at.step - at.since >= PATIENCE_STEPS
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
            raise InputError(f"nothing to resume: {where}; leave resume=True out to start", "resume=True")
        load_checkpoint(self.file, self.state, self.identity)
        at = self.state.position
        if (at.minutes, at.epochs) != self.settings.budget:
            self._extend()
        log.event("resume", step=at.step)

    def _extend(self) -> None:
        """Plan anew for another budget than the one that the run was begun with; InputError where that is over."""
        at = self.state.position
        at.minutes, at.epochs = self.settings.budget
        if at.step >= self.limit or (self.minutes and at.seconds >= 60 * self.minutes):
            raise InputError(
                f"the run in {self.file} has had {at.step / self.epoch:.1f} epochs and {at.seconds / 60:.1f} minutes; "
                "expected more of either to go on with it"
            )
        at.stale, at.annealing, at.since, at.rate = 0, None, at.step, 1.0
        self._plan()
