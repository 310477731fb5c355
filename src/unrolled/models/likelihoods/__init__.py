"""Likelihoods of forecasts: what a network's raw numbers say of a target, its loss, quantiles, mean and samples."""

from unrolled.models.likelihoods.base import Likelihood
from unrolled.models.likelihoods.counts import NegativeBinomial
from unrolled.models.likelihoods.interpolation import between_levels
from unrolled.models.likelihoods.location_scale import Normal, StudentT
from unrolled.models.likelihoods.quantiles import LEVELS, Quantiles

__all__ = [
    "LEVELS",
    "LIKELIHOODS",
    "Likelihood",
    "NegativeBinomial",
    "Normal",
    "Quantiles",
    "StudentT",
    "between_levels",
]

LIKELIHOODS: dict[str, Likelihood] = {
    "quantiles": Quantiles(),
    "normal": Normal(),
    "student-t": StudentT(),
    "negative-binomial": NegativeBinomial(),
}
"""Every likelihood by its name in settings."""
