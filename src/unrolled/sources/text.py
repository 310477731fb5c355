"""Text from files, folders, standard input and samples, a paragraph at a time."""

import os
import shutil
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from unrolled.errors import InputError
from unrolled.sources.folder import walk
from unrolled.sources.samples import Sample
from unrolled.sources.text_file import TextFile, check_encoding
from unrolled.sources.texts_in_memory import TextsInMemory

__all__ = ["SUFFIXES", "Paragraphs", "read_paragraphs"]

_LONGEST = 1 << 24  # characters of a paragraph, so that a text without blank lines is not in memory as a whole
SUFFIXES = tuple(suffix + packed for suffix in (".txt", ".md", ".text") for packed in ("", ".gz"))


def read_paragraphs(
    sources: str | Path | TextsInMemory | Sequence[str | Path], lines: bool = False, encoding: str = "utf-8"
) -> "Paragraphs":
    """The paragraphs of one or several sources, in order, each read when it is asked for.

    A source is a text file, one packed with gzip (`.gz`), a folder (its .txt, .md and .text files and those packed, at
    any depth, sorted, without hidden ones), `-` for standard input, or `sample:NAME[:PART]`. A blank line ends a
    paragraph; its lines are joined by spaces, and one of more than 16 million characters is cut after a line. With
    `lines` each line that is not blank is a paragraph. A byte order mark is followed where the encoding is utf-8.
    Raises InputError, naming file and line, for whatever cannot be read.
    """
    return Paragraphs([sources] if isinstance(sources, str | Path | TextsInMemory) else sources, lines, encoding)


class Paragraphs:
    """Paragraphs that can be iterated more than once; for that, standard input is kept in a temporary file."""

    def __init__(self, sources: Iterable[str | Path | TextsInMemory], lines: bool, encoding: str) -> None:
        check_encoding(encoding)
        self._lines, self._encoding = lines, encoding
        self._sources = [(_shown(source), self._parts(source)) for source in sources]
        if not self._sources:
            raise InputError("no source of text given; name a file, a folder or - for standard input")

    def __iter__(self) -> Iterator[str]:
        for name, parts in self._sources:
            empty = True
            for part in parts:
                for paragraph in part.paragraphs() if isinstance(part, Sample) else self._read(part):
                    empty = False
                    yield paragraph
            if empty:
                raise InputError(f"{name}: no text in it, only white space or nothing at all")

    def _read(self, file: TextFile | TextsInMemory) -> Iterator[str]:
        stripped = map(str.strip, file.lines(self._encoding))
        return filter(None, stripped) if self._lines else _joined(stripped)

    def _parts(self, source: str | Path | TextsInMemory) -> Sequence[TextFile | Sample | TextsInMemory]:
        """The files or the sample of a source; InputError, before anything is read, for what is missing."""
        if isinstance(source, TextsInMemory):
            return [source]
        name = str(source)
        if name.startswith("sample:"):
            return [Sample.named(name)]
        if name == "-":
            return [self._kept(sys.stdin.buffer, _shown(name), packed=False)]
        path = Path(source)
        packed = path.suffix.lower() == ".gz"
        try:
            mode = os.stat(source).st_mode
            if stat.S_ISDIR(mode):
                return _text_files(path)
            if stat.S_ISFIFO(mode):  # a pipe, as of a shell's <(command), can be read only once
                with path.open("rb") as pipe:
                    return [self._kept(pipe, name, packed)]
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{name!r}: {reason}; expected a text file or a folder of them") from None
        if not stat.S_ISREG(mode):
            raise InputError(f"{name}: neither a file nor a folder")
        return [TextFile(path, name, packed)]

    def _kept(self, stream: IO[bytes], name: str, packed: bool) -> TextFile:
        """All that a stream holds, in a temporary file that is deleted with this object."""
        number, path = tempfile.mkstemp(prefix="unrolled-")
        weakref.finalize(self, os.unlink, path)
        with os.fdopen(number, "wb") as file:
            shutil.copyfileobj(stream, file)
        return TextFile(Path(path), name, packed)


def _shown(source: str | Path | TextsInMemory) -> str:
    return "standard input" if str(source) == "-" else str(source)


def _joined(lines: Iterable[str]) -> Iterator[str]:
    paragraph: list[str] = []
    held = 0
    for line in lines:
        if line:
            paragraph.append(line)
            held += len(line)
        if paragraph and (not line or held >= _LONGEST):
            yield " ".join(paragraph)
            paragraph, held = [], 0
    if paragraph:
        yield " ".join(paragraph)


def _text_files(folder: Path) -> list[TextFile]:
    files = [
        TextFile.at(Path(entry.path))
        for entry in walk(folder)
        if entry.name.lower().endswith(SUFFIXES) and (entry.is_file() or entry.is_symlink())
    ]
    if not files:
        raise InputError(f"{folder}: no text file in this folder; expected names ending in {', '.join(SUFFIXES)}")
    return files
