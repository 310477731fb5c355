"""Reading a table of stock: a file, a frame of pandas or polars, or a list of dictionaries."""

from collections.abc import Sequence
from typing import Any

from unrolled.planning.stock import Stock

__all__ = ["read_stock"]


def read_stock(data: Any, known: Sequence[str] | None = None) -> Stock:
    """The articles in a table with the columns of `Article`: unique_id, on_hand, on_order, lead_time, review, a target.

    ``data``: the path of a CSV, TSV, JSON, Parquet or .xlsx file, a frame of pandas or polars, or dictionaries.
    ``known``: the articles that there are forecasts of. Raises InputError, naming row and unique_id.
    """
    raise NotImplementedError
