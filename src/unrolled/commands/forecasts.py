"""What `predict` and `evaluate` do with a model that forecasts the series of a panel, and their options for it."""

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrolled.commands.arguments import paths
from unrolled.commands.tables import table_lines
from unrolled.errors import InputError
from unrolled.settings import Settings, check, option
from unrolled.storage.files import check_new_file
from unrolled.storage.strict_json import to_json

if TYPE_CHECKING:
    from unrolled.inference.forecast_tables import Columns
    from unrolled.tasks.base import Learnt, Task
    from unrolled.tasks.panels import PanelTask

__all__ = ["Forecasting", "Windows", "check_files", "evaluate", "predict", "refuse", "typed_settings"]

_LEVEL = "intervals of so many percent, as in --level 80 95"
_USUAL = 80.0, 95.0  # percent, in a picture


@dataclass(frozen=True)
class Forecasting:
    """What is asked of a model that forecasts series."""

    level: str | None = option(None, _LEVEL, metavar="PERCENT...")
    quantiles: str | None = option(None, "quantiles, as in --quantiles .1 .5 .9", metavar="SHARE...")
    paths: int | None = option(None, "so many joint sample paths in the place of the forecasts", 1, 1_000_000)
    seed: int = option(0, "random seed of the sample paths", 0, 2**32 - 1)
    plot: str | None = option(None, "draw history and forecasts: .png or .svg", metavar="FILE")
    dark: bool = option(False, "draw light on dark")


@dataclass(frozen=True)
class Windows:
    """Over which parts of the data a model that forecasts series is measured."""

    windows: int = option(1, "forecast the last so many parts of the data, each of a horizon's length", 1, 10_000)
    step: int | None = option(None, "periods between their beginnings; a horizon where not given", 1, 10**6)
    level: str | None = option(
        None, f"of the table that -o writes: {_LEVEL}, which are the usual ones", metavar="PERCENT..."
    )
    plan: str | None = option(None, "a table of stock: how orders made of the forecasts do", metavar="STOCK")
    plot: str | None = option(None, "draw what the forecasts missed: .png or .svg", metavar="FILE")
    calibration: str | None = option(None, "draw how often values fell within the intervals", metavar="FILE")
    dark: bool = option(False, "draw light on dark")


def predict(
    task: "PanelTask[Learnt]", data: str | None, asked: Forecasting, output: str | None, overwrite: bool, as_json: bool
) -> None:
    """Forecast each series: print a table, or write it, draw it, or both."""
    check(asked)
    check_files(output, asked.plot, overwrite)
    if asked.paths is None:
        table = _forecast(task, data, asked)
    elif output is None and not as_json:
        raise InputError("paths: there is nowhere to write them; expected -o FILE or --json", "paths")
    else:
        table = _sampled(task, data, asked)
    if output is not None:
        _write(table, output)
    if asked.plot is not None:
        task.plot(asked.plot, _source(data), level=_numbers(asked.level, "level", "80 95") or _USUAL, dark=asked.dark)
        print(f"{asked.plot}: history and forecasts", file=sys.stderr)
    if as_json or output is None:
        _print(table, as_json)


def _forecast(task: "PanelTask[Learnt]", data: str | None, asked: Forecasting) -> "Columns":
    if asked.seed:
        raise InputError("seed is of samples; expected paths beside it, or leave it out", "seed", "paths")
    level, quantiles = _numbers(asked.level, "level", "80 95"), _numbers(asked.quantiles, "quantiles", ".1 .5 .9")
    table: Columns = task.predict(_source(data), level=level, quantiles=quantiles)
    return table


def _sampled(task: "PanelTask[Learnt]", data: str | None, asked: Forecasting) -> "Columns":
    from unrolled.inference.forecast_tables import paths_table

    for name in ("level", "quantiles"):
        if getattr(asked, name) is not None:
            raise InputError(f"{name} means nothing for samples; leave it or paths out", name, "paths")
    assert asked.paths is not None
    table: Columns = paths_table(task.simulate(asked.paths, _source(data), asked.seed), task.format)
    return table


def evaluate(
    task: "PanelTask[Learnt]", data: list[str], asked: Windows, output: str | None, overwrite: bool, as_json: bool
) -> None:
    """Measure forecasts of parts of the data, each made of what was known before it, beside classical ones."""
    from unrolled.planning import read_stock

    check(asked)
    for picture in (asked.plot, asked.calibration):
        check_files(output, picture, overwrite)
    level, source = _numbers(asked.level, "level", "80 95"), paths(data)
    if level and output is None:
        raise InputError("level is of the table that -o writes; expected -o FILE beside it, or leave it out", "level")
    stock = None if asked.plan is None else read_stock(asked.plan)
    unseen = task.unseen(source, asked.windows, asked.step)  # once for all that follows
    result = unseen.evaluate(source, asked.windows, asked.step, stock=stock)
    if output is not None:
        _write(unseen.cross_validation(source, asked.windows, asked.step, level=level), output)
    if asked.plot is not None:
        unseen.plot_residuals(asked.plot, source, asked.windows, asked.step, dark=asked.dark)
        print(f"{asked.plot}: what the forecasts missed", file=sys.stderr)
    if asked.calibration is not None:
        unseen.plot_calibration(asked.calibration, source, asked.windows, asked.step, dark=asked.dark)
        print(f"{asked.calibration}: how often values fell within the intervals", file=sys.stderr)
    print(to_json(result.to_json(), "the result") if as_json else result.table())


def refuse(task: "Task[Learnt]", folder: str, given: Mapping[str, object]) -> None:
    """Raise InputError for the first option that was typed though it means nothing for this kind of model."""
    for name, value in given.items():
        if value not in (None, False):
            raise InputError(f"{name} means nothing for {folder}, a {task.name} model; leave it out", name)


def typed_settings(settings: Settings) -> dict[str, Any]:
    """The settings that differ from their defaults."""
    fields = dataclasses.fields(settings)
    return {f.name: getattr(settings, f.name) for f in fields if getattr(settings, f.name) != f.default}


def check_files(output: str | None, plot: str | None, overwrite: bool) -> None:
    """Raise InputError now if the table or the picture could not be written later."""
    if output is not None:
        from unrolled.inference.written_tables import WRITTEN

        if Path(output).suffix.lower() not in WRITTEN:
            raise InputError(f"{output}: expected the name of a file that ends in {', '.join(WRITTEN)}")
        check_new_file(output, overwrite)
    if plot is not None:
        from unrolled.inspection.figures import check_picture

        check_picture(plot)
        check_new_file(plot, overwrite)


def _source(data: str | None) -> list[Path] | None:
    return None if data is None else paths([data])


def _numbers(text: str | None, name: str, example: str) -> list[float] | None:
    """The numbers in an option's words, which are joined by commas; None where it is not given."""
    if text is None:
        return None
    numbers = []
    for word in text.split(","):
        try:
            numbers.append(float(word))
        except ValueError:
            raise InputError(f"{name}: {word!r:.80} is no number; expected such as {example}", name) from None
    return numbers


def _write(table: "Columns", output: str) -> None:
    from unrolled.inference.written_tables import write_table

    write_table(table, Path(output))
    rows = len(next(iter(table.values())))
    print(f"{output}: {rows:,} rows, {Path(output).stat().st_size:,} bytes", file=sys.stderr)


def _print(table: "Columns", as_json: bool) -> None:
    from unrolled.inference.written_tables import json_lines

    for line in json_lines(table) if as_json else table_lines(table):
        print(line)
    sys.stdout.flush()
