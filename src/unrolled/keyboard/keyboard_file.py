"""A keyboard's text and what it learnt, as bytes in the safetensors format; whatever is read is checked first."""

import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.keyboard.adaptation import Adaptation, may_be_own
from unrolled.storage.tensor_file import encode_tensors, read_tensors

__all__ = ["SavedKeyboard", "decode_keyboard", "encode_keyboard"]

_WHERE = "a saved keyboard"
_LARGEST = 64 * 2**20  # bytes
_HIGHEST = 1e6  # feature; far above any model's, and products of two of them stay finite
_TYPES = {"model": "u4", "numbers": "i8", "text": "u1", "features": "f4", "ids": "i8", "own": "u1", "counts": "i8"}


class SavedKeyboard(NamedTuple):
    """The text that was held, the number of characters dropped before it, and what was learnt."""

    text: str
    dropped: int
    adaptation: Adaptation


def encode_keyboard(adaptation: Adaptation, text: str, dropped: int, fingerprint: int) -> bytes:
    """The bytes that `decode_keyboard` reads; ``fingerprint`` is that of the vocabulary."""
    tensors: dict[str, NDArray[np.generic]] = {
        "model": np.array([fingerprint], np.uint32),
        "numbers": np.array([adaptation.cache.kept, adaptation.skipped, adaptation.active, dropped], np.int64),
        "text": np.frombuffer(text.encode(), np.uint8),
        "features": adaptation.cache.features,
        "ids": adaptation.cache.ids,
        "own": np.frombuffer("\n".join(adaptation.words).encode(), np.uint8),
        "counts": adaptation.counts,
    }
    return encode_tensors(tensors, _WHERE)


def decode_keyboard(saved: bytes, vocabulary_size: int, features: int, fingerprint: int) -> SavedKeyboard:
    """Read what `encode_keyboard` wrote for a model of V words and E ``features``; InputError for anything else."""
    if not isinstance(saved, bytes) or len(saved) > _LARGEST:
        raise InputError(f"{_WHERE} is bytes, {_LARGEST:,} at most; received {type(saved).__name__} of {len(saved):,}")
    tensors, _ = read_tensors(io.BytesIO(saved), len(saved), _WHERE, None)
    if {name: values.dtype.str[1:] for name, values in tensors.items()} != _TYPES:
        raise InputError(f"{_WHERE} holds {sorted(tensors)[:20]}; expected {', '.join(_TYPES)}, each of its type")
    if (
        tensors["model"].shape != (1,)
        or tensors["model"][0] != fingerprint
        or tensors["features"].shape[1:] != (features,)
    ):
        raise InputError(f"{_WHERE} is another model's: load the model that it was saved with")
    ids, counts, numbers = tensors["ids"], tensors["counts"], tensors["numbers"]
    words = _text(tensors["own"], "own words").split("\n") if tensors["own"].size else [""] * min(counts.size, 1)
    adaptation = Adaptation(vocabulary_size, features)
    _require(counts.shape == (len(words),) and bool((counts >= 0).all()), "counts")
    _require(bool((counts < 2**40).all()) and len({*words, ""}) == len(list(filter(None, words))) + 1, "own words")
    _require(all(not word or may_be_own(word) for word in words), "own words")
    _require(ids.ndim == 1 and bool(((ids >= 0) & (ids < vocabulary_size + len(words))).all()), "ids")
    _require(tensors["features"].shape[:1] == ids.shape, "features")
    _require(float(np.abs(tensors["features"]).max(initial=0.0)) <= _HIGHEST, "features")
    _require(
        numbers.shape == (4,) and 0 <= numbers[0] <= len(ids) and numbers[1] >= 0 and numbers[2] in (0, 1), "numbers"
    )
    _require(0 <= numbers[3] < 2**40, "numbers")
    kept, skipped, active, dropped = map(int, numbers)
    own = ids[ids >= vocabulary_size] - vocabulary_size
    _require(bool((np.bincount(own, minlength=len(words)) <= counts).all()), "counts")
    adaptation.load(words, counts.copy(), skipped, bool(active))
    adaptation.cache.add(tensors["features"], ids)
    adaptation.cache.kept = kept
    return SavedKeyboard(_text(tensors["text"], "text"), dropped, adaptation)


def _text(stored: NDArray[np.uint8], what: str) -> str:
    try:
        return stored.tobytes().decode()
    except UnicodeDecodeError:
        raise InputError(f"{_WHERE}: its {what} are not UTF-8") from None


def _require(met: bool, what: str) -> None:
    if not met:
        raise InputError(f"{_WHERE}: its {what} cannot be: it is damaged")
