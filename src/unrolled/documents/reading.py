"""Documents read from files, by the suffix of the name."""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from unrolled.documents.base import Document
from unrolled.documents.messages import messages
from unrolled.documents.page import page
from unrolled.documents.plain import plain_text
from unrolled.documents.subtitles import subtitles
from unrolled.errors import InputError
from unrolled.sources.text_file import TextFile, check_encoding
from unrolled.storage.marks import by_mark

__all__ = ["FORMATS", "document_of", "read_document"]

Reader = Callable[[str, str, str], Document]
"""A text, the language of its sentences and the name for messages → the document."""

FORMATS: Mapping[str, Reader] = {
    ".txt": plain_text,
    ".text": plain_text,
    ".md": plain_text,
    ".srt": subtitles,
    ".po": messages,
    ".pot": messages,
    ".html": page,
    ".htm": page,
    ".xhtml": page,
}
_DECLARED = {suffix: re.compile(rb"charset\s*=\s*[\"']?([\w.:-]+)") for suffix in FORMATS if suffix[1] in "hpx"}
"""How files of some formats say their own encoding."""
LARGEST = 64 << 20
"""Bytes of a document, which is read as a whole."""


def read_document(path: str | Path, language: str = "en", encoding: str = "utf-8") -> Document:
    """The document in a file, of the format that its suffix names.

    ``language`` is that of its sentences, such as "en". Raises InputError, naming file and line, for one that cannot
    be read or is damaged, MissingExtra where a library is missing.
    """
    path = Path(path)
    format_of(path.name)
    check_encoding(encoding)
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if content is None:
        raise InputError(
            f"{path}: larger than {LARGEST >> 20} MB, the most that a document may have; cut it into several"
        )
    file = TextFile(path, str(path), packed=False)
    encoding = file.guessed(_declared(content, path.suffix.lower(), encoding))
    for _ in file.lines(encoding):
        pass  # binary files and bytes that are invalid are located
    encoding = by_mark(content, encoding)
    return replace(document_of(content.decode(encoding), path.suffix, language, str(path)), encoding=encoding)


def _declared(content: bytes, suffix: str, encoding: str) -> str:
    """The encoding that a page or a catalogue names at its beginning, where the one asked for is utf-8."""
    found = _DECLARED[suffix].search(content[:4096]) if suffix in _DECLARED else None
    try:
        named = codecs.lookup(found[1].decode("ascii", "replace")).name if found else encoding
        check_encoding(named)
    except (LookupError, InputError):
        return encoding
    return named if codecs.lookup(encoding).name == "utf-8" and by_mark(content) == "utf-8" else encoding


def document_of(text: str, suffix: str = ".txt", language: str = "en", name: str = "the text") -> Document:
    """A text that is in memory already as a document."""
    return format_of(suffix)(text, language, name)


def format_of(name: str) -> Reader:
    """The reader for a file's name or suffix; InputError for one that is not read."""
    suffix = Path(name if Path(name).suffix else f"x{name}").suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"{name}: a document of another kind; expected one of {', '.join(FORMATS)}")
    return FORMATS[suffix]
