"""Words as the keys of a layout over which a stroke for them goes, and a trie of these."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.letters import MARK
from unrolled.completion.search import Words
from unrolled.strokes.search import KeyTrie

__all__ = ["key_sequences", "key_trie"]

_MARKS = "'-·." + chr(MARK)  # a stroke goes on past them


def key_trie(words: Words, keys: Sequence[str]) -> KeyTrie:
    """The trie of all words that the keys, a letter each, can write."""
    sequences, places = key_sequences(words, keys)
    order = sorted(range(len(sequences)), key=sequences.__getitem__)
    joined = b"".join(sequences[i] for i in order)
    lengths = np.array([len(sequences[i]) for i in order], np.int64)
    columns = np.arange(max(lengths, default=0))
    padded = np.zeros((len(order), len(columns)), np.int16)
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
    by_node = np.argsort(node_of, kind="stable")
    return KeyTrie(
        (1 + _starts(np.concatenate(parents), size)).astype(np.int32),
        np.concatenate(labels).astype(np.uint8),
        _starts(node_of, size).astype(np.int32),
        words.order[np.array(places, np.int64)[np.array(order, np.int64)[by_node]]].astype(np.int32),
    )


def key_sequences(words: Words, keys: Sequence[str]) -> tuple[list[bytes], list[int]]:
    """The keys (their places) of each word that can be written with them, and the places of these words in ``words``.

    Accents are left out where no key bears the letter with its accent, marks always. A letter that is written twice is
    one key: one cannot see in a stroke how often it was meant.
    """
    letters, where = np.unique(np.stack([words.letters, words.bases, words.pairs.astype(np.uint32)]), axis=1, return_inverse=True)
    typed = [_keys_of(*map(int, one), keys) for one in letters.T]
    sequences: list[bytes] = []
    places: list[int] = []
    ends = words.offsets.tolist()
    numbers = where.reshape(-1).tolist()
    for place, (start, end) in enumerate(zip(ends[:-1], ends[1:], strict=True)):
        sequence = bytearray()
        for number in numbers[start:end]:
            written = typed[number]
            if written is None:
                break
            for key in written:
                if not sequence or sequence[-1] != key:
                    sequence.append(key)
        else:
            if sequence:
                sequences.append(bytes(sequence))
                places.append(place)
    return sequences, places


def _keys_of(letter: int, base: int, pair: int, keys: Sequence[str]) -> bytes | None:
    """The keys that write a letter: its own, that of its base, those of two letters in its place, or none for a mark."""
    for wanted in (chr(letter), chr(base)):
        if wanted in keys:
            return bytes([keys.index(wanted)])
        if wanted in _MARKS:
            return b""
    two = [chr(pair & 255), chr(pair >> 8)] if pair else []
    return bytes(keys.index(one) for one in two) if two and all(one in keys for one in two) else None


def _starts(places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Where the entries of each of so many nodes begin among entries that are sorted by node; and the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(places, minlength=size))])
