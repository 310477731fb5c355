"""Short sounds for tests, and files of them."""

import numpy as np
import soundfile


def sound(length=4_000, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, length).astype(np.float32)


def wav(path, samples=None, rate=8_000, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound() if samples is None else samples, rate, **how)
    return path
