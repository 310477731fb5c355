"""Likelihoods of forecasts: what a network's raw numbers say of a target, its loss, quantiles, mean and samples."""

from unrolled.models.likelihoods.base import Likelihood
from unrolled.models.likelihoods.interpolation import between_levels
from unrolled.models.likelihoods.quantiles import LEVELS, Quantiles

__all__ = ["LEVELS", "LIKELIHOODS", "Likelihood", "Quantiles", "between_levels"]

LIKELIHOODS: dict[str, Likelihood] = {"quantiles": Quantiles()}
"""Every likelihood by its name in settings."""
