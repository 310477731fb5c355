"""Measurements as a table for the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from unrolled.bench.machine import about
from unrolled.bench.rows import Row

__all__ = ["console", "heading", "table", "time"]


def heading() -> str:
    """Machine and versions in two lines."""
    here = about()
    versions = ", ".join(f"{name} {version}" for name, version in here["versions"].items())
    machine = f"{here['processor']}, {here['cores']} cores, {here['memory_gib']} GiB"
    return f"{machine}; kernels: {here['instruction_set']}\n{versions}"


def time(seconds: float) -> str:
    """A time with three digits: 4.27 µs, 13.5 ms."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            value = seconds / size
            return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}"
    raise AssertionError


def table(rows: Sequence[Row], but: Sequence[str] = ()) -> Table:
    """A line for each row: our time, then each other contender's time and how many times ours it is.

    Contenders named in ``but`` are left out.
    """
    others = [name for name in dict.fromkeys(n for row in rows for n in row.seconds) if name not in ("unrolled", *but)]
    result = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("measured", "cell", "B·T·I·H", "threads", "unrolled", *others):
        result.add_column(name, justify="left" if name in ("measured", "cell") else "right")
    speeds = any(row.gflops is not None for row in rows)
    if speeds:
        result.add_column("GFLOP/s", justify="right")
    for row in rows:
        cells = [f"{time(row.seconds[o])} {row.ratios[o]:5.2f}×" if o in row.seconds else "" for o in others]
        ours = time(row.seconds["unrolled"])
        gflops = [] if not speeds else ["" if row.gflops is None else f"{row.gflops:.0f}"]
        result.add_row(row.what, row.cell, str(row.shape), str(row.threads), ours, *cells, *gflops)
    return result


def console() -> Console:
    """Standard output; where it is no terminal, wide enough that no column is cut."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=240)
