"""Panels from tables as people hold them: frames, files, rows; long or wide, with whatever stands beside the values."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.panel_available import Available, availability, cut_values
from unrolled.sources.panel_covariates import KINDS, Covariate, Kinds, learned, values_of
from unrolled.sources.panel_holidays import HOLIDAY, holidays_of, with_holidays
from unrolled.sources.panel_long import DEFAULT, LongTable, long_table, names_of
from unrolled.sources.panel_one_row import panel_of_row
from unrolled.sources.panel_rows import LongRows, assembled
from unrolled.sources.panel_sorted import SortedTable, sorted_table
from unrolled.sources.panel_stamps import StampStyle

__all__ = ["PanelFormat", "PanelLayout", "read_panel"]

_FILLS = ("missing", "zero")


@dataclass(frozen=True)
class PanelLayout:
    """What a user says of a table. ``columns``: those of identifier, time and value; two names: no identifier.

    ``frequency`` None: inferred, and said. ``static``, ``past``, ``future``: names of columns of covariates; other
    columns of numbers are put where they fit, which is said. ``holidays``: a country, as in "DE" or "US-CA", whose
    holidays are entered up to ``horizon`` periods beyond the last value. ``available``: the column that says what
    could be sold ("available" and "stock" are found). ``fill``: what a period without a row is, "missing" or "zero".
    """

    columns: str = DEFAULT
    frequency: str | None = None
    static: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    future: tuple[str, ...] = ()
    holidays: str | None = None
    available: str | None = None
    fill: str = "missing"
    horizon: int = 0
    encoding: str = "utf-8"
    delimiter: str | None = None


@dataclass(frozen=True)
class PanelFormat:
    """What was learnt of a table, so that later ones are read alike; it goes through JSON.

    ``id_type``: how a frame holds identifiers, "int", "float" or "text"; "" where there are none, and ``series`` is
    that of the one series. ``holidays`` are dates.
    """

    frequency: Frequency
    columns: str
    series: str
    id_type: str
    stamps: StampStyle
    static: tuple[Covariate, ...]
    past: tuple[Covariate, ...]
    future: tuple[Covariate, ...]
    available: Available | None
    holidays: tuple[str, ...]
    horizon: int
    fill: str
    encoding: str = "utf-8"
    delimiter: str | None = None

    @property
    def kinds(self) -> Kinds:
        """The covariates by their kind."""
        return {"static": self.static, "past": self.past, "future": self.future}

    @property
    def is_single(self) -> bool:
        """Whether the table had no column of identifiers, so that all rows are of one series."""
        return self.id_type == ""

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of the columns of a panel that the covariates of a kind give, holidays the last of the future."""
        names = tuple(name for covariate in self.kinds[kind] for name in covariate.names)
        return (*names, HOLIDAY) if kind == "future" and self.holidays else names

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold of it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave, also after JSON; InputError for anything else."""
        try:
            given = dict(values)
            given["frequency"] = Frequency.named(given["frequency"]["name"])
            given["stamps"] = StampStyle(**given["stamps"])
            for kind in KINDS:
                given[kind] = tuple(
                    Covariate(
                        str(one["name"]), None if one["categories"] is None else tuple(map(str, one["categories"]))
                    )
                    for one in given[kind]
                )
            given["available"] = None if given["available"] is None else Available(**given["available"])
            given["holidays"] = tuple(map(str, given["holidays"]))
            np.array(given["holidays"], "M8[D]")
            return cls(**given)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError(f"the format of the data in the model is damaged: {error}") from None

    def read(self, data: Any, further: bool = False) -> Panel:
        """A panel of later data in the same format, such as that of predict and update.

        ``further``: it goes on from data that was read before, so that a series begins with its first row, where it
        has any value; else with its first value. Values may be missing as a whole. A column of covariates that is not
        there is refused, but for static ones, and in a table without values for those of the past: they are missing.
        """
        if isinstance(data, Mapping):
            data = [data]
        if not isinstance(data, str) and isinstance(data, Sequence) and data and isinstance(data[0], Mapping):
            return self.read_rows(data, further)
        table = long_table(data, self.columns, self.encoding, self.delimiter, learnt=True)
        if self.is_single and not table.id_type:  # whatever the file is called
            table = dataclasses.replace(table, ids=[self.series])
        return self._panel(table, further)

    def read_rows(self, rows: Sequence[Mapping[str, Any]], further: bool = False) -> Panel:
        """A panel of rows as dictionaries; quick for a single one."""
        if len(rows) == 1:
            return panel_of_row(rows[0], self)
        return self._panel(long_table(rows, self.columns, "", None, learnt=True), further)

    def _panel(self, table: LongTable, further: bool) -> Panel:
        rows = sorted_table(table, self.frequency.name, self.stamps)
        history = bool((~np.isnan(rows.y)).any())
        for kind in ("past", "future") if history else ("future",):
            for covariate in self.kinds[kind]:
                if covariate.name not in rows.others:
                    found = ", ".join(rows.others) or "none"
                    raise InputError(
                        f"{table.name}: no column {covariate.name!r}, a covariate learnt from; it has {found}"
                    )
        return _assembled(rows, self, further)


def read_panel(data: Any, layout: PanelLayout = PanelLayout()) -> tuple[Panel, PanelFormat]:
    """The panel in ``data``, and the format in which `PanelFormat.read` reads further data.

    Data: a frame of pandas or polars, a path or several, rows as dictionaries, "sample:airline" or "sample:shop".
    Raises InputError, which names the row, or series and stamp, for whatever cannot be read.
    """
    _check(layout)
    table = long_table(data, layout.columns, layout.encoding, layout.delimiter)
    rows = sorted_table(table, layout.frequency)
    named = {"static": layout.static, "past": layout.past, "future": layout.future}
    for name in [
        *(name for names in named.values() for name in names),
        *([layout.available] if layout.available else []),
    ]:
        if name not in rows.others:
            raise InputError(f"{table.name}: no column {name!r}; it has {', '.join(rows.others) or 'no further ones'}")
    every = {name for names in named.values() for name in names}
    available = availability(rows, layout.available, every)
    others = {name: column for name, column in rows.others.items() if available is None or name != available.name}
    kinds = learned(others, named, rows)
    learnt = PanelFormat(
        frequency=rows.frequency,
        columns=",".join(table.names) if all(table.names) else layout.columns,
        series=rows.ids[0] if len(rows.ids) == 1 else "series",
        id_type=table.id_type,
        stamps=rows.style,
        static=kinds["static"],
        past=kinds["past"],
        future=kinds["future"],
        available=available,
        holidays=(),
        horizon=layout.horizon,
        fill=layout.fill,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
    )
    panel = _assembled(rows, learnt)
    if layout.holidays:
        learnt = dataclasses.replace(learnt, holidays=holidays_of(layout.holidays, panel))
        panel = _assembled(rows, learnt)
    _tell(rows, panel, layout, table.names.y or "y")
    return panel, learnt


def _check(layout: PanelLayout) -> None:
    names_of(layout.columns)
    if layout.fill not in _FILLS:
        raise InputError(f"fill is {layout.fill!r}; expected one of {', '.join(_FILLS)}", "fill")
    every = [*layout.static, *layout.past, *layout.future]
    twice = next((name for name in every if every.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{twice!r} is named as more than one of static, past and future; name it once")


def _assembled(rows: SortedTable, learnt: PanelFormat, further: bool = False) -> Panel:
    """The panel of sorted rows in a format."""
    if learnt.fill == "missing" and not further:  # of the few rows of an update any may be missing
        rows.frequency.check_same(rows.periods, rows.bounds, rows.ids)
    values = {
        kind: {
            name: column
            for covariate in covariates
            if covariate.name in rows.others
            for name, column in values_of(covariate, rows.others[covariate.name], rows.where).items()
        }
        for kind, covariates in learnt.kinds.items()
    }
    nothing = np.full(len(rows.y), np.nan)
    for kind in ("static", "past"):
        for covariate in learnt.kinds[kind]:
            if covariate.name not in rows.others:
                values[kind] |= dict.fromkeys(covariate.names, nothing)
    in_format = {
        kind: {name: values[kind][name] for covariate in covariates for name in covariate.names}
        for kind, covariates in learnt.kinds.items()
    }
    cut = cut_values(learnt.available, rows)
    long = LongRows(rows.ids, rows.series, rows.periods, rows.y, cut, **in_format)
    ahead = bool(learnt.future) or bool(learnt.holidays)
    beyond = learnt.horizon if learnt.holidays else 0
    panel = assembled(long, rows.frequency, learnt.fill == "zero", ahead, beyond, further)
    return with_holidays(panel, learnt.holidays) if learnt.holidays else panel


def _tell(rows: SortedTable, panel: Panel, layout: PanelLayout, y: str) -> None:
    """Say what was inferred, and what is missing."""
    if layout.frequency is None:
        remark(f"periods of {rows.frequency.name}, as the stamps tell; frequency names others", "frequency")
    missing = int(np.isnan(panel.y).sum())
    if missing:
        holding = int((np.add.reduceat(np.isnan(panel.y), panel.offsets[:-1][panel.lengths > 0]) > 0).sum())
        remark(f"{missing:,} of {len(panel.y):,} values of {y} are missing, in {holding:,} of {len(panel):,} series")
    if not len(panel.y):
        raise InputError(f"every {y} is missing; expected values to learn from")
