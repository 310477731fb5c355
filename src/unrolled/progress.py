"""What people are told while they wait: a progress bar for work done block by block, and remarks on their data."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

__all__ = ["remark", "track"]

T = TypeVar("T")
LINES = {"stage": 5.0, "validation": 10.0, "step": 30.0}
"""Seconds, at least, from one line on a training run to the next, where standard error is no terminal: before what is
being done, a new best, and any step."""


def track(
    blocks: Iterable[tuple[int, T]], total: int, what: str, show: bool | None = None, unit: str = "tokens"
) -> Iterator[T]:
    """Yield the block of each (items, block) and show on standard error how many of ``total`` items are done.

    ``show`` None: only where standard error is a terminal. ``unit`` names the items; "" shows no speed.
    """
    if not (sys.stderr.isatty() if show is None else show):
        yield from (block for _, block in blocks)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[speed]}"), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, speed="")
        for items, block in blocks:
            yield block
            bar.advance(task, items)
            bar.update(task, speed=f"{bar.tasks[task].speed or 0:,.0f} {unit}/s" if unit else "")


def remark(message: str, *arguments: str) -> None:
    """Tell of something in the data that a person should know, such as files that were passed over.

    It is a warning of the logger "unrolled", which goes to standard error unless a program sends it elsewhere.
    ``arguments`` are as those of `InputError`: the command line shows its options in their place.
    """
    logging.getLogger("unrolled").warning("%s", message, extra={"arguments": arguments})
