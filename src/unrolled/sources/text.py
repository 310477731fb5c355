"""Text from files, folders, standard input and samples, a paragraph at a time."""

import os
import shutil
import stat
import sys
import tempfile
import unicodedata
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.chats import CHATS, Chat, chat_in, people
from unrolled.sources.folder import counted, walk
from unrolled.sources.line_starts import common_start
from unrolled.sources.samples import Sample
from unrolled.sources.text_file import TextFile, check_encoding
from unrolled.sources.texts_in_memory import TextsInMemory
from unrolled.text.spacing import join_lines

__all__ = ["SUFFIXES", "Paragraphs", "read_paragraphs"]

_LONGEST = 1 << 24  # characters of a paragraph, so that a text without blank lines is not in memory as a whole
SUFFIXES = tuple(suffix + packed for suffix in (".txt", ".md", ".text") for packed in ("", ".gz"))


def read_paragraphs(
    sources: str | Path | TextsInMemory | Sequence[str | Path],
    lines: bool = False,
    encoding: str = "utf-8",
    author: str | None = None,
    only_chats: bool = True,
) -> "Paragraphs":
    """The paragraphs of one or several sources, in order, each read when it is asked for.

    A source is a text file, one packed with gzip (`.gz`), a folder (its .txt, .md and .text files and those packed, at
    any depth, sorted, without hidden ones), `-` for standard input, or `sample:NAME[:PART]`. A blank line ends a
    paragraph; its lines are joined by spaces, and one of more than 16 million characters is cut after a line. With
    `lines` each line that is not blank is a paragraph. A byte order mark is followed where the encoding is utf-8.

    Of the export of a chat (see `CHATS`) each message is a paragraph, without dates and names; with ``author`` those
    of this person alone, and text of other kinds is refused, unless ``only_chats`` is False. The files that were read,
    who writes in a chat, and that most lines of a text begin alike, is told as remarks.

    Raises InputError, naming file and line, for whatever cannot be read, and for an author who is in no chat.
    """
    named = [sources] if isinstance(sources, str | Path | TextsInMemory) else sources
    return Paragraphs(named, lines, encoding, author, only_chats)


class Paragraphs:
    """Paragraphs that can be iterated more than once; for that, standard input is kept in a temporary file."""

    def __init__(
        self,
        sources: Iterable[str | Path | TextsInMemory],
        lines: bool,
        encoding: str,
        author: str | None,
        only_chats: bool,
    ) -> None:
        check_encoding(encoding)
        self._lines, self._encoding = lines, encoding
        self._author, self._only_chats = author, only_chats
        self._chats: dict[TextFile, Chat | None] = {}
        self._told = False
        self._sources = [(_shown(source), self._parts(source)) for source in sources]
        if not self._sources:
            raise InputError("no source of text given; name a file, a folder or - for standard input")
        files = [part.name for _, parts in self._sources for part in parts if isinstance(part, TextFile)]
        if len(files) > 1:
            remark(f"reads {counted(files, 'file')}")

    def __iter__(self) -> Iterator[str]:
        writers = Counter[str]()
        for name, parts in self._sources:
            empty = True
            for part in parts:
                for paragraph in part.paragraphs() if isinstance(part, Sample) else self._read(part, writers):
                    empty = False
                    yield paragraph
            if empty and self._author is None:
                raise InputError(f"{name}: no text in it, only white space or nothing at all")
        if self._author is not None and self._only_chats and not any(map(self._is_author, writers)):
            named = ", ".join(name for name, _ in self._sources)
            raise InputError(
                f"nobody called {self._author!r} writes in {named}; expected one of {people(writers)}", "author"
            )
        if writers and not self._told:
            kept = f"{self._author} is learnt" if self._author else 'all is learnt; author="NAME" keeps one\'s own'
            remark(f"messages of a chat, without dates and names: {people(writers)}; {kept}", 'author="NAME"')
        self._told = True

    def _read(self, file: TextFile | TextsInMemory, writers: "Counter[str]") -> Iterator[str]:
        chat, name = (self._chat(file), file.name) if isinstance(file, TextFile) else (None, str(file))
        if chat is not None:
            for message in chat.messages():
                writers[message.author] += 1
                if self._author is None or self._is_author(message.author):
                    said = filter(None, map(str.strip, message.text.splitlines()))
                    yield from said if self._lines else [" ".join(said)]
            return
        if self._author is not None and self._only_chats:
            raise InputError(f"{name}: no chat in it, so it has no author; expected an export of {CHATS}", "author")
        if not self._told and (start := common_start(file.lines(self._encoding))):
            what = f"most lines begin as in {start[:40]!r}, and the model would learn that, too"
            remark(f"{name}: {what}; take it out of the text where it should not")
        stripped = map(str.strip, file.lines(self._encoding))
        yield from filter(None, stripped) if self._lines else _joined(stripped)

    def _chat(self, file: TextFile) -> Chat | None:
        if file not in self._chats:
            self._chats[file] = chat_in(file, self._encoding)
        return self._chats[file]

    def _is_author(self, name: str) -> bool:
        return self._author is not None and _same_name(name) == _same_name(self._author)

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
            yield join_lines(paragraph)
            paragraph, held = [], 0
    if paragraph:
        yield join_lines(paragraph)


def _same_name(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip().casefold())


def _text_files(folder: Path) -> list[TextFile]:
    files = [
        TextFile.at(Path(entry.path))
        for entry in walk(folder)
        if entry.name.lower().endswith(SUFFIXES) and (entry.is_file() or entry.is_symlink())
    ]
    if not files:
        raise InputError(f"{folder}: no text file in this folder; expected names ending in {', '.join(SUFFIXES)}")
    return files
