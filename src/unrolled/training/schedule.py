"""Learning rate as a pure function of where the run stands, so that a resumed run needs no memory of it."""

import math

__all__ = ["WARM_UP_STEPS", "learning_rate_factor"]

WARM_UP_STEPS = 50


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
