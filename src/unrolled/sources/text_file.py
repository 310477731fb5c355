"""One text file, read line by line: its encoding is checked, and errors name the line."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Self

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.storage.marks import by_mark

__all__ = ["TextFile", "check_encoding"]

_ADVISED = ("utf-8", "cp1252", "latin-1")  # encodings, the likelier first
_SNIFFED = 1 << 16  # bytes looked at to tell text from binary
_ESCAPED, _FOREIGN = re.compile("[\udc80-\udcff]"), re.compile("[^\0-\x7f]")
_CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\r\v\f\x1b")


def check_encoding(encoding: str) -> None:
    """Raise InputError for a name that is no encoding of text."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding)
    except (LookupError, ValueError):
        raise InputError(f"unknown encoding {encoding!r}; try utf-8, latin-1, cp1252 or utf-16") from None


@dataclass(frozen=True)
class TextFile:
    """A text file, the name it has in messages, and whether it is `packed` with gzip; or its ``content`` in memory."""

    path: Path
    name: str
    packed: bool
    content: bytes | None = None

    @classmethod
    def at(cls, path: Path) -> Self:
        """The file at a path, packed where its suffix is .gz."""
        return cls(path, str(path), path.suffix.lower() == ".gz")

    @classmethod
    def in_memory(cls, text: str, name: str) -> Self:
        """A text as if it were a file."""
        return cls(Path(name), name, False, text.encode())

    def lines(self, encoding: str) -> Iterator[str]:
        """The lines, with the line ends of any system; a byte order mark is followed where the encoding is utf-8.

        Raises InputError for a file that cannot be read, is binary, is a damaged gzip file, or holds bytes that are
        invalid in the encoding, and names their line.
        """
        try:
            with self._open() as raw:
                head = raw.read(_SNIFFED)
                raw.seek(0)
                encoding = by_mark(head, encoding)
                self._refuse_binary(head.decode(encoding, "replace"))
                with io.TextIOWrapper(raw, encoding) as text:
                    for number, line in enumerate(text, 1):
                        if "\0" in line:
                            raise InputError(f"{self.name}:{number}: a NUL byte; this is a binary file, expected text")
                        yield line.lstrip("\ufeff")  # a mark stands within files that were joined
        except UnicodeDecodeError:
            raise self._locate(encoding) from None
        except UnicodeError as error:
            raise InputError(f"{self.name}: not valid {encoding}: {error}") from None
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(f"{self.name}: the gzip file is damaged or cut off: {error}") from None
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read: {error.strerror}") from None

    def guessed(self, encoding: str, tell: bool = True) -> str:
        """``encoding``; but where that is utf-8 and few of the bytes are, cp1252 or latin-1, which is told."""
        if codecs.lookup(encoding).name != "utf-8":
            return encoding
        try:
            with self._open() as raw:
                head = raw.read(_SNIFFED)
                if by_mark(head) != "utf-8" or b"\0" in head:
                    return encoding
            right, wrong = self._census()
            if not wrong or right > wrong:
                return encoding
            other = "cp1252" if self._is_valid("cp1252") else "latin-1"
        except (EOFError, zlib.error, OSError):
            return encoding  # `lines` says why
        if tell:
            remark(f"{self.name}: not valid utf-8, so read as {other}; encoding names another", "encoding")
        return other

    def _open(self) -> gzip.GzipFile | BufferedReader | io.BytesIO:
        if self.content is not None:
            return io.BytesIO(self.content)
        return gzip.open(self.path) if self.packed else self.path.open("rb")

    def _refuse_binary(self, head: str) -> None:
        controls = sum(map(_CONTROLS.__contains__, head))
        if "\0" in head or controls * 20 > len(head):
            hint = "" if self.path.suffix != "" and self.packed else ", or a .gz file of text"
            raise InputError(f"{self.name}: this is a binary file, expected text{hint}")

    def _census(self) -> tuple[int, int]:
        """The number of characters outside ASCII, and of bytes that are not valid utf-8."""
        decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        right = wrong = 0
        with self._open() as raw:
            chunk = b"..."
            while chunk:
                chunk = raw.read(_SNIFFED)
                text = decode(chunk, not chunk)
                if not text.isascii():
                    bad = len(_ESCAPED.findall(text))
                    right, wrong = right + len(_FOREIGN.findall(text)) - bad, wrong + bad
        return right, wrong

    def _is_valid(self, encoding: str) -> bool:
        decode = codecs.getincrementaldecoder(encoding)().decode
        try:
            with self._open() as raw:
                while chunk := raw.read(_SNIFFED):
                    decode(chunk)
                decode(b"", True)
        except UnicodeError:
            return False
        return True

    def _advice(self, encoding: str) -> str:
        """What to do about bytes that are invalid in this encoding."""
        right, wrong = self._census()
        if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
            return 'the file is damaged there, or in another encoding: name it as encoding="NAME"'
        if encoding.startswith("utf-8") and right > wrong:
            return f"the rest of the file is {encoding}: mend that line"
        other = next(name for name in _ADVISED if self._is_valid(name))
        return f'name the encoding, e.g. encoding="{other}"'

    def _locate(self, encoding: str) -> InputError:
        """The error that names the first invalid byte; reads the file a second time to find it."""
        decode = codecs.getincrementaldecoder(encoding)().decode
        newlines = io.IncrementalNewlineDecoder(None, True)
        line, column = 1, 1
        with self._open() as raw:
            while True:
                chunk = raw.read(_SNIFFED)
                try:
                    text, wrong = decode(chunk, not chunk), None
                except UnicodeDecodeError as error:
                    text = error.object[: error.start].decode(error.encoding, "replace")
                    wrong = error.object[error.start]
                text = newlines.decode(text)
                line += text.count("\n")
                column = len(text) - text.rfind("\n") if "\n" in text else column + len(text)
                if wrong is not None or not chunk:
                    byte = "a byte" if wrong is None else f"byte 0x{wrong:02x}"
                    what = f"{byte} at column {column} is not valid {encoding}"
                    advised = (f'encoding="{name}"' for name in ("NAME", *_ADVISED))
                    return InputError(f"{self.name}:{line}: {what}; {self._advice(encoding)}", *advised)
