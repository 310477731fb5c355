"""How well the notes of the next frame are predicted (Boulanger-Lewandowski et al. 2012; Bay et al. 2009)."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["frame_scores"]


def frame_scores(pieces: Iterable[tuple[NDArray[np.floating], NDArray[np.bool_]]]) -> dict[str, float]:
    """(Log-odds (T, K), frames (T, K)) of each piece → nats_per_frame, accuracy, frames.

    nats_per_frame: -ln of the probability of a frame, summed over its keys, every frame of every piece counted alike.
    accuracy: of the keys that sound or are predicted (probability above a half), the share that are both.
    """
    nats, frames, both, either = 0.0, 0, 0, 0
    for scores, truth in pieces:
        exact = np.asarray(scores, np.float64)
        nats += float(np.logaddexp(0, np.where(truth, -exact, exact)).sum())
        frames += len(truth)
        predicted = exact > 0
        both += int((predicted & truth).sum())
        either += int((predicted | truth).sum())
    return {"nats_per_frame": nats / frames, "accuracy": both / max(either, 1), "frames": float(frames)}
