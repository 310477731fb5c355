"""The reports of a run: a bar or lines on standard error, and one JSON line for each event in a file."""

import json
import math
import sys
import time
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from unrolled import progress
from unrolled.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["LOG_STEPS", "Log"]

LOG_STEPS = 10  # a line for every tenth step: about 1 MB for 50,000 steps


class Log:
    """Reports a run. ``path`` (or None) receives JSON lines; standard error a bar, or, where it is no terminal and
    ``show`` is None, now and then a line; with ``show`` False nothing. ``unit`` names what is counted; of tokens the
    perplexity is shown, of other things the loss alone.

    Every line has "event" and "time" (Unix seconds); numbers that JSON lacks are null. Lines of a resumed run follow
    those of the run before, which may have gone beyond its last checkpoint: of two lines for a step the later counts.
    """

    def __init__(self, path: Path | None, show: bool | None = None, unit: str = "tokens") -> None:
        self.path, self.unit = path, unit
        self.show = sys.stderr.isatty() if show is None else show
        self.lines = show is None and not self.show
        self._file: IO[bytes] | None = None
        self._bar: tuple[Progress, TaskID] | None = None
        self._line = monotonic()  # when the last line was written
        self._shown = ""
        self._loss: float | None = None
        self._best = ""
        self._gradients = ""

    def __enter__(self) -> Self:
        if self.path is not None:
            try:
                self._file = self.path.open("ab", buffering=0)  # a line goes out whole, whatever comes after it
            except OSError as error:
                raise InputError(f"{self.path}: cannot write the log: {error.strerror}") from error
        if self.show:
            bar = _progress_bar()
            self._bar = bar, bar.add_task("", total=None, shown="")
            bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()
        if self._file is not None:
            self._file.close()

    def event(self, name: str, **values: Any) -> None:
        """One line in the log file: a name, the time and values."""
        if self._file is None:
            return
        clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
        line = json.dumps({"event": name, "time": round(time.time(), 3), **clean}, allow_nan=False) + "\n"
        try:
            self._file.write(line.encode())
        except OSError as error:
            raise InputError(f"{self.path}: cannot write the log: {error.strerror}") from error

    def stage(self, stage: str) -> None:
        """Announce what is being done before (or between) the steps, such as "reading the text"."""
        self.event("stage", stage=stage)
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, description=stage, shown="")
        self._write_line("stage", stage)

    def step(self, step: int, steps: int | None, loss: float, speed: float, left: float | None, **more: float) -> None:
        """Move the bar, and write every `LOG_STEPS`-th step into the file.

        ``loss`` in nats per item (measures smoothed), ``speed`` in items per second, ``left`` seconds to go if known.
        """
        if step % LOG_STEPS == 0 or step == steps:
            measures = {"loss": loss, "perplexity": _perplexity(loss), "items_per_second": speed, "seconds_left": left}
            self.event("step", step=step, steps=steps, **measures, **more)
        if self._bar is None and not self.lines:
            return
        self._loss = loss if self._loss is None else 0.95 * self._loss + 0.05 * loss
        shown = [f"perplexity {_short(_perplexity(self._loss))}{self._best}", f"loss {self._loss:.3f}"]
        if self.unit != "tokens":
            shown = [f"loss {self._loss:.3f}{self._best}"]
        shown += [f"{_short(speed)} {self.unit}/s"]
        shown += [self._gradients] if self._gradients else []
        share = "training" if steps is None or left is None else f"{step / steps:.0%}, {_clock(left)} left"
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, description=share, completed=step, total=steps, shown="  ".join(shown))
        self._shown = "  ".join([share, f"step {step:,}", *shown])
        self._write_line("step", self._shown)

    def validation(self, step: int, loss: float, best: float, seconds: float) -> None:
        """Write a validation and show the best so far; losses in nats per item, ``seconds`` since the run began."""
        measures = {"loss": loss, "perplexity": _perplexity(loss), "best": best}
        self.event("validation", step=step, **measures, seconds=seconds)
        self._best = f" (valid {_short(_perplexity(best)) if self.unit == 'tokens' else f'{best:.3f}'})"
        if loss == best:
            self._write_line("validation", f"{self._shown}  new best{self._best}")

    def _write_line(self, event: str, text: str) -> None:
        """A line on standard error, where that is no terminal and the last one was some time ago."""
        if self.lines and monotonic() - self._line >= progress.LINES[event]:
            self._line = monotonic()
            print(text.strip(), file=sys.stderr, flush=True)

    def gradients(self, step: int, layers: list[dict[str, Any]]) -> None:
        """Write how far each layer's gradient reaches (see `unrolled.training.watch`); the bar shows the worst."""
        self.event("gradients", step=step, layers=layers)
        worst = min(layers, key=lambda layer: (layer["verdict"] == "healthy", layer["reach"]))
        self._gradients = f"gradient {worst['verdict']}, reaches {worst['reach']} of {len(worst['norms']) - 1} steps"


def _perplexity(loss: float) -> float:
    return math.exp(loss) if loss < 700 else math.inf


def _short(value: float) -> str:
    """123.4; 12,345; 1.2e+09."""
    return f"{value:.1f}" if value < 1000 else f"{value:,.0f}" if value < 1e6 else f"{value:.1e}"


def _clock(seconds: float) -> str:
    """75 → "1:15"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _progress_bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    return Progress(
        TextColumn("{task.description}", table_column=Column(no_wrap=True, min_width=16)),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[shown]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
        console=Console(stderr=True),
        expand=True,
        refresh_per_second=4,
    )
