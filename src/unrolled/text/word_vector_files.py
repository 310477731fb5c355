"""Read and write files of word vectors: word2vec text and binary, GloVe text, each plain or packed with gzip.

    word2vec text     "V E", then a line a word: the word and its E numbers, separated by spaces
    word2vec binary   "V E", then for each word its text, a space, E little-endian float32, mostly a line break
    GloVe             the lines of word2vec text without the first one

Memory is never allocated for the number of vectors that a header claims: it grows with what is really read.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, FileIO
from itertools import chain, islice, repeat
from pathlib import Path
from typing import BinaryIO, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.files import replace_file
from unrolled.text.binary_vectors import Blocks, is_binary, read_records

__all__ = ["Format", "format_of", "is_vectors_file", "read_vectors", "vectors_width", "write_vectors"]

Format = Literal["text", "binary", "glove"]

_FORMATS: dict[str, Format] = {".txt": "text", ".vec": "text", ".bin": "binary", ".glove": "glove"}
_HEADER = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,9})\s*")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LARGEST = float(np.finfo(np.float32).max)
_WIDEST = 65_536
_LONGEST_LINE = 1 << 22
_BLOCK = 1 << 18  # numbers turned into float32 at a time
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_vectors(path: str | Path) -> tuple[list[str], NDArray[np.float32]]:
    """The V words of a file and their vectors (V, E); the format is recognised by the content.

    Raises InputError, which names the line or the record, for any other file: lines of different widths, what is no
    finite number, a word that comes twice or is not UTF-8, a file that is cut off, empty, or not what its header says.
    """
    with _opened(path) as stream:
        first = stream.readline(_LONGEST_LINE)
        if header := _HEADER.fullmatch(first):
            count, width = int(header[1]), int(header[2])
            _check_header(path, count, width)
            if is_binary(stream, width, _LONGEST_LINE):
                return _gather(read_records(stream, width, path), width, count, lambda row: f"{path}: record {row + 1}")
            lines, before = _lines(stream, path), 1
        else:
            count, width, before = None, _trailing_numbers(first), 0
            if not width:
                raise InputError(f"{path}:1: is {_shown(first)}; expected a word and its numbers, or a header V E")
            lines = chain([first], _lines(stream, path))
        where = partial(_line, path, before)
        return _gather(_text(lines, width, where), width, count, where)


def vectors_width(path: str | Path) -> int:
    """The length of the vectors of a file by its first line; InputError where that is not of word vectors."""
    with _opened(path) as stream:
        first = stream.readline(_LONGEST_LINE)
    header = _HEADER.fullmatch(first)
    width = int(header[2]) if header else _trailing_numbers(first)
    if not 1 <= width <= _WIDEST:
        raise InputError(f"{path}:1: is {_shown(first)}; expected a word and its numbers, or a header V E")
    return width


def is_vectors_file(path: str | Path) -> bool:
    """Whether a file begins like word vectors: a header and a record that fits it, or a word and its numbers."""
    with _opened(path) as stream:
        first = stream.readline(_LONGEST_LINE)
        if header := _HEADER.fullmatch(first):
            width = int(header[2])
            fits = _trailing_numbers(stream.peek(_LONGEST_LINE).partition(b"\n")[0]) == width
            return 0 < width <= _WIDEST and (fits or is_binary(stream, width, _LONGEST_LINE))
        return _trailing_numbers(first) >= max(2, len(first.split()) - 1) and b"." in first


def write_vectors(
    path: str | Path, tokens: list[str], vectors: NDArray[np.float32], kind: Format | None = None
) -> None:
    """Write vectors (V, E) to a file, all or nothing; text formats keep each number exactly.

    Without ``kind`` the name's ending says the format: .txt and .vec word2vec text, .bin word2vec binary, .glove GloVe,
    packed where .gz follows. White space in a word is written as "_", since it separates fields in these formats.
    Raises InputError for another ending, or where two words would be written alike.
    """
    kind = kind or format_of(path)
    if kind not in get_args(Format):
        raise InputError(f"format is {kind!r}; expected one of {', '.join(get_args(Format))}")
    names = [re.sub(r"\s", "_", token).encode(errors="replace") for token in tokens]
    (often, times), *_ = Counter(names).most_common(1)
    if times > 1:
        raise InputError(f"cannot write {path}: {times} words would all be written {often.decode()!r}")

    def write(stream: BinaryIO) -> None:
        if kind != "glove":
            stream.write(b"%d %d\n" % vectors.shape)
        form = " ".join(["%.9g"] * vectors.shape[1])
        for name, row in zip(names, vectors, strict=True):
            content = row.astype("<f4").tobytes() if kind == "binary" else (form % tuple(row.tolist())).encode()
            stream.write(b"%b %b\n" % (name, content))

    def packed(stream: BinaryIO) -> None:
        with gzip.GzipFile("", "wb", 6, stream, 0) as inner:
            write(cast(BinaryIO, inner))

    replace_file(path, packed if Path(path).suffix == ".gz" else write)


def format_of(path: str | Path) -> Format:
    """The format that the ending of a file's name stands for; InputError for an unknown ending."""
    name = Path(path)
    ending = (name.with_suffix("") if name.suffix == ".gz" else name).suffix
    if ending not in _FORMATS:
        raise InputError(f"{path}: expected a name that ends in {', '.join(_FORMATS)}, or one of these and .gz")
    return _FORMATS[ending]


@contextmanager
def _opened(path: str | Path) -> Iterator[BufferedReader]:
    """The unpacked bytes of a file, without a byte order mark; InputError where it cannot be read."""
    try:
        raw: BufferedReader = BufferedReader(FileIO(path), _LONGEST_LINE)
        with raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            stream: BufferedReader = BufferedReader(gzip.GzipFile(fileobj=raw), _LONGEST_LINE) if packed else raw
            beginning = stream.peek(3)[:3]
            if beginning[:2] in _WIDE_MARKS:
                raise InputError(f"{path}: its text is UTF-16; expected UTF-8: save it so")
            if beginning == _BYTE_ORDER_MARK:
                stream.read(3)
            yield stream
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: the gzip file is damaged or cut off: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a file of word vectors") from None


def _check_header(path: str | Path, count: int, width: int) -> None:
    if count < 1 or not 1 <= width <= _WIDEST:
        raise InputError(
            f"{path}:1: the header says {count} vectors of {width} numbers; expected at least 1, of 1 to {_WIDEST}"
        )


def _trailing_numbers(line: bytes) -> int:
    """How many numbers end a line, after at least one word."""
    fields = line.split()[:0:-1]
    return next((count for count, field in enumerate(fields) if not _is_number(field)), len(fields))


def _is_number(field: bytes) -> bool:
    return _NUMBER.fullmatch(field) is not None and abs(float(field)) <= _LARGEST


def _line(path: str | Path, before: int, row: int) -> str:
    return f"{path}:{row + 1 + before}"


def _shown(line: bytes) -> str:
    return repr(line[:60].decode(errors="replace").rstrip()) if line.strip() else "empty"


def _lines(stream: BufferedReader, path: str | Path) -> Iterator[bytes]:
    """The lines; blank ones at the end of the file are left out."""
    blank = 0
    while line := stream.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise InputError(f"{path}: a line of more than {_LONGEST_LINE:,} bytes; expected a word and its numbers")
        if line.isspace():
            blank += 1
            continue
        yield from repeat(b"", blank)
        blank = 0
        yield line


def _text(lines: Iterator[bytes], width: int, where: Callable[[int], str]) -> Blocks:
    """Words and vectors (n, E) of many lines at a time: numpy reads the numbers of a block in one call."""
    row = 0
    while block := list(islice(lines, max(_BLOCK // width, 1))):
        parts = [_cut(line, width, where, row + i) for i, line in enumerate(block)]
        text = b" ".join(numbers for _, numbers in parts)
        try:
            values = np.fromstring(text, np.float32, sep=" ")
        except (ValueError, DeprecationWarning):  # a part that is no number, where warnings are errors
            values = np.empty(0, np.float32)
        if values.size != len(block) * width or not np.isfinite(values).all():
            wrong = ((i, field) for i, (_, numbers) in enumerate(parts) for field in numbers.split(b" "))
            i, field = next((i, field) for i, field in wrong if not _is_number(field))
            raise InputError(f"{where(row + i)}: {_shown(field)} is no finite number of float32")
        yield [word for word, _ in parts], values.reshape(len(block), width)
        row += len(block)


def _cut(line: bytes, width: int, where: Callable[[int], str], row: int) -> tuple[bytes, bytes]:
    """A line's word, which may contain spaces, and its numbers."""
    line = line.rstrip().replace(b"\t", b" ")
    while b"  " in line:
        line = line.replace(b"  ", b" ")
    word, _, numbers = line.partition(b" ")
    if numbers.count(b" ") != width - 1:
        fields = line.split(b" ")
        if len(fields) - 1 < width or (len(fields) - 1 > width and _is_number(fields[-width - 1])):
            raise InputError(
                f"{where(row)}: {_shown(line)} has {len(fields) - 1} numbers; expected {width}, as before"
                if line
                else f"{where(row)}: empty; expected a word and {width} numbers"
            )
        word, numbers = b" ".join(fields[:-width]) if fields[0] else b"", b" ".join(fields[-width:])
    return word, numbers


def _gather(
    blocks: Blocks, width: int, count: int | None, where: Callable[[int], str]
) -> tuple[list[str], NDArray[np.float32]]:
    """All words and vectors, checked; the array grows as blocks come in, and no number is held twice."""
    rows: dict[str, int] = {}
    vectors = np.empty((0, width), np.float32)
    for names, values in blocks:
        for row, name in enumerate(names, len(rows)):
            word = _decoded(name, where(row))
            if (before := rows.setdefault(word, row)) != row:
                raise InputError(
                    f"{where(row)}: the word {word!r:.80} again, as in {where(before)}; expected each once"
                )
        if not (finite := np.isfinite(values).all(-1)).all():
            row = len(rows) - len(values) + int(np.argmin(finite))
            raise InputError(f"{where(row)}: a number that is not finite")
        if count is not None and len(rows) > count:
            raise InputError(f"{where(count)}: more vectors than the {count:,} that the header says")
        if len(rows) > len(vectors):
            vectors.resize((max(len(rows), len(vectors) * 3 // 2), width), refcheck=False)
        vectors[len(rows) - len(values) : len(rows)] = values
    if count is not None and len(rows) < count:
        raise InputError(f"{where(len(rows))}: the file ends; expected the {count:,} vectors that the header says")
    vectors.resize((len(rows), width), refcheck=False)
    return list(rows), vectors


def _decoded(name: bytes, where: str) -> str:
    try:
        word = name.decode()
    except UnicodeDecodeError:
        raise InputError(f"{where}: the word {name[:60]!r} is not valid utf-8") from None
    if not word:
        raise InputError(f"{where}: no word before the numbers")
    return word
