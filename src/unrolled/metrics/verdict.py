"""Whether a network is worth it beside simple forecasts, in words."""

import numpy as np

from unrolled.metrics.forecasts import SeriesScores

__all__ = ["verdict"]

CERTAIN = 0.05
FEWEST = 6  # series; fewer cannot be told from chance by a sign test


def verdict(scores: SeriesScores) -> str:
    """One line: whether the first method is worth it beside the others, by MASE and a sign test over the series.

    The test compares the series' mean MASE over the windows with that of the best of the others, two-sided.
    """
    mase = {name: measures["mase"] for name, measures in scores.values.items()}
    (_, network), *others = mase.items()
    if np.isnan(network).all():
        return "no verdict: no series that is measured varies over more than a season, so that there is no MASE"
    name, best = min(others, key=lambda other: float(np.nanmean(other[1])))
    ours, theirs = float(np.nanmean(network)), float(np.nanmean(best))
    number = int((~np.isnan(network)).sum())
    where = f"on {_counted(scores.windows, 'window')} of {number:,} series"
    if ours >= theirs:
        return f"not worth it here: MASE {ours:.3g}, {_beside(ours, theirs)} that of {name}, {where}: use {name}"
    better = int((network < best).sum())
    compared = better + int((network > best).sum())
    gain = f"MASE {ours:.3g}, {_beside(ours, theirs)} that of {name}, the best of the simple ones, {where}"
    if compared < FEWEST:
        return f"probably worth it: {gain}; too few series for a sign test"
    p = _sign_test(better, compared)
    test = f"better on {better:,} of them (sign test: p {'< 0.001' if p < 0.001 else f'= {p:.2g}'})"
    if p < CERTAIN and better > compared / 2:
        return f"worth it: {gain}; {test}"
    return f"no clear gain: {gain}, but {test}; {name} is simpler"


def _beside(ours: float, theirs: float) -> str:
    if theirs == 0:
        return "above"
    change = 100 * (ours / theirs - 1)
    return f"{abs(change):.2g} % {'below' if change < 0 else 'above'}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number > 1 else ''}"


def _sign_test(better: int, compared: int) -> float:
    from scipy.stats import binomtest

    return float(binomtest(better, compared).pvalue)
