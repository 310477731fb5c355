"""Frames as a network that reads strokes well would give them, made by hand: near a key, and sure on the keys meant."""

import numpy as np

from unrolled.strokes.search import Frames

KEYS = "qwertyuiopasdfghjklzxcvbnm"
CENTRES = np.array(
    [
        (i % 10 + row / 2, row)
        for row, keys in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm"))
        for i in range(len(keys))
    ]
)


def frames(word: str, rng: np.random.Generator, noise: float = 0.3, steps: int = 6) -> Frames:
    """Of a path through the centres of the word's keys, so many frames from one to the next, blank between them."""
    centres = CENTRES[[KEYS.index(letter) for letter in word]]
    at = np.arange(0, len(word) - 1 + 1e-9, 1 / steps)  # the place on the path, in keys
    path = np.stack([np.interp(at, np.arange(len(word)), axis) for axis in centres.T], 1)
    path += rng.normal(0, noise, path.shape)
    logits = -((path[:, None] - CENTRES) ** 2).sum(-1) / (2 * 0.4**2)
    log_keys = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    blank = np.where(np.abs(at - np.rint(at)) < 1e-9, 0.05, 0.95)
    return Frames(np.log(blank).astype(np.float32), (log_keys + np.log1p(-blank)[:, None]).astype(np.float32))
