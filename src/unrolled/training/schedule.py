"""Where a run stands → learning rate, next validation, end: pure functions, so that resuming needs no memory."""

import math

__all__ = ["WARM_UP_STEPS", "learning_rate_factor", "steps_within", "validation_interval"]

WARM_UP_STEPS = 50
LEAST_VALIDATIONS = 5  # in a run shorter than that many epochs


def learning_rate_factor(schedule: str, step: int, steps: int, steps_per_epoch: int) -> float:
    """The share of the full learning rate to use at ``step`` (from 0) of ``steps``.

    "cosine": linear warm-up over `WARM_UP_STEPS`, then half a cosine down to 2 % (Loshchilov & Hutter 2017);
    "constant": 1 after the same warm-up; "halving": 1 for the first third of the epochs, then halved at each epoch
    (Zaremba et al. 2014), no warm-up.
    """
    if schedule == "halving":
        epochs = math.ceil(steps / steps_per_epoch)
        return float(0.5 ** max(0, step // steps_per_epoch + 1 - max(1, epochs // 3)))
    warm_up = min(1.0, (step + 1) / WARM_UP_STEPS)
    if schedule == "constant":
        return warm_up
    return warm_up * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(1, steps)))))


def validation_interval(steps: int, steps_per_epoch: int) -> int:
    """Steps from one validation to the next: an epoch, or less so that a run has `LEAST_VALIDATIONS` of them."""
    return max(1, min(steps_per_epoch, math.ceil(steps / LEAST_VALIDATIONS)))


def steps_within(seconds: float, step_seconds: float, validation_seconds: float, steps_per_epoch: int) -> int:
    """How many steps fit into ``seconds`` with the validations that `validation_interval` puts between them."""
    steps = seconds / (step_seconds + validation_seconds / steps_per_epoch)
    if steps < LEAST_VALIDATIONS * steps_per_epoch:
        steps = (seconds - LEAST_VALIDATIONS * validation_seconds) / step_seconds
    return max(0, int(steps))
