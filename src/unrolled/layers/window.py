"""Dense layers over a window of steps, whose vectors stand side by side: their weights grow with the window."""

from collections.abc import Sequence

from unrolled.arrays import Array, Namespace

__all__ = ["first_steps", "inside", "moving_window"]


def moving_window(xp: Namespace, vectors: Array, window: int) -> Array:
    """Vectors (B, window - 1 + T, D) → (B, T, window · D): for each step the vectors of the window that ends there."""
    time = vectors.shape[1] - window + 1
    shifted: Sequence[Array] = [vectors[:, i : i + time] for i in range(window)]
    return xp.concat(shifted)


def first_steps(xp: Namespace, vectors: Array, window: int) -> Array:
    """Vectors (B, T, D) → (B, window · D): those of the first ``window`` steps, then zeros where T is less."""
    batch, time, width = vectors.shape
    if time < window:
        vectors = xp.join_time([vectors, xp.zeros((batch, window - time, width), vectors)])
    return vectors[:, :window].reshape(batch, window * width)


def inside(xp: Namespace, x: Array, lengths: Array) -> Array:
    """x (B, T, D) with zeros in the padding, whatever stood there."""
    alive = xp.arange(x.shape[1])[None] < lengths[:, None]
    return xp.where(alive[..., None], x, xp.zeros(x.shape, x))
