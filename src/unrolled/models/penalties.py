"""What the training of encoder–decoders asks for beside the likelihood of targets."""

from typing import NamedTuple

__all__ = ["Penalties"]


class Penalties(NamedTuple):
    """How much each costs; nothing at 0.

    ``smoothing`` is the share of the probability that is asked for evenly of all tokens (Szegedy et al. 2016), where
    nothing is copied. ``coverage`` weighs what is attended to again, Σ_s min(α_ts, Σ_{u<t} α_us) of each step t (See et
    al. 2017, eq. 12). ``evenness`` weighs how unevenly the S steps of a source are attended to over the T steps of a
    target, the mean over s of (1 - S / T Σ_t α_ts)² for each of these (the doubly stochastic attention of Xu et al.
    2015, eq. 14).
    """

    smoothing: float = 0.0
    coverage: float = 0.0
    evenness: float = 0.0
