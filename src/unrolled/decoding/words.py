"""Whole words from a model of characters or byte pairs, by a beam search that ends where the next word would begin."""

import unicodedata
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import map_state

__all__ = ["Branch", "next_words", "spelling_probabilities"]

State = TypeVar("State")
Branch = Callable[[NDArray[np.int64], State], tuple[NDArray[np.float32], State]]
"""(ids (K, 1), state of K rows) → probabilities (K, V) of the next token, state of K rows."""

BEAM, WIDEST, LONGEST = 16, 256, 24  # hypotheses kept, at most where more words are asked for; tokens in a word
BROKEN = "\ufffd"  # stands for bytes that are no whole character yet
INSIDE = "'’-‐‑·‧׳״\u00ad\u200c\u200d"  # marks that do not end a word


def next_words(
    tokens: Sequence[str],
    decode: Callable[[list[int]], str],
    branch: Branch[State],
    first: NDArray[np.floating],
    state: State,
    after_word: bool,
    n: int,
    prefix: str = "",
) -> dict[str, float]:
    """Words that may come next and their probabilities, most probable first; the search is for about the ``n`` best.

    ``tokens`` are the texts of the V ids, of which 0 is unknown and 1 the end; ``decode`` turns ids into text.
    ``first`` (V,) is the distribution of the next token, ``state`` (one row) the state after which it holds.
    ``after_word`` says that the word before is complete, so that no letter can continue it. A word's probability is
    that of its tokens, followed by any token that opens another word: white space, a mark, or the end. With a
    ``prefix`` only words that begin with it, in the same case, are searched.
    """
    opens, following = _beginnings(tokens, first, after_word)
    following[:, ~_leading_to(tokens, prefix, begun=False)] = 0.0
    opens[1] = True
    beam: list[list[int]] = [[]]
    scores, finished = np.ones(1), dict[str, float]()
    for _ in range(LONGEST):
        reached = (scores[:, None] * following).ravel()
        best = np.argsort(-reached, kind="stable")[: max(BEAM, min(n, WIDEST))]
        best = best[reached[best] > 0]
        if not len(best) or reached[best[0]] < _least_of_best(finished, n):
            break  # no unfinished word can still be among the best
        parents, ids = np.divmod(best, len(tokens))
        beam, scores = [[*beam[p], int(i)] for p, i in zip(parents, ids, strict=True)], reached[best]
        probabilities, state = branch(ids[:, None], map_state(itemgetter(parents), state))
        following = probabilities.astype(np.float64)
        following[:, 0] = 0.0
        for row, hypothesis in enumerate(beam):
            word = decode(hypothesis).strip()
            if not (word.startswith(prefix) or prefix.startswith(word.partition(BROKEN)[0])):
                following[row] = 0.0
            elif len(word) < len(prefix) or BROKEN in word:
                following[row, ~_leading_to(tokens, prefix[len(word.partition(BROKEN)[0]) :], bool(word))] = 0.0
            elif word:
                ends = 1.0 if _opens(word) else following[row, opens].sum()  # a mark is a word of its own
                finished[word] = finished.get(word, 0.0) + float(scores[row] * ends)
                following[row, opens | _opens(word)] = 0.0
        following[:, 1] = 0.0
    return dict(sorted(finished.items(), key=lambda item: (-item[1], item[0])))


def spelling_probabilities(
    tokens: Sequence[str],
    words: Sequence[NDArray[np.int64]],
    branch: Branch[State],
    first: NDArray[np.floating],
    state: State,
    after_word: bool,
) -> NDArray[np.float64]:
    """The probability (K,) that each of K words, each of at least one id, comes next; see `next_words`."""
    opens, following = _beginnings(tokens, first, after_word)
    opens[:2] = False, True
    lengths = np.array([len(word) for word in words])
    ids = np.zeros((len(words), lengths.max(initial=0)), np.int64)
    for row, word in zip(ids, words, strict=True):
        row[: len(word)] = word
    probabilities: NDArray[np.float64] = following[0, ids[:, 0]]
    state = map_state(itemgetter(np.zeros(len(words), np.int64)), state)
    for t in range(1, ids.shape[1] + 1):
        outputs, state = branch(ids[:, t - 1 : t], state)
        ended = t == lengths
        probabilities[ended] *= outputs[ended][:, opens].sum(1)
        goes_on = np.flatnonzero(t < lengths)
        probabilities[goes_on] *= outputs[goes_on, ids[goes_on, min(t, ids.shape[1] - 1)]]
    return probabilities


def _beginnings(
    tokens: Sequence[str], first: NDArray[np.floating], after_word: bool
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which tokens (V,) open another word, and the distribution (1, V) of the first token of the next one."""
    opens = np.array([_opens(text) for text in tokens])
    following = np.where(opens | (not after_word), first, 0.0)[None].astype(np.float64)
    following[:, :2] = 0.0
    return opens, following / max(following.sum(), 1e-300)


def _opens(text: str) -> bool:
    """Whether a token's text opens another word: white space or a mark, but no byte of a letter."""
    if not text or text[0] in INSIDE or (text.startswith("\\x") and len(text) > 2):
        return False
    return unicodedata.category(text[0])[0] not in "LMN"


def _leading_to(tokens: Sequence[str], rest: str, begun: bool) -> NDArray[np.bool_]:
    """Which tokens may follow where the text must go on with ``rest``; bytes may, as parts of its letters."""
    if not rest:
        return np.ones(len(tokens), bool)
    texts = tokens if begun else [text.lstrip() for text in tokens]
    return np.array([text.startswith(rest) or rest.startswith(text) or _is_bytes(text) for text in texts])


def _is_bytes(text: str) -> bool:
    return "\\x" in text


def _least_of_best(finished: dict[str, float], n: int) -> float:
    """The n-th largest probability of a finished word."""
    return sorted(finished.values())[-n] if len(finished) >= n else 0.0
