"""Dropout (Srivastava et al. 2014), ordinary or variational (Gal & Ghahramani 2016: one mask for a sequence)."""

from unrolled.arrays import Array, Noise

__all__ = ["dropout"]


def dropout(x: Array, rate: float, noise: Noise | None, variational: bool = False) -> Array:
    """x (B, T, D), entries zeroed at ``rate``, the others scaled by 1 / (1 - rate); x itself without ``noise``."""
    if noise is None or rate == 0 or 0 in x.shape:
        return x
    batch, _, width = x.shape
    return x * noise.mask((batch, 1, width) if variational else tuple(x.shape), rate, x)
