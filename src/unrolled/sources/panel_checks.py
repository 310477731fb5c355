"""What a panel must have before a forecast can be made of it."""

from collections.abc import Collection

import numpy as np

from unrolled.data.grids import stamp_text
from unrolled.data.panel import Panel
from unrolled.errors import InputError

__all__ = ["check_future", "check_history", "check_known"]


def check_future(panel: Panel, horizon: int) -> None:
    """InputError, naming the series and the first stamp that lacks one, unless future covariates cover the horizon."""
    if not panel.future_names:
        return
    known = np.diff(panel.future_offsets) - panel.lengths
    steps = np.arange(horizon)
    there = steps < known[:, None]
    at = np.where(there, (panel.future_offsets[:-1] + panel.lengths)[:, None] + steps, 0)
    missing = np.ones((len(panel), horizon, len(panel.future_names)), np.bool_)
    if len(panel.future):
        missing = np.isnan(panel.future[at]) | ~there[:, :, None]
    if not missing.any():
        return
    series, step, covariate = (int(place) for place in np.unravel_index(missing.argmax(), missing.shape))
    name, last = panel.future_names[covariate].partition("=")[0], int(panel.last[series])
    stamp, end = panel.frequency.stamps(np.array([last + 1 + step, last + horizon]))
    raise InputError(
        f"unique_id {panel.ids[series]!r}, ds {stamp_text(stamp)}: no {name}, which is known of the future; expected "
        f"rows with it up to {stamp_text(end)}, {horizon} periods beyond the last value, their y empty"
    )


def check_history(panel: Panel, horizon: int) -> None:
    """InputError, naming the longest series, where none is longer than the horizon."""
    if len(panel) and (panel.lengths <= horizon).all():
        longest = int(panel.lengths.argmax())
        raise InputError(
            f"unique_id {panel.ids[longest]!r}: {panel.lengths[longest]:,} periods are the longest history there is; "
            f"expected more than the horizon, which is {horizon:,}",
            "horizon",
        )


def check_known(panel: Panel, known: Collection[str]) -> None:
    """InputError, naming it, for a series that is not among ``known`` and has neither values nor covariates."""
    learnt = frozenset(known)
    seen = [identifier in learnt for identifier in panel.ids]
    described = ~np.isnan(panel.static).all(1) if panel.static_names else np.zeros(len(panel), np.bool_)
    described |= np.diff(panel.future_offsets) > 0
    strange = ~np.array(seen, np.bool_) & (panel.lengths == 0) & ~described
    if strange.any():
        identifier = panel.ids[int(strange.argmax())]
        raise InputError(
            f"unique_id {identifier!r}: was not in the data learnt from, and has no values and no covariates here; "
            "expected one of them"
        )
