"""Where a run stands → learning rate, next validation, end: pure functions, so that resuming needs no memory."""

import math
from typing import NamedTuple

__all__ = [
    "ANNEALED",
    "FEWEST_STEPS",
    "PATIENCE_STEPS",
    "Plan",
    "annealed_rate",
    "annealing_steps",
    "plan_within",
    "planned_rate",
    "validation_interval",
]

WARM_UP_STEPS = 50
FEWEST_STEPS = 1000  # of a run without a budget: forty epochs of fifty examples are over before anything is learnt
PATIENCE_STEPS = 300  # what validations say before counts for nothing
LEAST_VALIDATIONS = 5  # of a run, if there is time for them
LEAST_INTERVAL, LONGEST_INTERVAL = 50, 500  # steps between validations
VALIDATION_SHARE = 3  # batches that are learnt from for each that is validated on, at least
ANNEALED = ("wsd", "cosine")
LAST = 0.02  # share of the rate at the end


class Plan(NamedTuple):
    """The steps of a run, and the steps from one validation to the next."""

    steps: int
    interval: int


def planned_rate(schedule: str, step: int, steps: int, steps_per_epoch: int) -> float:
    """The share of the full learning rate at ``step`` (from 0) of ``steps``, where nothing has been cut short.

    "wsd": linear warm-up over `WARM_UP_STEPS`, then 1, until `annealing_steps` from the end annealing begins (Hu et al.
    2024); "cosine": half a cosine down to 2 % after the same warm-up (Loshchilov & Hutter 2017); "constant": always 1
    after it; "halving": 1 for the first third of the epochs, then halved at each epoch (Zaremba et al. 2014), no
    warm-up.
    """
    if schedule == "halving":
        epochs = math.ceil(steps / steps_per_epoch)
        return float(0.5 ** max(0, step // steps_per_epoch + 1 - max(1, epochs // 3)))
    warm_up = min(1.0, (step + 1) / WARM_UP_STEPS)
    if schedule == "cosine":
        return warm_up * (LAST + (1 - LAST) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(1, steps)))))
    return warm_up


def annealing_steps(start: int) -> int:
    """How many steps the rate falls for where that begins at step ``start``: a fifth of the run."""
    return max(1, start // 4)


def annealed_rate(rate: float, step: int, start: int, end: int) -> float:
    """The share of the full learning rate at ``step`` of an annealing from ``rate`` at ``start`` to 2 % at ``end``.

    It falls in a straight line (Hägele et al. 2024).
    """
    left = min(1.0, max(0.0, (end - step) / max(1, end - start)))
    return rate * (LAST + (1 - LAST) * left)


def validation_interval(steps: int, steps_per_epoch: int, validation: int) -> int:
    """Steps from one validation to the next: an epoch, but 50 at least and 500 at most.

    It is shorter where a run of ``steps`` would have fewer than `LEAST_VALIDATIONS`, and longer where reading the
    ``validation`` batches would take more than about a tenth of the time.
    """
    longest = max(LONGEST_INTERVAL, VALIDATION_SHARE * validation)
    return max(1, min(max(LEAST_INTERVAL, min(steps_per_epoch, longest)), math.ceil(steps / LEAST_VALIDATIONS)))


def plan_within(
    seconds: float, step_seconds: float, validation_seconds: float, steps_per_epoch: int, validation: int
) -> Plan:
    """The most steps that fit into ``seconds`` with the validations between them.

    Validations take half of the time at most, so that there are fewer where they are slow; the last is always made.
    """
    often = validation_interval(10**9, steps_per_epoch, validation)
    steps = int(seconds / (step_seconds + validation_seconds / often))
    if steps >= LEAST_VALIDATIONS * often:
        return Plan(steps, often)
    affordable = int(seconds / 2 / validation_seconds) if validation_seconds > 0 else LEAST_VALIDATIONS
    count = max(1, min(LEAST_VALIDATIONS, affordable))
    steps = max(0, int((seconds - count * validation_seconds) / step_seconds))
    return Plan(steps, max(1, math.ceil(steps / count)))
