"""The words that a stroke may stand for: how well each fits the stroke, joined with how probable it was before."""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

import numpy as np

from unrolled.completion.candidates import Candidates
from unrolled.completion.dictionary import Context, Dictionary, Suggestion
from unrolled.completion.lexicon import Lexicon
from unrolled.completion.written import written
from unrolled.strokes.search import Found, Frames, KeyTrie, Prior, stroke_words
from unrolled.strokes.trie import key_trie

__all__ = ["LEAST_PRIOR", "Keys", "PRIOR_WEIGHT", "best_words", "find_words", "likely_words"]

PRIOR_WEIGHT = 1.0  # of log p(word) beside log p(its keys | stroke)
LEAST_PRIOR = 1e-6  # no word that may be offered counts as less probable before its stroke
_LIKELY = 24
_PLACES = 3  # words for each that is asked for: some are one word in several cases

Keys = tuple[str, ...]
"""The letters of each key."""

_TRIES: WeakKeyDictionary[Lexicon, dict[Keys, KeyTrie]] = WeakKeyDictionary()


def find_words(dictionary: Dictionary, context: Context, frames: Frames, keys: Keys, n: int) -> list[Suggestion]:
    """The ``n`` best words for what was read from a stroke over some keys; each word in one case.

    A score is the word's share among the words found. Words of probability 0, as are those that were forgotten, are
    never found.
    """
    context, own, known = dictionary.smoothed(context), context.own, len(dictionary)
    prior = Prior(np.ascontiguousarray(context.p, np.float32), PRIOR_WEIGHT, LEAST_PRIOR)
    found = best_words((dictionary.lexicon, own.lexicon), frames, keys, prior, _PLACES * max(n, 3))
    candidates, total = Candidates("", known, context.allows, dictionary.known_to_model), 0.0
    for number, score in found:
        word = dictionary.tokens[number] if number < known else own.words[number - known]
        share = float(np.exp(score - found[0][1]))
        candidates.add(written(word, "", context.opens, dictionary.casing), share, 0.0, number)
        total += share
    return [one._replace(kind="swipe") for one in candidates.best(n, 1 / total if total else 1.0)]


def likely_words(dictionary: Dictionary, frames: Frames, keys: Keys) -> list[int]:
    """The words that the stroke may stand for by how frequent they are, whatever was written before."""
    prior = Prior(dictionary.frequency, PRIOR_WEIGHT, LEAST_PRIOR)
    return [number for number, _ in best_words((dictionary.lexicon,), frames, keys, prior, _LIKELY)]


def best_words(lexicons: Iterable[Lexicon], frames: Frames, keys: Keys, prior: Prior, most: int) -> Found:
    """The ``most`` best words of some lexicons, see `stroke_words`."""
    found = (stroke_words(frames, _trie(lexicon, keys), prior, most) for lexicon in lexicons if len(lexicon))
    return sorted((one for words in found for one in words), key=lambda one: -one[1])[:most]


def _trie(lexicon: Lexicon, keys: Keys) -> KeyTrie:
    """The lexicon's trie for some keys, which is built once."""
    tries = _TRIES.setdefault(lexicon, {})
    if keys not in tries:
        tries[keys] = key_trie(lexicon.words, keys)
    return tries[keys]
