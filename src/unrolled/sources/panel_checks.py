"""What a panel must have before a forecast can be made of it."""

from collections.abc import Collection

from unrolled.data.panel import Panel

__all__ = ["check_future", "check_known"]


def check_future(panel: Panel, horizon: int) -> None:
    """InputError, naming the series and the first stamp that lacks one, unless future covariates cover the horizon."""
    raise NotImplementedError


def check_known(panel: Panel, known: Collection[str]) -> None:
    """InputError, naming it, for a series that is not among ``known`` and has neither values nor covariates."""
    raise NotImplementedError
