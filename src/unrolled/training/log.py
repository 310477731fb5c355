"""What a run tells: a bar on a terminal's standard error, and one JSON line an event in a file."""

import json
import math
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

__all__ = ["Log"]


class Log:
    """Reports a run. ``path`` (or None) receives JSON lines; ``show`` None means: a bar if standard error is a terminal."""

    def __init__(self, path: Path | None, show: bool | None = None) -> None:
        self.path = path
        self.show = sys.stderr.isatty() if show is None else show
        self._file: IO[str] | None = None
        self._bar: Any = None
        self._task: Any = None
        self._loss: float | None = None

    def __enter__(self) -> Self:
        if self.path is not None:
            self._file = self.path.open("a", encoding="utf-8")
        if self.show:
            self._bar = _progress_bar()
            self._task = self._bar.add_task("training", total=None, loss=float("nan"), perplexity="", speed=0.0, best="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._file is not None:
            self._file.close()

    def event(self, name: str, **values: Any) -> None:
        """One line in the log file: a name, the time (Unix seconds) and values; numbers JSON lacks become null."""
        if self._file is not None:
            clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
            self._file.write(json.dumps({"event": name, "time": round(time.time(), 3), **clean}) + "\n")
            self._file.flush()

    def step(self, step: int, steps: int | None, loss: float, speed: float) -> None:
        """Move the bar: ``loss`` in nats per item (shown smoothed), ``speed`` in items per second."""
        self._loss = loss if self._loss is None else 0.95 * self._loss + 0.05 * loss
        if self._bar is not None:
            shown = f"{math.exp(min(self._loss, 50)):,.1f}"
            self._bar.update(
                self._task, completed=step, total=steps, loss=self._loss, perplexity=shown, speed=speed
            )

    def best(self, loss: float) -> None:
        """Show the best validation loss so far."""
        if self._bar is not None:
            self._bar.update(self._task, best=f"best valid {math.exp(min(loss, 50)):,.1f}")


def _progress_bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("loss {task.fields[loss]:.3f}  perplexity {task.fields[perplexity]}"),
        TextColumn("{task.fields[speed]:,.0f} tokens/s"),
        TextColumn("{task.fields[best]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
    )
