"""What a panel must have before a forecast can be made of it."""

from collections.abc import Collection

import numpy as np

from unrolled.data.panel import Panel
from unrolled.errors import InputError

__all__ = ["check_history", "check_known"]


def check_history(panel: Panel, horizon: int) -> None:
    """InputError, naming the longest series, where none is longer than the horizon."""
    if len(panel) and (panel.lengths <= horizon).all():
        longest = int(panel.lengths.argmax())
        raise InputError(
            f"unique_id {panel.ids[longest]!r} has the longest history there is, of length {panel.lengths[longest]:,}; "
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
