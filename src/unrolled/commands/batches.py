"""Answers to many inputs: a row for each, with the row's own columns, as a table or as JSON lines."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol, TextIO

from unrolled.commands.lines import always
from unrolled.errors import InputError
from unrolled.sources.rows import Row
from unrolled.storage.files import replace_file
from unrolled.storage.strict_json import to_json

if TYPE_CHECKING:
    from unrolled.inference.answers import Answer

__all__ = [
    "TOGETHER",
    "Answered",
    "Answering",
    "answered",
    "is_json",
    "is_table",
    "print_answers",
    "said",
    "until_stopped",
    "write_answers",
    "write_file",
    "write_json",
    "write_lines",
    "write_plain",
    "write_table",
]

TOGETHER = 64  # inputs that are answered at once
_NAMED = 5  # rows without an answer that are named, and remarks
_JSON = (".jsonl", ".ndjson", ".json")
_TABS = (".tsv", ".tab")
_TABLES = (".csv", *_TABS)


class Answering(Protocol):
    """A model, with what is asked of it."""

    def predict_many(self, inputs: Sequence[Any], n: int) -> "Sequence[Sequence[Answer]]":
        """The ``n`` best answers to each input; InputError for a bad one."""

    def remark(self, raw: Any) -> str:
        """A warning about an input, mostly empty."""


class Answered(NamedTuple):
    """A row and its answers, most probable first: none where the input is empty, or ``error`` says why there are none.

    ``remark`` is what the task says of the input, mostly nothing.
    """

    row: Row
    answers: "Sequence[Answer]"
    error: str = ""
    remark: str = ""


def answered(
    task: Answering,
    rows: Iterable[Row],
    n: int,
    together: int = TOGETHER,
    arrived: Callable[[], bool] = always,
) -> Iterator[Answered]:
    """The rows with the task's answers, several computed at once; a row that has none takes none from the others.

    No row waits for another that has not ``arrived``.
    """
    for block in _blocks(rows, together, arrived):
        if len(block) > 1 and not any(isinstance(row.input, InputError) for row in block):
            try:
                many = task.predict_many([row.input for row in block], n)
            except InputError:  # of one of them, which is found below
                pass
            else:
                for row, answers in zip(block, many, strict=True):
                    yield Answered(row, answers, remark=task.remark(row.input))
                continue
        yield from (_alone(task, row, n) for row in block)


def _blocks(rows: Iterable[Row], together: int, arrived: Callable[[], bool]) -> Iterator[list[Row]]:
    block = list[Row]()
    for row in rows:
        block.append(row)
        if len(block) == together or not arrived():
            yield block
            block = []
    if block:
        yield block


def _alone(task: Answering, row: Row, n: int) -> Answered:
    if isinstance(row.input, InputError):
        return Answered(row, [], str(row.input))
    try:
        return Answered(row, task.predict_many([row.input], n)[0], remark=task.remark(row.input))
    except InputError as error:
        empty = isinstance(row.input, str) and not row.input.strip()
        return Answered(row, [], "" if empty else str(error))


def until_stopped(results: Iterable[Answered], stopped: list[int]) -> Iterator[Answered]:
    """The results up to Ctrl-C, which enters their number in ``stopped``."""
    count = 0
    try:
        for result in results:
            yield result
            count += 1
    except KeyboardInterrupt:
        stopped.append(count)


def said(results: Iterable[Answered], bad: list[str]) -> Iterator[Answered]:
    """The same results; those without an answer are named on standard error, counted and entered in ``bad``."""
    count = remarks = 0
    for result in results:
        count += 1
        where, message = result.row.where, result.error or result.remark
        if message and not message.startswith(where):
            message = f"{where}: {message}"
        if result.error:
            bad.append(message)
        remarks += bool(result.remark)
        if (result.error and len(bad) <= _NAMED) or (result.remark and remarks <= _NAMED):
            print(f"error: {message}" if result.error else message, file=sys.stderr, flush=True)
        yield result
    if remarks > _NAMED:
        print(f"{remarks:,} of {count:,} inputs have such a remark", file=sys.stderr)
    if bad:
        print(f"error: {len(bad):,} of {count:,} inputs have no answer", file=sys.stderr)


def write_json(results: Iterable[Answered], out: TextIO) -> None:
    """An object a line: where the input stands, its columns or itself, and predictions, or what is wrong."""
    for row, answers, error, _ in results:
        about: dict[str, Any] = {"where": row.where}
        about |= {"columns": dict(row.columns)} if row.columns else {}
        about |= {"input": row.input} if isinstance(row.input, str) and not row.columns else {}
        about["predictions"] = _predictions(answers)
        about |= {"error": error} if error else {}
        print(to_json(about, "the answer"), file=out, flush=True)


def write_table(
    results: Iterable[Answered], out: TextIO, n: int, separator: str = ",", column: str = "predicted"
) -> None:
    """The rows' own columns (or the input), then n answers with their probabilities, and what is wrong with a row.

    ``column`` is the heading of answers.
    """
    waiting = iter(results)
    first = next(waiting, None)
    if first is None:
        return
    own = [*(first.row.columns or ["input"])]
    numbers = [""] if n == 1 else [f"_{number}" for number in range(1, n + 1)]
    added = [f"{name}{number}" for number in numbers for name in (column, "probability")]
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow([*own, *(name if name not in own else f"{name}_" for name in [*added, "error"])])
    for row, answers, error, _ in chain([first], waiting):
        values = [row.columns.get(name, "") for name in own] if row.columns else [str(row.input)]
        cells = [cell for answer in answers[:n] for cell in (answer[0], f"{answer.score:.6f}")]
        writer.writerow([*values, *cells, *[""] * (len(added) - len(cells)), error])
        out.flush()


def write_plain(results: Iterable[Answered], out: TextIO) -> None:
    """For a person: each input, and below it its answers."""
    for row, answers, _, _ in results:
        lines = [f"{answer.score:7.2%}  {answer[0]}" for answer in answers]
        print(
            "\n".join([f"{'' if isinstance(row.input, InputError) else row.input} ...", *lines]), file=out, flush=True
        )


def write_lines(results: Iterable[Answered], out: TextIO) -> None:
    """The best answer to each input on a line of its own: nothing but the line's end where there is none."""
    for result in results:
        print(*(" ".join(answer[0].split("\n")) for answer in result.answers[:1]), file=out, flush=True)


def print_answers(answers: "Sequence[Answer]", name: str, as_json: bool) -> None:
    """The answers to a single input, which JSON calls by its ``name``."""
    if as_json:
        print(to_json({"input": name, "predictions": _predictions(answers)}, "the answer"), flush=True)
    else:
        print("\n".join(f"{answer.score:7.2%}  {answer[0]}" for answer in answers), flush=True)


def _predictions(answers: "Sequence[Answer]") -> list[dict[str, Any]]:
    return [answer._asdict() | {"score": round(answer.score, 8)} for answer in answers]


def is_json(path: str, as_json: bool) -> bool:
    """Whether a file gets JSON lines: where asked for, or by its name."""
    return as_json or Path(path).suffix.lower() in _JSON


def is_table(path: str, as_json: bool) -> bool:
    """Whether a file gets a table with commas or tabs, by its name."""
    return not as_json and Path(path).suffix.lower() in _TABLES


def write_answers(path: str, results: Iterable[Answered], n: int, as_json: bool, column: str = "predicted") -> None:
    """Write JSON lines, where asked for or by the name, or else a table, with tabs for .tsv; whole or not at all."""
    if is_json(path, as_json):
        write_file(path, lambda out: write_json(results, out))
    else:
        separator = "\t" if Path(path).suffix.lower() in _TABS else ","
        write_file(path, lambda out: write_table(results, out, n, separator, column))


def write_file(path: str, write: Callable[[TextIO], None]) -> None:
    """Write a text file, whole or not at all, and say so."""

    def encoded(stream: BinaryIO) -> None:
        out = io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline="")
        write(out)
        out.flush()
        out.detach()

    replace_file(path, encoded)
    print(f"{path}: {Path(path).stat().st_size:,} bytes", file=sys.stderr)
