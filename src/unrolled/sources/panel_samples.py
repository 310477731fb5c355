"""Series that need no download: "sample:airline", "sample:shop"."""

import numpy as np

from unrolled.errors import InputError, MissingExtra
from unrolled.sources.panel_columns import Coded, RawTable
from unrolled.sources.shop import shop_sales

__all__ = ["sample_table"]

_NAMES = ("sample:airline", "sample:shop")


def sample_table(name: str) -> RawTable:
    """The table that a name stands for; InputError, listing all, for another name."""
    if name == "sample:airline":
        return _airline()
    if name == "sample:shop":
        return shop_sales()
    raise InputError(f"unknown sample {name!r}; choose {', '.join(_NAMES)}")


def _airline() -> RawTable:
    """The passengers of airlines in each month from 1949 to 1960, as statsforecast has them (Box and Jenkins 1976)."""
    try:
        from statsforecast.utils import AirPassengers
    except ModuleNotFoundError as error:
        raise MissingExtra("statsforecast", "train", "sample:airline") from error
    y = np.asarray(AirPassengers, np.float64)
    months = (np.datetime64("1949-01") + np.arange(len(y))).astype("M8[s]")
    ids = Coded(np.zeros(len(y), np.int32), ["AirPassengers"])
    return RawTable(
        "sample:airline", {"unique_id": ids, "ds": months, "y": y}, lambda row: f"sample:airline: row {row}"
    )
