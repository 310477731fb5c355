"""What `predict` does with a model that writes a text to each input, and its options for it."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from unrolled.commands.lines import always, several
from unrolled.commands.places import Place
from unrolled.settings import Layout, Search, check, option

if TYPE_CHECKING:
    from unrolled.commands.batches import Answered
    from unrolled.inference.translations import Translation
    from unrolled.tasks.base import Learnt
    from unrolled.tasks.pairs import PairTask

__all__ = ["Constraints", "predict"]


@dataclass(frozen=True)
class Constraints:
    """What each answer is made to hold."""

    glossary: str | None = option(None, "a table of terms, and what each must come out as", metavar="FILE")
    prefix: str | None = option(None, "how each answer must begin", metavar="TEXT")


class _Asked:
    """A model, with the search that it is to make and what its answers must hold; a blank input has no answers."""

    def __init__(self, task: "PairTask[Learnt, Any]", search: Search, constraints: Constraints) -> None:
        check(search)
        self._task, self._search, self._prefix = task, search, constraints.prefix
        self._glossary = None
        if constraints.glossary is not None:
            from unrolled.sources.pairs import read_glossary

            self._glossary = read_glossary(Path(constraints.glossary))

    def predict_many(self, inputs: Sequence[Any], n: int) -> "list[list[Translation]]":
        some = [raw for raw in inputs if not _is_blank(raw)]
        found = iter(self._answers(some, n) if some else [])
        return [[] if _is_blank(raw) else next(found) for raw in inputs]

    def _answers(self, inputs: Sequence[Any], n: int) -> "list[list[Translation]]":
        if self._prefix is None:
            return self._task.predict_many(inputs, n, self._search, self._glossary)
        prefixes = [self._task.prefix_ids(raw, self._prefix, self._glossary) for raw in inputs]
        found = self._task.align(inputs, self._search, self._glossary, prefixes)
        return [[aligned.translation for aligned in answers] for answers in found]

    def remark(self, raw: Any) -> str:
        return "" if _is_blank(raw) else self._task.remark(raw)


def _is_blank(raw: Any) -> bool:
    return isinstance(raw, str) and not raw.strip()


def predict(
    task: "PairTask[Learnt, Any]", text: str, search: Search, constraints: Constraints, layout: Layout, place: Place
) -> None:
    """Answer one input, each line of several, each row of a table, or all sentences of a document.

    Where inputs are files, such as pictures, a path needs no @.
    """
    from unrolled.commands import batches
    from unrolled.sources.rows import Row

    asked, n = _Asked(task, search, constraints), search.n_best
    if task.media_types and text != "-" and not text.startswith("@"):
        text = f"@{text}"
    inputs = several(task, text, place.lines, layout)
    item: Any = text
    if inputs is None and text.startswith("@"):
        item = task.read_input(Path(text[1:]), layout.encoding)
        if item is None:
            from unrolled.commands.documents import translate

            translate(asked, text[1:], n, layout.encoding, place)
            return
    if inputs is None and place.output is None:
        _single(asked, item, text, n, place.as_json)
        return
    rows, arrived = inputs or (iter([Row(item, text)]), always)
    bad, stopped = list[str](), list[int]()
    results = batches.said(batches.until_stopped(batches.answered(asked, rows, n, arrived=arrived), stopped), bad)
    table = inputs is not None and text.startswith("@") and not place.lines
    _show(results, n, place, task.answer_column, table)
    if stopped:
        print(f"stopped after {stopped[0]:,} inputs; their answers are kept", file=sys.stderr)
        raise typer.Exit(130)
    if bad:
        raise typer.Exit(2)


def _show(results: "Iterable[Answered]", n: int, place: Place, column: str, table: bool) -> None:
    """Print or write answers: texts alone, where one to each input is asked for and a file's name says nothing else."""
    from unrolled.commands import batches

    if place.output is None and place.as_json:
        batches.write_json(results, sys.stdout)
    elif place.output is None and table:
        batches.write_table(results, sys.stdout, n, column=column)
    elif place.output is None:
        (batches.write_lines if n == 1 else batches.write_plain)(results, sys.stdout)
    elif batches.is_json(place.output, place.as_json) or batches.is_table(place.output, place.as_json):
        batches.write_answers(place.output, results, n, place.as_json, column)
    else:
        write = batches.write_lines if n == 1 else batches.write_plain
        batches.write_file(place.output, lambda out: write(results, out))


def _single(asked: _Asked, item: Any, text: str, n: int, as_json: bool) -> None:
    """Print the answers to one input: the text alone, where one is asked for, so that another program may read it."""
    from unrolled.commands import batches

    answers = asked.predict_many([item], n)[0]
    if remark := asked.remark(item):
        print(remark, file=sys.stderr, flush=True)
    if n == 1 and not as_json:
        print(*(answer.text for answer in answers), flush=True)
    else:
        batches.print_answers(answers, text, as_json)
