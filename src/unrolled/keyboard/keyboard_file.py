"""A keyboard's text and what it learnt, as bytes in the safetensors format; whatever is read is checked first."""

import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.dictionary import Dictionary
from unrolled.errors import InputError
from unrolled.keyboard.adaptation import Adaptation
from unrolled.keyboard.own_words import Entry, may_be_own
from unrolled.storage.tensor_file import Tensors, encode_tensors, read_tensors

__all__ = ["SavedKeyboard", "decode_keyboard", "encode_keyboard"]

_WHERE = "a saved keyboard"
_LARGEST = 64 * 2**20  # bytes
_HIGHEST = 1e6  # feature; far above any model's, and products of two of them stay finite
_EARLIER = {"model": "u4", "numbers": "i8", "text": "u1", "features": "f4", "ids": "i8", "own": "u1", "counts": "i8"}
_TYPES = {**_EARLIER, "sure": "u1", "doubted": "u1", "below": "i8"}  # for each of the own words


class SavedKeyboard(NamedTuple):
    """The text that was held, the number of characters dropped before it, and what was learnt."""

    text: str
    dropped: int
    adaptation: Adaptation


def encode_keyboard(adaptation: Adaptation, text: str, dropped: int, dictionary: Dictionary) -> bytes:
    """The bytes that `decode_keyboard` reads.

    In them the ids of own words follow the V tokens, whatever everyday words the model has.
    """
    entries, size = adaptation.own_words.entries, dictionary.known_to_model
    ids = adaptation.cache.ids
    tensors: dict[str, NDArray[np.generic]] = {
        "model": np.array([dictionary.fingerprint], np.uint32),
        "numbers": np.array([adaptation.cache.kept, adaptation.skipped, adaptation.active, dropped], np.int64),
        "text": np.frombuffer(text.encode(), np.uint8),
        "features": adaptation.cache.features,
        "ids": np.where(ids < size, ids, ids - len(dictionary) + size),
        "own": np.frombuffer("\n".join(entry.word for entry in entries).encode(), np.uint8),
        "counts": adaptation.own_words.counts,
        "sure": np.array([entry.sure for entry in entries], np.uint8),
        "doubted": np.array([entry.doubted for entry in entries], np.uint8),
        "below": np.array([entry.below if entry.below < size else -1 for entry in entries], np.int64),
    }
    return encode_tensors(tensors, _WHERE)


def decode_keyboard(saved: bytes, dictionary: Dictionary, features: int) -> SavedKeyboard:
    """Read what `encode_keyboard` wrote for a model of E ``features``; InputError for anything else.

    Of keyboards of earlier versions, which kept less about own words, each is as sure as it was then.
    """
    if not isinstance(saved, bytes) or len(saved) > _LARGEST:
        raise InputError(f"{_WHERE} is bytes, {_LARGEST:,} at most; received {type(saved).__name__} of {len(saved):,}")
    tensors, _ = read_tensors(io.BytesIO(saved), len(saved), _WHERE, None)
    if {name: values.dtype.str[1:] for name, values in tensors.items()} not in (_TYPES, _EARLIER):
        raise InputError(f"{_WHERE} holds {sorted(tensors)[:20]}; expected {', '.join(_TYPES)}, each of its type")
    if (
        tensors["model"].shape != (1,)
        or tensors["model"][0] != dictionary.fingerprint
        or tensors["features"].shape[1:] != (features,)
    ):
        raise InputError(f"{_WHERE} is another model's: load the model that it was saved with")
    ids, counts, numbers = tensors["ids"], tensors["counts"], tensors["numbers"]
    size, entries = dictionary.known_to_model, _entries(tensors, dictionary.known_to_model)
    adaptation = Adaptation(dictionary, features)
    _require(counts.shape == (len(entries),) and bool((counts >= 0).all()) and bool((counts < 2**40).all()), "counts")
    _require(ids.ndim == 1 and bool(((ids >= 0) & (ids < size + len(entries))).all()), "ids")
    _require(tensors["features"].shape[:1] == ids.shape, "features")
    _require(float(np.abs(tensors["features"]).max(initial=0.0)) <= _HIGHEST, "features")
    _require(
        numbers.shape == (4,) and 0 <= numbers[0] <= len(ids) and numbers[1] >= 0 and numbers[2] in (0, 1), "numbers"
    )
    _require(0 <= numbers[3] < 2**40, "numbers")
    kept, skipped, active, dropped = map(int, numbers)
    own = ids[ids >= size] - size
    _require(bool((np.bincount(own, minlength=len(entries)) <= counts).all()), "counts")
    adaptation.load(entries, counts.copy(), skipped, bool(active))
    adaptation.cache.add(tensors["features"], np.where(ids < size, ids, ids - size + len(dictionary)))
    adaptation.cache.kept = kept
    return SavedKeyboard(_text(tensors["text"], "text"), dropped, adaptation)


def _entries(tensors: Tensors, size: int) -> list[Entry]:
    """The own words; empty where one was forgotten."""
    count = tensors["counts"].size
    words = _text(tensors["own"], "own words").split("\n") if tensors["own"].size else [""] * min(count, 1)
    _require(len(words) == count and all(not word or may_be_own(word) for word in words), "own words")
    if "sure" not in tensors:
        entries = [Entry(word) for word in words]
    else:
        kept = [tensors[name] for name in ("sure", "doubted", "below")]
        _require(all(values.shape == (count,) for values in kept), "own words")
        sure, doubted, below = (values.tolist() for values in kept)
        _require({*sure, *doubted} <= {0, 1} and all(-1 <= number < size for number in below), "own words")
        entries = [Entry(*entry) for entry in zip(words, map(bool, sure), map(bool, doubted), below, strict=True)]
    ways = [(entry.word, entry.sure) for entry in entries if entry.word]
    _require(len({*ways}) == len(ways), "own words")
    return entries


def _text(stored: NDArray[np.generic], what: str) -> str:
    try:
        return stored.tobytes().decode()
    except UnicodeDecodeError:
        raise InputError(f"{_WHERE}: its {what} are not UTF-8") from None


def _require(met: bool, what: str) -> None:
    if not met:
        raise InputError(f"{_WHERE}: its {what} cannot be: it is damaged")
