"""Words as the keys of a layout over which a stroke for them goes, and a trie of these."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.letters import MARK
from unrolled.completion.search import Words
from unrolled.strokes.search import KeyTrie

__all__ = ["key_sequences", "key_trie"]

_MARKS = "'-·." + chr(MARK)  # a stroke goes on past them
_NO_KEY = "\uffff"
_DOUBLE = re.compile(r"(.)\1+", re.DOTALL)


def key_trie(words: Words, keys: Sequence[str]) -> KeyTrie:
    """The trie of all words that can be written with the keys, each given by its letters."""
    order = sorted((sequence, place) for place, sequence in enumerate(key_sequences(words, keys)) if sequence)
    lengths = np.array([len(sequence) for sequence, _ in order], np.int64)
    columns = np.arange(max(lengths, default=0))
    padded = np.zeros((len(order), len(columns)), np.int16)
    joined = "".join(sequence for sequence, _ in order).encode("latin-1")
    padded[columns < lengths[:, None]] = np.frombuffer(joined, np.uint8).astype(np.int16) + 1
    differs = np.ones(padded.shape, bool)  # from the word before, at this key or one before it
    differs[1:] = np.logical_or.accumulate(padded[1:] != padded[:-1], axis=1)
    node_of = np.zeros(len(order), np.int64)  # the root
    parents, labels, size = [np.zeros(0, np.int64)], [np.zeros(1, np.int64)], 1
    for depth in range(len(columns)):
        begins = differs[:, depth] & (lengths > depth)
        parents.append(node_of[begins])
        labels.append(padded[begins, depth] - 1)
        node_of = np.where(lengths > depth, size - 1 + np.cumsum(begins), node_of)
        size += int(begins.sum())
    places = np.array([place for _, place in order], np.int64)
    return KeyTrie(
        (1 + _starts(np.concatenate(parents), size)).astype(np.int32),
        np.concatenate(labels).astype(np.uint8),
        _starts(node_of, size).astype(np.int32),
        words.order[places[np.argsort(node_of, kind="stable")]],
    )


def key_sequences(words: Words, keys: Sequence[str]) -> list[str]:
    """The places of the keys that write each word, as characters; "" where a word has a letter that they cannot write.

    Accents are left out where no key bears the letter with its accent, marks always. A letter that is written twice is
    one key: one cannot see in a stroke how often it was meant.
    """
    letters, first = np.unique(words.letters, return_index=True)
    places = {letter: chr(place) for place, on_key in enumerate(keys) for letter in on_key}
    written = {
        letter: _keys_of(letter, int(words.bases[i]), int(words.pairs[i]), places)
        for letter, i in zip(letters.tolist(), first.tolist(), strict=True)
    }
    joined, ends = words.letters.tobytes().decode("utf-32-le", "surrogatepass"), words.offsets.tolist()
    sequences = (joined[start:end].translate(written) for start, end in pairwise(ends))
    return ["" if _NO_KEY in sequence else _DOUBLE.sub(r"\1", sequence) for sequence in sequences]


def _keys_of(letter: int, base: int, pair: int, places: Mapping[str, str]) -> str:
    """The keys that write a letter: its own, its base's, those of two letters in its place; none for a mark."""
    for wanted in (chr(letter), chr(base)):
        if wanted in places:
            return places[wanted]
        if wanted in _MARKS:
            return ""
    two = [chr(pair & 255), chr(pair >> 8)] if pair else []
    return "".join(places.get(one, _NO_KEY) for one in two) or _NO_KEY


def _starts(places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Where the entries of each of so many nodes begin among entries that are sorted by node; and the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(places, minlength=size))])
