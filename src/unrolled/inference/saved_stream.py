"""A stream as bytes, with a checksum; whatever is read is checked first."""

from hashlib import blake2b
from struct import Struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.mixture import CONTEXT
from unrolled.errors import InputError

__all__ = ["SavedStream", "decode_stream", "encode_stream", "saved_size", "stored_type"]

_HEAD = Struct("<16s16sIIII")  # what it is, whose it is; entries of the state, features, the last id, steps read
_KIND = b"unrolled stream2"
_MIXED = b"unrolled stream3"  # the same, and after the features the last ids
_IDS = np.dtype("<i4")  # of CONTEXT of these; -1 where fewer were read
_CHECK = 8  # bytes of the checksum at the end

AnyArray = NDArray[Any]


class SavedStream(NamedTuple):
    """What a stream remembers: its state (S,) and features, or, where the model does not stream, all steps and the
    ``width`` of one; the ``recent`` ids, the last of them last; how many ``steps`` were read."""

    state: AnyArray
    features: AnyArray
    width: int
    recent: tuple[int, ...]
    steps: int


def encode_stream(saved: SavedStream, fingerprint: bytes, mixed: bool) -> bytes:
    """The bytes that `decode_stream` reads; of the recent ids more than the last where the stream is ``mixed``."""
    last = saved.recent[-1] if saved.recent else 0
    kind = _MIXED if mixed else _KIND
    body = _HEAD.pack(kind, fingerprint, saved.state.size, saved.width, last, saved.steps)
    body += _little_endian(saved.state).tobytes() + _little_endian(saved.features).tobytes()
    if mixed:
        body += np.array([*[-1] * (CONTEXT - len(saved.recent)), *saved.recent], _IDS).tobytes()
    return body + blake2b(body, digest_size=_CHECK).digest()


def saved_size(state: int, features: int) -> int:
    """The bytes of the largest saved stream whose state and features have so many."""
    return _HEAD.size + state + features + CONTEXT * _IDS.itemsize + _CHECK


def decode_stream(
    saved: object, longest: int, fingerprint: bytes, like: AnyArray | None, features_like: AnyArray
) -> SavedStream:
    """Read what `encode_stream` wrote for the model of this fingerprint, of at most ``longest`` bytes.

    The state and features are as large, and of the types, as those that they are to be ``like``; None: they are all
    steps. InputError for anything else.
    """
    if not isinstance(saved, bytes | bytearray | memoryview):
        raise InputError(f"the saved stream is {type(saved).__name__}; expected bytes")
    data = bytes(saved) if len(saved) <= longest else b""  # never a copy of what is too long
    if len(data) < _HEAD.size or not data.startswith((_KIND, _MIXED)):
        raise InputError(f"{len(saved)} bytes are no saved stream of this model: expected what Stream.state() gave")
    kind, whose, entries, width, last, steps = _HEAD.unpack_from(data)
    if whose != fingerprint:
        raise InputError("the saved stream belongs to another model; expected one of the model it is restored to")
    state_type = stored_type(width > 0) if like is None else like.dtype
    entries, kept = (entries, 0) if like is None else (like.size, width)
    after_state = _HEAD.size + entries * state_type.itemsize
    after_features = after_state + kept * features_like.dtype.itemsize
    ids = CONTEXT if kind == _MIXED else 0
    size = after_features + ids * _IDS.itemsize + _CHECK
    body, check = data[:-_CHECK], data[-_CHECK:]
    if len(data) != size or blake2b(body, digest_size=_CHECK).digest() != check:
        raise InputError(f"the saved stream is damaged: {len(data)} bytes, expected {size} as written")
    state = _native_order(state_type, body, _HEAD.size, entries)
    features = _native_order(features_like.dtype, body, after_state, kept)
    if not (np.isfinite(state).all() and np.isfinite(features).all()):  # a whole checksum proves no good intention
        raise InputError("the saved stream holds numbers that are not finite")
    recent = _recent(_native_order(_IDS, body, after_features, ids).tolist(), last) if ids else (last,)
    return SavedStream(state, features, width, recent, steps)


def stored_type(vectors: bool) -> np.dtype[Any]:
    """What steps are kept and saved as."""
    return np.dtype(np.float32 if vectors else np.int64)


def _recent(stored: list[int], last: int) -> tuple[int, ...]:
    """The ids among those that were stored: after any that are -1."""
    ids = tuple(stored[sum(number == -1 for number in stored) :])
    if ids[-1:] != (last,) or min(ids) < 0:
        raise InputError(f"the saved stream's last ids are {stored}; expected {last} as the last, -1 only before them")
    return ids


def _little_endian(array: AnyArray) -> AnyArray:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _native_order(kind: np.dtype[Any], data: bytes, at: int, count: int) -> AnyArray:
    return np.frombuffer(data, kind.newbyteorder("<"), count, at).astype(kind)
