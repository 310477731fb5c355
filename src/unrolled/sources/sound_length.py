"""How many bytes of sound a recording says that it has and lacks: libsndfile reads what is there and says nothing."""

import struct
from typing import NamedTuple

__all__ = ["missing_bytes"]

_UNKNOWN = 0x7FFF0000  # bytes; programs that write to a pipe put such a size, or a larger one, where they know none


class _Chunks(NamedTuple):
    """A container: the form of a chunk's name and size, where the first chunk is, the chunk of sound, and what chunks
    are padded to. In some the size counts name and size, too."""

    form: str
    first: int
    sound: bytes
    padded: int = 2
    counted: int = 0


_CHUNKS = {
    b"RIFF": _Chunks("<4sI", 12, b"data"),
    b"RIFX": _Chunks(">4sI", 12, b"data"),
    b"RF64": _Chunks("<4sI", 12, b"data"),
    b"FORM": _Chunks(">4sI", 12, b"SSND"),
    b"caff": _Chunks(">4sQ", 8, b"data", 1),
    b"riff": _Chunks("<4s12xQ", 40, b"data", 8, 24),
}


def missing_bytes(content: bytes) -> int:
    """The bytes of sound that are missing at the end of a file; 0 where none are, or where it does not say how many."""
    kind = content[:4]
    if kind in _CHUNKS:
        return _of_chunks(content, _CHUNKS[kind])
    if kind in (b".snd", b"dns.") and len(content) >= 12:
        start, size = struct.unpack_from(">II" if kind == b".snd" else "<II", content, 4)
        return _missing(start + size, size, content)
    if kind == b"OggS":
        return _of_pages(content)
    return 0


def _of_chunks(content: bytes, chunks: _Chunks) -> int:
    at, long_size = chunks.first, 0
    head = struct.calcsize(chunks.form)
    while at + head <= len(content):
        name, size = struct.unpack_from(chunks.form, content, at)
        if name == b"ds64" and len(content) >= at + 24:  # of RF64: the size of the sound, in 64 bits
            long_size = struct.unpack_from("<Q", content, at + 16)[0]
        if name == chunks.sound:
            size = long_size or size
            return _missing(at + head + size - chunks.counted, size, content)
        at += head + max(size - chunks.counted, 0)
        at += -at % chunks.padded
    return 0


def _of_pages(content: bytes) -> int:
    """Of OGG: what the last page lacks."""
    at = content.rfind(b"OggS")
    sizes = content[at + 27 : at + 27 + content[at + 26]] if len(content) > at + 26 else b""
    return max(at + 27 + len(sizes) + sum(sizes) - len(content), 0)


def _missing(end: int, size: int, content: bytes) -> int:
    return max(end - len(content), 0) if size < _UNKNOWN else 0
