"""Words of a model of characters or byte pairs, which spells them token by token."""

from collections.abc import Callable, Iterable

import numpy as np

from unrolled.completion.candidates import anything
from unrolled.completion.dictionary import Context, Dictionary, Own, Suggestion, TokenStream
from unrolled.completion.lexicon import Lexicon, typed_letters
from unrolled.completion.written import case_factors
from unrolled.decoding import next_words, spelling_probabilities
from unrolled.text.tokens import UNKNOWN

__all__ = ["spelt", "spelt_context"]

CANDIDATES = 24  # words of the list that the model spells: the most frequent ones that may have been typed
UNLISTED = 0.02  # the probability of a word that is not in the list
_NO_OWN = Own([], Lexicon([]), np.zeros(0, bool))


def spelt(
    dictionary: Dictionary,
    stream: TokenStream,
    typed: str,
    after_word: bool,
    opens: bool,
    n: int,
    allows: Callable[[str], bool] = anything,
) -> list[Suggestion]:
    """The ``n`` best words for what was typed, of those that a function ``allows``.

    ``after_word`` says that the word that the stream read last is finished, though no white space was read after it;
    ``opens`` that the word opens a sentence. Where the words of the text are known that the model learnt from, they
    are completed, corrected and predicted, and no other ones, so that no two halves of words become one. They come from
    two sides: those that the model spells most probably with what was typed as their beginning, and the most frequent
    ones, typing errors tolerated. The model then says how probable each is. A model of an earlier version spells
    whatever begins with what was typed, and corrects nothing.
    """
    step, state = stream.branches()
    first, tokens, words = stream.probabilities(), dictionary.tokens, dictionary.words
    spelt = next_words(tokens, dictionary.decode, step, first, state, after_word, n, typed)
    if words is None:
        total = sum(spelt.values()) if typed else 1.0
        kind = "completion" if typed else "next"
        return [Suggestion(text, score / total, kind) for text, score in spelt.items() if allows(text)][:n]
    likely, _ = words.lexicon.best(typed_letters(typed), words.frequency, case_factors(typed, opens), CANDIDATES)
    numbers = {number for number, _, _ in likely}.union(map(words.known, [*spelt, typed]))
    context = spelt_context(dictionary, words, stream, numbers, after_word, opens)
    return words.find(typed, context._replace(allows=allows), n)


def spelt_context(
    dictionary: Dictionary,
    words: Dictionary,
    stream: TokenStream,
    numbers: Iterable[int],
    after_word: bool,
    opens: bool,
) -> Context:
    """What is known before a word is typed that is one of those with these ``numbers`` in the list of ``words``: how
    probable the model spells each; see `spelt`."""
    p = np.zeros(len(words), np.float32)
    p[UNKNOWN] = UNLISTED
    if listed := sorted({*numbers} - {UNKNOWN}):
        step, state = stream.branches()
        pieces = [dictionary.encode((" " if after_word else "") + words.tokens[number]) for number in listed]
        p[listed] = spelling_probabilities(dictionary.tokens, pieces, step, stream.probabilities(), state, after_word)
    return Context(p, lambda _: words.frequency, _NO_OWN, opens)
