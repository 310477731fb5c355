"""Pairs of a source and a target, both texts: from files, from collections in memory, or from samples."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from unrolled.data.examples import Examples
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.message_catalogues import read_messages
from unrolled.sources.packages import is_packages, read_packages
from unrolled.sources.pair_files import SIDES, TERMS, Pair, are_parallel, read_pair_table, read_parallel
from unrolled.sources.pairs_in_memory import are_paths, pairs_in_memory
from unrolled.sources.pronunciation import read_pronunciations
from unrolled.sources.tables import TABLES

__all__ = ["PAIRS", "SUMMARIES", "folded", "read_glossary", "read_pairs"]

PAIRS = (
    "Two parallel files, first the sources, then the targets, line by line (.gz, too), or a table with a column for "
    f"each ({', '.join(TABLES)}), which needs no headings; sample:pronunciation, sample:packages, sample:messages:LANG."
)
"""What `read_pairs` takes, for people."""
SUMMARIES = (
    "A table with a column of documents and one of their summaries, such as body and subject, text and summary "
    f"({', '.join(TABLES)}, .gz, too); sample:packages."
)
"""What `read_pairs` takes of documents and summaries, for people."""

_FEWEST = 2
_NO_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, halves of characters


def read_pairs(
    data: Any,
    columns: Sequence[str] | None = None,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    sides: tuple[str, str] = SIDES,
) -> Examples:
    """Examples of kind "pairs": sources, and targets that are texts; equal sources are one group.

    ``data`` is a table or several, two parallel files (two paths of which neither is a table by its suffix),
    "sample:NAME", tuples (source, target), two collections (sources, targets), or a frame of pandas or polars. Of a
    table or a frame ``columns`` names source and target; without them it has these two alone, or two that are usually
    called as ``sides`` are. Pairs of two blank texts
    are passed over, and control characters become spaces, which is said.

    Raises InputError, naming file and line, for whatever cannot be read, a pair of which one side is empty, parallel
    files with differing numbers of lines, and fewer than two pairs.
    """
    if isinstance(data, Examples):
        data.check_kind("pairs", "sources and targets")
        return data
    if _is_sample(data) and is_packages(str(data)):
        return read_packages(str(data))  # its groups are known
    pairs = list(_whole(_pairs(data, columns, encoding, delimiter, sides), sides))
    if len(pairs) < _FEWEST:
        name = f"{_shown(data)}: " if are_paths(data) else ""
        raise InputError(f"{name}{len(pairs)} pair{'s' * (len(pairs) != 1)} of texts; expected at least {_FEWEST}")
    sources, targets, where = (list(column) for column in zip(*pairs, strict=True))
    return Examples("pairs", sources, targets, where, [folded(source) for source in sources])


def read_glossary(path: str | Path, encoding: str = "utf-8", delimiter: str | None = None) -> dict[str, str]:
    """Terms and what each must come out as, from a table with two columns, read as that of `read_pairs`.

    Raises InputError, naming file and line, for an empty term or translation, and for a term that has two; letters'
    case makes no difference.
    """
    rows = read_pair_table(Path(path), None, encoding, delimiter, TERMS)
    glossary, first = dict[str, str](), dict[str, tuple[str, str]]()
    for term, translation, where in _whole(rows, TERMS):
        before, place = first.setdefault(folded(term), (translation, where))
        if before != translation:
            raise InputError(
                f"{where}: {term!r} is {translation!r}, but {before!r} in {place}; expected one translation of a term"
            )
        glossary.setdefault(term, translation)
    if not glossary:
        raise InputError(f"{path}: no terms in it; expected in each row a term and its translation")
    return glossary


def folded(text: str) -> str:
    """A text without what makes no difference to a source: letters' case, the form of accents, numbers of blanks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _pairs(
    data: Any, columns: Sequence[str] | None, encoding: str, delimiter: str | None, sides: Sequence[str]
) -> Iterator[Pair]:
    """The pairs as they stand."""
    if not are_paths(data):
        yield from pairs_in_memory(data, columns)
        return
    named = [data] if isinstance(data, str | Path) else list(data)
    paths = [Path(one) for one in named]
    if are_parallel(paths) and not any(map(_is_sample, named)):
        if columns is not None:
            raise InputError("columns of two parallel files; expected those of a table", "columns")
        yield from read_parallel(paths[0], paths[1], encoding)
        return
    for one, path in zip(named, paths, strict=True):
        yield from _sample(str(one)) if _is_sample(one) else read_pair_table(path, columns, encoding, delimiter, sides)


def _whole(pairs: Iterable[Pair], names: tuple[str, str] = ("source", "target")) -> Iterator[Pair]:
    """The pairs that have two texts, without blanks around them and control characters; InputError for half a pair."""
    cleaned = list[str]()
    for source, target, where in pairs:
        sides = source.strip(), target.strip()
        if any(map(_NO_TEXT.search, sides)):
            sides = _NO_TEXT.sub(" ", source).strip(), _NO_TEXT.sub(" ", target).strip()
            cleaned.append(where)
        empty = [side for side, text in zip(names, sides, strict=True) if _is_blank(text)]
        if len(empty) == 1:
            raise InputError(f"{where}: the {empty[0]} is empty; expected a text, or a pair left out as a whole")
        if not empty:
            yield *sides, where
    if cleaned:
        more = f" and {len(cleaned) - 1:,} more" if len(cleaned) > 1 else ""
        remark(f"{cleaned[0]}{more}: control characters in the text, which became spaces")


def _is_blank(text: str) -> bool:
    """Whether a text has no character to be seen."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def _shown(data: Any) -> str:
    return str(data) if isinstance(data, str | Path) else ", ".join(map(str, data))


# Samples --------------------------------------------------------------------------------------------------------------


def _is_sample(data: Any) -> bool:
    return isinstance(data, str | Path) and str(data).startswith("sample:")  # a path, as the command line gives it


def _sample(name: str) -> Iterator[Pair]:
    kind, *rest = name.split(":")[1:]
    if kind == "pronunciation" and (not rest or rest in (["train"], ["test"])):
        return read_pronunciations("".join(rest) or "train")
    if kind == "messages" and len(rest) < 2:
        return read_messages("".join(rest))
    if is_packages(name):
        packages = read_packages(name)
        return zip(packages.inputs, packages.targets, packages.where, strict=True)
    known = (
        "sample:pronunciation, sample:packages, a part of these as in sample:packages:test, or sample:messages:LANG, "
        "as in sample:messages:de"
    )
    raise InputError(f"unknown sample {name!r}; choose {known}")
