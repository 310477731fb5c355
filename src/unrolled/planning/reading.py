"""Reading a table of stock: a file, a frame of pandas or polars, or a list of dictionaries."""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrolled.errors import InputError, MissingExtra
from unrolled.planning.stock import Article, Stock
from unrolled.progress import remark
from unrolled.sources.cells import Cells, is_missing, pointed, text
from unrolled.sources.panel_table import is_frame
from unrolled.sources.shop import shop_stock
from unrolled.sources.tables import open_table

if TYPE_CHECKING:
    import narwhals

__all__ = ["read_stock"]

REQUIRED = ("unique_id", "on_hand", "on_order", "lead_time", "review")
TARGETS = ("price", "service_level", "fill_rate")
OPTIONAL = tuple(field.name for field in fields(Article) if field.name not in REQUIRED)
_SAMPLE = "sample:shop:stock"
_TARGETS = "price, cost and salvage, or service_level, or fill_rate"


def read_stock(data: Any, known: Sequence[str] | None = None) -> Stock:
    """The articles in a table with the columns of `Article`: unique_id, on_hand, on_order, lead_time, review, a target.

    ``data``: the path of a CSV, TSV, JSON, Parquet or .xlsx file, a frame of pandas or polars, dictionaries, or
    "sample:shop:stock".
    ``known``: the articles that there are forecasts of. Raises InputError, naming row and unique_id.
    """
    if isinstance(data, Stock):
        return data
    if isinstance(data, str) and data.startswith("sample:"):
        if data != _SAMPLE:
            raise InputError(f"unknown sample {data!r}; expected {_SAMPLE}")
        data = shop_stock()
    articles, places = list[Article](), dict[str, str]()
    allowed = None if known is None else frozenset(known)
    for values, where in _rows(data):
        article = _article(values, where)
        name = f"{where}: unique_id {article.unique_id!r}"
        if article.unique_id in places:
            raise InputError(f"{name} is in {places[article.unique_id]} already; expected one row for each article")
        if allowed is not None and article.unique_id not in allowed:
            near = get_close_matches(article.unique_id, known or (), 3) or list(known or ())[:3]
            raise InputError(f"{name} has no forecast; there are {len(allowed):,}, as {', '.join(map(repr, near))}")
        places[article.unique_id] = where
        articles.append(article)
    if not articles:
        raise InputError(f"{_named(data)}: no rows; expected one for each article")
    return Stock(articles, data if is_frame(data) else None)


def _rows(data: Any) -> Iterator[tuple[Mapping[str, object], str]]:
    """The cells of each row by the names of our columns, and where it stands."""
    if isinstance(data, str | os.PathLike):
        with open_table(Path(data)) as table:
            places = _columns(table.headings, table.where)
            for cells, where in table.rows(list(places.values())):
                kept = [pointed(cell) if table.commas and isinstance(cell, str) else cell for cell in cells]
                yield dict(zip(places, kept, strict=True)), where
        return
    headings, rows = _in_memory(data)
    places = _columns(headings, _named(data))
    for cells, where in rows:
        yield {name: cells[place] for name, place in places.items()}, where


def _in_memory(data: Any) -> tuple[list[str], Iterator[Cells]]:
    """The headings and rows of a frame or of dictionaries; rows count from 1."""
    if is_frame(data):
        frame = _known_frame(data)
        whole = zip(*(frame[name].to_list() for name in frame.columns), strict=True)
        return frame.columns, ((row, f"the stock: row {number}") for number, row in enumerate(whole, 1))
    if isinstance(data, Mapping):
        data = [data]
    if not isinstance(data, Sequence) or not all(isinstance(row, Mapping) for row in data):
        raise InputError(f"the stock is {data!r:.80}; expected the path of a table, a frame, or a list of dictionaries")
    keys = list(dict.fromkeys(key for row in data for key in row))
    listed = ([row.get(key) for key in keys] for row in data)
    return list(map(str, keys)), ((row, f"the stock: row {number}") for number, row in enumerate(listed, 1))


def _known_frame(data: Any) -> "narwhals.DataFrame[Any]":
    try:
        import narwhals
    except ModuleNotFoundError as error:
        raise MissingExtra("narwhals", "train", "reading data frames") from error
    try:
        return narwhals.from_native(data, eager_only=True)
    except (TypeError, ValueError, narwhals.exceptions.NarwhalsError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"the stock: {type(data).__name__}; expected a frame of pandas or polars: {why}") from None


def _columns(headings: Sequence[str], where: str) -> dict[str, int]:
    """The place of each of our columns that is there; what else is there is told, and passed over."""
    places, others = dict[str, int](), list[str]()
    for place, heading in enumerate(headings):
        name = heading.strip().casefold()
        if name in places:
            raise InputError(f"{where}: two columns are called {name!r}; rename one of them")
        if name in REQUIRED or name in OPTIONAL:
            places[name] = place
        else:
            others.append(heading)
    shown = ", ".join(heading[:40] for heading in headings[:20])
    if missing := [name for name in REQUIRED if name not in places]:
        raise InputError(
            f"{where}: no column {missing[0]!r}; it has {shown}; expected {', '.join(REQUIRED)}, and {_TARGETS}"
        )
    if not any(name in places for name in TARGETS):
        raise InputError(f"{where}: no target; it has {shown}; expected {_TARGETS}")
    if others:
        remark(
            f"{where}: passes over the columns {', '.join(others[:20])}; it reads {', '.join((*REQUIRED, *OPTIONAL))}"
        )
    return places


def _article(values: Mapping[str, object], where: str) -> Article:
    unique_id = text(_scalar(values["unique_id"]), where, "unique_id").strip()
    if is_missing(unique_id):
        raise InputError(f"{where}: unique_id is empty; expected the name of an article")
    where = f"{where}: unique_id {unique_id!r}"
    numbers = {name: _number(cell, where, name) for name, cell in values.items() if name != "unique_id"}
    for name in REQUIRED[1:]:
        if numbers[name] is None:
            hint = ", 0 where there is nothing" if name.startswith("on_") else ""
            raise InputError(f"{where}: {name} is empty; expected a number{hint}")
    given: dict[str, Any] = {name: value for name, value in numbers.items() if value is not None}
    try:
        return Article(unique_id, **given)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _number(cell: object, where: str, name: str) -> float | None:
    """A cell's number; None where it is empty. InputError for text and for what is not finite."""
    cell = _scalar(cell)
    if isinstance(cell, bool):
        raise InputError(f"{where}: {name} is {cell}; expected a number")
    value = str(cell) if isinstance(cell, float) else text(cell, where, name).strip()
    if is_missing(value):
        return None
    try:
        number = float(value.replace("_", "x"))
    except ValueError:
        raise InputError(f"{where}: {name} is {value[:80]!r}; expected a number") from None
    if math.isinf(number) and (name != "capacity" or number < 0):
        raise InputError(f"{where}: {name} is {value}; expected a finite number; leave it empty where there is none")
    return number


def _scalar(cell: object) -> object:
    """A scalar of numpy as Python's; pandas's mark of what is missing as None."""
    if type(cell).__name__ in ("NAType", "NaTType"):
        return None
    return cell.item() if hasattr(cell, "item") else cell


def _named(data: Any) -> str:
    return str(data) if isinstance(data, str | os.PathLike) else "the stock"
