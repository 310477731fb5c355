"""A smooth rising function from all numbers to those above 0, for data that are never negative."""

from unrolled.arrays import Array, Namespace

__all__ = ["link_residual", "positive"]

_SHARE = 0.1  # of a scale: the function's bend at 0, where it gives half of this


def positive(xp: Namespace, v: Array) -> Array:
    """(v + √(v² + c²)) / 2 (squareplus, Barron 2021), c a tenth: about v above 0, small and above 0 below."""
    below = v < 0
    size = xp.where(below, -v, v)
    root = (v * v + _SHARE**2) ** 0.5
    return xp.where(below, _SHARE**2 / (2 * (root + size)), (size + root) / 2)


def link_residual(xp: Namespace, q: Array, centre: Array, above: Array, y: Array) -> Array:
    """Y - `positive`(centre + q), given above = y - centre as well: exact where y and centre are large and close."""
    v = centre + q
    below = v < 0
    size = xp.where(below, -v, v)
    bend = _SHARE**2 / (2 * ((v * v + _SHARE**2) ** 0.5 + size))
    return xp.where(below, y, above - q) - bend
