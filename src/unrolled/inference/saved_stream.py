"""A stream as bytes, with a checksum; whatever is read is checked first."""

from hashlib import blake2b
from struct import Struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.frames import CONTEXT as FRAMES
from unrolled.baselines.mixture import CONTEXT
from unrolled.errors import InputError

__all__ = ["SavedStream", "decode_stream", "encode_stream", "saved_size", "stored_type"]

_HEAD = Struct("<16s16sIIII")  # what it is, whose it is; entries of the state, features, the last id, steps read
_KIND = b"unrolled stream2"
_MIXED = b"unrolled stream3"  # the same, and after the features the last ids
_IDS = np.dtype("<i4")  # of CONTEXT of these; -1 where fewer were read
_FRAMES = b"unrolled stream4"  # the same, with FRAMES frames of keys, a bit a key; silence where fewer were read
_CHECK = 8  # bytes of the checksum at the end

AnyArray = NDArray[Any]


class SavedStream(NamedTuple):
    """What a stream remembers: its state (S,) and features, or, where the model does not stream, all steps and the
    ``width`` of one; the ``recent`` ids (n,) or frames (n, K), the last one last; how many ``steps`` were read."""

    state: AnyArray
    features: AnyArray
    width: int
    recent: AnyArray
    steps: int


def encode_stream(saved: SavedStream, fingerprint: bytes, mixed: bool) -> bytes:
    """The bytes that `decode_stream` reads; of what is recent more than the last id where the stream is ``mixed``."""
    recent, frames = saved.recent, saved.recent.ndim > 1
    last = 0 if frames or not len(recent) else recent.item(-1)
    kind = _KIND if not mixed else _FRAMES if frames else _MIXED
    body = _HEAD.pack(kind, fingerprint, saved.state.size, saved.width, last, saved.steps)
    body += _little_endian(saved.state).tobytes() + _little_endian(saved.features).tobytes()
    if mixed and frames:
        silence = np.zeros((FRAMES - len(recent), recent.shape[1]), bool)
        body += np.packbits(np.concatenate([silence, recent != 0]), axis=1).tobytes()
    elif mixed:
        body += np.array([*[-1] * (CONTEXT - len(recent)), *recent.tolist()], _IDS).tobytes()
    return body + blake2b(body, digest_size=_CHECK).digest()


def saved_size(state: int, features: int, keys: int) -> int:
    """The bytes of the largest saved stream whose state and features have so many; ``keys`` as in `decode_stream`."""
    return _HEAD.size + state + features + _recent_size(keys) + _CHECK


def decode_stream(
    saved: object, longest: int, fingerprint: bytes, like: AnyArray | None, features_like: AnyArray, keys: int
) -> SavedStream:
    """Read what `encode_stream` wrote for the model of this fingerprint, of at most ``longest`` bytes.

    The state and features are as large, and of the types, as those that they are to be ``like``; None: they are all
    steps. ``keys`` is the width of a frame, 0 where steps are ids. InputError for anything else.
    """
    if not isinstance(saved, bytes | bytearray | memoryview):
        raise InputError(f"the saved stream is {type(saved).__name__}; expected bytes")
    data = bytes(saved) if len(saved) <= longest else b""  # never a copy of what is too long
    if len(data) < _HEAD.size or not data.startswith((_KIND, _FRAMES if keys else _MIXED)):
        raise InputError(f"{len(saved)} bytes are no saved stream of this model: expected what Stream.state() gave")
    kind, whose, entries, width, last, steps = _HEAD.unpack_from(data)
    if whose != fingerprint:
        raise InputError("the saved stream belongs to another model; expected one of the model it is restored to")
    state_type = stored_type(width > 0) if like is None else like.dtype
    entries, kept = (entries, 0) if like is None else (like.size, width)
    after_state = _HEAD.size + entries * state_type.itemsize
    after_features = after_state + kept * features_like.dtype.itemsize
    size = after_features + (0 if kind == _KIND else _recent_size(keys)) + _CHECK
    body, check = data[:-_CHECK], data[-_CHECK:]
    if len(data) != size or blake2b(body, digest_size=_CHECK).digest() != check:
        raise InputError(f"the saved stream is damaged: {len(data)} bytes, expected {size} as written")
    state = _native_order(state_type, body, _HEAD.size, entries)
    features = _native_order(features_like.dtype, body, after_state, kept)
    if not (np.isfinite(state).all() and np.isfinite(features).all()):  # a whole checksum proves no good intention
        raise InputError("the saved stream holds numbers that are not finite")
    return SavedStream(state, features, width, _recent(body[after_features:], last, keys), steps)


def stored_type(vectors: bool) -> np.dtype[Any]:
    """What steps are kept and saved as."""
    return np.dtype(np.float32 if vectors else np.int64)


def _recent_size(keys: int) -> int:
    """The bytes of the last frames of so many keys, or of the last ids."""
    return FRAMES * -(-keys // 8) if keys else CONTEXT * _IDS.itemsize


def _recent(stored: bytes, last: int, keys: int) -> AnyArray:
    """The last frames, or the last ids: those after any that are -1. Where none were stored the last id is known."""
    if keys:
        packed = np.frombuffer(stored, np.uint8).reshape(-1, -(-keys // 8))
        return np.unpackbits(packed, axis=1, count=keys).astype(bool)
    ids = np.frombuffer(stored, _IDS).astype(np.int64) if stored else np.array([last])
    known = ids[(ids == -1).sum() :]
    if known[-1:].tolist() != [last] or known.min() < 0:
        expected = f"expected {last} as the last, -1 only before them"
        raise InputError(f"the saved stream's last ids are {ids.tolist()}; {expected}")
    return known


def _little_endian(array: AnyArray) -> AnyArray:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _native_order(kind: np.dtype[Any], data: bytes, at: int, count: int) -> AnyArray:
    return np.frombuffer(data, kind.newbyteorder("<"), count, at).astype(kind)
