"""Panels from tables as people hold them: frames, files, rows; long or wide, with whatever stands beside the values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel

__all__ = ["PanelFormat", "PanelLayout", "read_panel"]


@dataclass(frozen=True)
class PanelLayout:
    """What a user says of a table. ``columns``: those of identifier, time and value; two names: no identifier.

    ``frequency`` None: inferred, and said. ``static``, ``past``, ``future``: names of columns of covariates; other
    columns of numbers are put where they fit, which is said. ``holidays``: a country, as in "DE" or "US-CA", whose
    holidays are entered up to ``horizon`` periods beyond the last value. ``available``: the column that says what
    could be sold ("available" and "stock" are found). ``fill``: what a period without a row is, "missing" or "zero".
    """

    columns: str = "unique_id,ds,y"
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
    """What was learnt of a table, so that later ones are read alike; it goes through JSON."""

    frequency: Frequency

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold of it."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave."""
        raise NotImplementedError

    def read(self, data: Any) -> Panel:
        """A panel of further data in the same format, such as that of predict and update."""
        raise NotImplementedError

    def read_rows(self, rows: Sequence[Mapping[str, Any]]) -> Panel:
        """A panel of rows as dictionaries; quick for a single one."""
        raise NotImplementedError


def read_panel(data: Any, layout: PanelLayout = PanelLayout()) -> tuple[Panel, PanelFormat]:
    """The panel in ``data``, and the format in which `PanelFormat.read` reads further data.

    Data: a frame of pandas or polars, a path or several, rows as dictionaries, "sample:airline" or "sample:shop".
    """
    raise NotImplementedError
