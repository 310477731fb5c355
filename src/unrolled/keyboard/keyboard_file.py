"""A keyboard's text and what it learnt, as bytes: safetensors, read back as a stranger's."""

import io
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.keyboard.learnt import Learnt, may_be_own
from unrolled.storage.tensor_file import encode_tensors, read_tensors

__all__ = ["Saved", "decode", "encode"]

_WHERE = "a saved keyboard"
_LARGEST = 64 * 2**20  # bytes
_HIGHEST = 1e6  # feature; far above any model's, and products of two of them stay finite
_TYPES = {"model": "u4", "numbers": "i8", "text": "u1", "features": "f4", "ids": "i8", "own": "u1", "counts": "i8"}


class Saved(NamedTuple):
    """The text that was held, how many characters stood before it, and what was learnt."""

    text: str
    dropped: int
    learnt: Learnt


def encode(learnt: Learnt, text: str, dropped: int, fingerprint: int) -> bytes:
    """What `decode` reads; the fingerprint is the vocabulary's."""
    tensors: dict[str, NDArray[Any]] = {
        "model": np.array([fingerprint], np.uint32),
        "numbers": np.array([learnt.cache.kept, learnt.skipped, learnt.active, dropped], np.int64),
        "text": np.frombuffer(text.encode(), np.uint8),
        "features": learnt.cache.features,
        "ids": learnt.cache.ids,
        "own": np.frombuffer("\n".join(learnt.words).encode(), np.uint8),
        "counts": learnt.counts,
    }
    return encode_tensors(tensors, _WHERE)


def decode(saved: bytes, vocabulary_size: int, features: int, fingerprint: int) -> Saved:
    """Read what `encode` wrote for the same model; InputError for anything else."""
    if not isinstance(saved, bytes) or len(saved) > _LARGEST:
        raise InputError(f"{_WHERE} is bytes, {_LARGEST:,} at most; received {type(saved).__name__} of {len(saved):,}")
    found, _ = read_tensors(io.BytesIO(saved), len(saved), _WHERE, None)
    if {name: values.dtype.str[1:] for name, values in found.items()} != _TYPES:
        raise InputError(f"{_WHERE} holds {sorted(found)[:20]}; expected {', '.join(_TYPES)}, each of its type")
    if found["model"].shape != (1,) or found["model"][0] != fingerprint or found["features"].shape[1:] != (features,):
        raise InputError(f"{_WHERE} is another model's: load the model that it was saved with")
    ids, counts, numbers = found["ids"], found["counts"], found["numbers"]
    words = _text(found["own"], "own words").split("\n") if found["own"].size else [""] * min(counts.size, 1)
    learnt = Learnt(vocabulary_size, features)
    _require(counts.shape == (len(words),) and bool((counts >= 0).all()), "counts")
    _require(bool((counts < 2**40).all()) and len({*words, ""}) == len(list(filter(None, words))) + 1, "own words")
    _require(all(not word or may_be_own(word) for word in words), "own words")
    _require(ids.ndim == 1 and bool(((ids >= 0) & (ids < vocabulary_size + len(words))).all()), "ids")
    _require(found["features"].shape[:1] == ids.shape, "features")
    _require(float(np.abs(found["features"]).max(initial=0.0)) <= _HIGHEST, "features")
    _require(
        numbers.shape == (4,) and 0 <= numbers[0] <= len(ids) and numbers[1] >= 0 and numbers[2] in (0, 1), "numbers"
    )
    _require(0 <= numbers[3] < 2**40, "numbers")
    kept, skipped, active, dropped = map(int, numbers)
    own = ids[ids >= vocabulary_size] - vocabulary_size
    _require(bool((np.bincount(own, minlength=len(words)) <= counts).all()), "counts")
    learnt.load(words, counts.copy(), skipped, bool(active))
    learnt.cache.add(found["features"], ids)
    learnt.cache.kept = kept
    return Saved(_text(found["text"], "text"), dropped, learnt)


def _text(stored: NDArray[np.uint8], what: str) -> str:
    try:
        return stored.tobytes().decode()
    except UnicodeDecodeError:
        raise InputError(f"{_WHERE}: its {what} are not UTF-8") from None


def _require(met: bool, what: str) -> None:
    if not met:
        raise InputError(f"{_WHERE}: its {what} cannot be: it is damaged")
