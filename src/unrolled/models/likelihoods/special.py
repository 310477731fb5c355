"""Special functions in logarithms, of elementary ones: finite, and their gradients too, for any finite argument."""

import math

import numpy as np

from unrolled.arrays import Array, Namespace

__all__ = ["gamma_ratio", "log_normal_survival", "log_student_survival", "softplus", "stirling_error"]

_NODES, _WEIGHTS = (half / 2 for half in np.polynomial.legendre.leggauss(16))
_NODES = _NODES + 0.5  # Gauss-Legendre over (0, 1)
_CHEBYSHEV = (0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196)


def softplus(xp: Namespace, x: Array) -> Array:
    """log(1 + exp(x))."""
    return -xp.log_sigmoid(-x)


def log_normal_survival(xp: Namespace, z: Array) -> Array:
    """log P(Z > z) of a standard normal Z, within 2e-7 of it (Press et al. 2007, section 6.2.2, erfc)."""
    size = xp.where(z < 0, -z, z) * 0.5**0.5
    t = 1 / (1 + size / 2)
    series = 0.0 * t
    for coefficient in _CHEBYSHEV:
        series = (series + coefficient) * t
    log_tail = xp.log(t / 2) - size * size - 1.26551223 + (series + 1.00002368) * t
    return xp.where(z < 0, xp.log1p(-xp.exp(log_tail)), log_tail)


def stirling_error(xp: Namespace, x: Array) -> Array:
    """Log Γ(x + 1) - ((x + 1/2) log x - x + log(2π) / 2) for x > 0 (Loader 2000): about 1 / (12 x).

    Below 8 it follows from that of x + 8, where the series is exact.
    """
    small = x < 8
    low = xp.where(small, x, 0 * x + 1)
    n = xp.where(small, x + 8, x)
    square = 1 / (n * n)
    series = (1 / 12 - (1 / 360 - (1 / 1260 - square / 1680) * square) * square) / n
    product = low + 1
    for k in range(2, 9):
        product = product * (low + k)
    far = low + 8
    shift = (far + 0.5) * xp.log(far) - 8 - xp.log(product) - (low + 0.5) * xp.log(low)
    return xp.where(small, series + shift, series)


def gamma_ratio(xp: Namespace, a: Array) -> Array:
    """log(Γ(a + 1/2) / Γ(a)) - log(a) / 2 for a above 0, exact where a is large."""
    half = a * xp.log1p(1 / (2 * a)) - 0.5
    return half + stirling_error(xp, a + 0.5) - stirling_error(xp, a)


def log_student_survival(xp: Namespace, z: Array, degrees: Array) -> Array:
    """log P(T > z) of Student's t with ``degrees`` of freedom, by quadrature of 16 nodes.

    Up to 1 the density is integrated from 0 on; farther out it is I_x(a, 1/2) / 2 with a = degrees / 2 and
    x = degrees / (degrees + z²): the integral over s of s^(a-1) (1-s)^(-1/2), in √(1 - (s/x)^a), where it is smooth.
    """
    size, a = xp.where(z < 0, -z, z), degrees / 2
    nodes, weights = xp.constant(_NODES, z), xp.constant(_WEIGHTS, z)
    constant = gamma_ratio(xp, a) - 0.5 * math.log(2 * math.pi)  # the logarithm of the density at 0

    near = xp.clip(size, 0.0, 1.0)
    densities = xp.exp(-(a + 0.5)[..., None] * xp.log1p((near[..., None] * nodes) ** 2 / degrees[..., None]))
    inner = 0.5 - near * xp.exp(constant) * (densities * weights).sum(-1)

    far = xp.clip(size, 1.0, 1e12)
    x = degrees / (degrees + far * far)
    power = xp.exp(xp.constant(np.log(1 - _NODES**2), z) / a[..., None])
    kernel = 2 * nodes / (1 - x[..., None] * power) ** 0.5
    outer = 0.5 * xp.log(0.5 / a) - a * xp.log1p(far * far / degrees) + xp.log((kernel * weights).sum(-1))

    log_tail = xp.where(size > 1, outer + constant, xp.log(inner))
    return xp.where(z < 0, xp.log1p(-xp.exp(log_tail)), log_tail)
