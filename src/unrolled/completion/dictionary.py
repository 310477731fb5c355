"""The words that a model knows, found by what was typed and written in the case in which it was typed."""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.blocked import BlockList
from unrolled.completion.candidates import Candidates, Suggestion, is_close
from unrolled.completion.context import Context, Own, TokenStream
from unrolled.completion.letters import bases_of, composed, fold
from unrolled.completion.lexicon import LONGEST, Lexicon, letter_case, typed_letters
from unrolled.completion.search import Match, Matches
from unrolled.completion.typing_errors import BESIDE, SPACE, WHOLE, beside_space, typing_errors
from unrolled.completion.written import alike, case_factors, written
from unrolled.text.case import Casing
from unrolled.text.everyday import Everyday
from unrolled.text.graphemes import is_emoji
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

__all__ = ["Context", "Dictionary", "Own", "Suggestion", "TokenStream"]

_COMMON, _ALPHABET = 5_000, 40  # of so many words the most frequent letters
_UNMENDED = typing_errors(1)._replace(budget=0.0, exact=WHOLE)  # a space is missing: one error is enough
_DIVISIONS = 2  # places of a missing space for which the model is asked
_OFTEN = 100  # rank of a word of which two letters are enough after a missing space
_SEEN = 0.1  # of the sum of all other words' scores, for two words that are worth asking the model
_LIFT = 30.0  # times: so much more probable than usual the second word may be after the first
_PASSED = 0.5  # so much less probable is a word each time that it was suggested while another letter was typed
_ANY_OPENS = 0.9  # weight of how frequent a word is, beside the model's probability that it opens a sentence
_MENDED = 3.0  # nats; accents and signs left out cost less
_LETTERS = 20.0  # as if an unknown word were any letters, out of this many at each place
_LEAST = 0.03  # of the probability of an unknown word, for a correction that is worth showing


class Dictionary:
    """A model's vocabulary, one for all its keyboards. Its trie is built at the first search, in 3 µs a word.

    Where the vocabulary has capitals, a word that opens a sentence is suggested with a capital, and a word that is
    unknown as written is read as its lower case. Punctuation marks are not suggested, since a mark is typed with one
    key; in text that is tokenised already (kind `space`) they are words like others. What the block list has in it is
    never suggested.

    The ids of ``everyday`` words follow those of the V tokens; the model reads them as UNKNOWN. Where tokens are parts
    of words, the everyday words stand beside the other ``words``.
    """

    def __init__(self, tokenizer: Tokenizer, words: Tokenizer | None = None, everyday: Everyday | None = None) -> None:
        self.kind, self.cutting = tokenizer.kind, tokenizer.cutting
        self.composed = tokenizer.composed
        self.parts = tokenizer.kind in ("character", "bpe")
        self.words = None if words is None else Dictionary(words, None, everyday)
        self._everyday = None if self.parts else everyday
        self.tokens = tokenizer.tokens if self._everyday is None else [*tokenizer.tokens, *self._everyday.words]
        self.known_to_model = len(tokenizer.tokens)
        self._tokenizer, self._given = tokenizer, (tokenizer.tokens, everyday)
        self.block(BlockList())

    def __len__(self) -> int:
        return len(self.tokens)

    def is_of(self, tokenizer: Tokenizer, everyday: Everyday | None) -> bool:
        """Whether it was made of these."""
        return self._given[0] is tokenizer.tokens and self._given[1] is everyday

    def widened(self, p: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's probabilities (V,) of its tokens → those of the everyday words after them, too."""
        return p if self._everyday is None else self._everyday.spread(p)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.tokens) if i > END}

    @cached_property
    def _variants(self) -> dict[str, list[int]]:
        variants: dict[str, list[int]] = {}
        for word, number in self._ids.items():
            variants.setdefault(alike(word), []).append(number)
        return variants

    @cached_property
    def letters(self) -> str:
        """The small letters of most of the words, the most frequent ones first."""
        counts = Counter("".join(list(self._variants)[:_COMMON]))
        return "".join(letter for letter, _ in counts.most_common(_ALPHABET) if letter.islower())

    @cached_property
    def casing(self) -> Casing:
        """How the language of the vocabulary writes capitals."""
        return Casing.of([] if self.parts else self._tokenizer.tokens[END + 1 :])

    @cached_property
    def fingerprint(self) -> int:
        """A checksum of the V tokens: it tells whether a saved keyboard belongs to this vocabulary."""
        return zlib.crc32("\n".join(self._tokenizer.tokens).encode(errors="surrogatepass"))

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words that may be suggested."""
        return Lexicon([word if i > END and self._is_word(word) else "" for i, word in enumerate(self.tokens)])

    def block(self, blocked: BlockList) -> None:
        """Suggest nothing of a block list, in place of the one before."""
        words = enumerate(self.tokens) if blocked.terms else ()
        self.blocked = blocked
        self.blocked_ids = np.array([i for i, word in words if i > END and blocked.blocks(word)], np.int64)

    @cached_property
    def frequency(self) -> NDArray[np.float32]:
        """About how frequent each token is: the more frequent, the lower its id (Zipf's law); of each everyday word."""
        share = 1 / np.arange(1, self.known_to_model + 1, dtype=np.float64)
        frequency: NDArray[np.float32] = (share / share.sum()).astype(np.float32)
        return frequency if self._everyday is None else np.concatenate([frequency, self._everyday.frequencies])

    def encode(self, piece: str) -> NDArray[np.int64]:
        """The ids of a segment of text: a word, a mark, or a line break, which is read as END."""
        if piece == "\n":
            return np.array([END])
        return self._tokenizer.encode(piece) if self.parts else np.array([self._read_as(self.known(piece))])

    def _read_as(self, number: int) -> int:
        """The id as which the model reads a word."""
        return number if number < self.known_to_model else UNKNOWN

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        return self._tokenizer.decode(ids)

    def known(self, word: str) -> int:
        """The id of a word as it is written, or else in another case; UNKNOWN where the vocabulary has none of them."""
        number = self._ids.get(word)
        return next(iter(self.variants(word)), UNKNOWN) if number is None else number

    def variants(self, word: str) -> list[int]:
        """The ids of a word in any case, with either kind of apostrophe, composed or not; the most frequent first."""
        return self._variants.get(alike(word), [])

    def most_frequent(self, alike: Iterable[str]) -> int:
        """The id of the most frequent of some words, given as `alike` gives them; -1 where none is known."""
        variants = self._variants
        return min((variants[word][0] for word in alike if word in variants), default=-1)

    def find(self, typed: str, context: Context, n: int) -> list[Suggestion]:
        """The ``n`` best words for what was typed, each in one case.

        Where nothing was typed a score is p; else it is p weighted by the cost of errors and case, divided by the sum
        of this over all words that match. What was typed is among the words where it is known. A correction is left out
        where an unknown word is by far more probable.
        """
        typed = composed(typed)
        if len(typed) > LONGEST:
            return []
        if self.kind == "space":  # text that is tokenised has its capitals as it has them
            context = context._replace(opens=False)
        most = max(n, 3)  # the first of three is the only one of one
        if not typed:
            return self._matching(typed, context, most)[0].best(most, 1.0)[:n]
        context = self.smoothed(context)
        found, total = self._matching(typed, context, most)
        self._add_exact(found, typed, context)
        least = max(self._least(typed, context), found.least_of_best(most), _SEEN * total)
        for text, score in self._two_words(typed, context, least):
            found.add(text, score, SPACE, len(self))
            total += score
        whole = math.exp(typing_errors(len(typed)).exact)
        return found.best(most, 1 / total if total > 0 else 1.0, whole)[:n]

    def _matching(self, typed: str, context: Context, most: int) -> tuple[Candidates, float]:
        """The words that begin with what was typed, and the sum of the scores of all of them."""
        letters, cases, own = typed_letters(typed), case_factors(typed, context.opens), context.own
        errors = typing_errors(1 if any(map(str.isdigit, typed)) else len(typed))  # numbers are not corrected
        matches, total = self.lexicon.best(letters, context.p, cases, 2 * most, errors)
        if len(own.lexicon):
            added, more = self._settled(own.lexicon.best(letters, context.p, cases, 4 * most, errors), own)
            matches, total = sorted(matches + added, key=_by_score), total + more
        found = Candidates(typed, len(self), context.allows, self.known_to_model)
        least, tokens, passed = self._least(typed, context), self.tokens, context.passed
        for number, score, cost in matches:
            word = tokens[number] if number < len(tokens) else own.words[number - len(tokens)]
            if cost < _MENDED or (score > least and is_close(word, typed, number)):
                wanted = score if cost or len(word) <= len(typed) else score * _PASSED ** passed.get(alike(word), 0)
                total -= score - wanted
                found.add(written(word, typed, context.opens, self.casing), wanted, cost, number)
        return found, total

    def _settled(self, matches: Matches, own: Own) -> Matches:
        """The matches among the user's own words without corrections to those that they hardly used."""
        kept = [match for match in matches[0] if not match[2] or own.settled[match[0] - len(self)]]
        return kept, matches[1] - sum(score for _, score, _ in matches[0]) + sum(score for _, score, _ in kept)

    def _least(self, typed: str, context: Context) -> float:
        """The score that a correction must surpass: a small part of that of an unknown word, typed right."""
        return _LEAST * float(context.p[UNKNOWN]) / _LETTERS ** len(typed)

    def _add_exact(self, found: Candidates, typed: str, context: Context) -> None:
        """Enter the word that was typed, where it is known and so many are more probable that it is not yet found."""
        number = self.known(typed)
        if number != UNKNOWN and typed not in found and self._is_word(typed):
            word = self.tokens[number]
            probability = float(context.p[number] * case_factors(typed, context.opens)[letter_case(word)])
            exact = math.exp(typing_errors(len(typed)).exact)
            found.add(written(word, typed, context.opens, self.casing), probability * exact, 0.0, number)

    def smoothed(self, context: Context) -> Context:
        """A sentence opens with any word, while a model has seen few that open one."""
        opens = context.opens and self.kind == "word"
        if not opens:
            return context._replace(opens=False) if context.opens else context
        p = context.p.copy()
        known, frequency = p[: len(self)], self.frequency if context.frequency is None else context.frequency
        known += _ANY_OPENS * (frequency - known) * (known > 0)  # 0 of a word that was forgotten
        return context._replace(p=p)

    def _two_words(self, typed: str, context: Context, least: float) -> Iterator[tuple[str, float]]:
        """Two known words that score more than ``least``: typed without their space, or with a letter in its place.

        Their score is p(first) · p(second | first) · exp(-SPACE). The model reads the first of those alone for which
        p(first) · frequency(second) is highest, once two letters of the second are typed; till then its frequency is p.
        """
        if self.known(typed) != UNKNOWN or (not typed.isalpha() and any(map(str.isdigit, typed))):
            return
        highest = self._highest
        divided: list[tuple[float, float, int, int, str]] = []
        for place in range(1, len(typed)):
            first = self._one_case(typed[:place])
            if first is None:
                continue
            score = float(context.p[first]) * math.exp(-SPACE)
            rests = [(typed[place:], score)]
            if beside_space(typed[place]):
                rests.append((typed[place + 1 :], score * math.exp(SPACE - BESIDE)))
            for rest, probability in rests:
                if probability * highest.get(bases_of(fold(rest[:1])).tobytes(), 0.0) <= least:
                    continue
                for _, frequency, _ in self._second(rest, self.frequency):
                    divided.append((probability * frequency, probability, first, place, rest))
        for estimate, score, first, place, rest in sorted(divided, reverse=True)[:_DIVISIONS]:
            if estimate * _LIFT <= least:
                break
            after = self._read_as(first)
            following = self.frequency if len(rest) == 1 else self.widened(context.following(after))
            following = np.where(context.p[: len(self)] > 0, following, np.float32(0))
            for second, p, _ in self._second(rest, following):
                if score * p > least:
                    begun = written(self.tokens[first], typed[:place], context.opens, self.casing)
                    yield f"{begun} {written(self.tokens[second], rest, False, self.casing)}", score * p

    @cached_property
    def _highest(self) -> dict[bytes, float]:
        """The most that a second word may score which begins with each letter, by the base of the letter."""
        words, frequency = self.lexicon.words, self.frequency
        bases, places = np.unique(words.bases[words.offsets[:-1]], return_inverse=True)
        most = np.zeros(len(bases), np.float32)
        np.maximum.at(most, places, frequency[words.order])
        scores = np.minimum(1.0, most * _LIFT) * math.exp(WHOLE)
        return {base.tobytes(): score for base, score in zip(bases, scores.tolist(), strict=True)}

    def _second(self, rest: str, p: NDArray[np.float32]) -> list[Match]:
        """The best word that begins with the rest of what was typed, as it was typed; none for no rest.

        One letter is a word of its own or none, two are the beginning of one of the most frequent words.
        """
        if not rest:
            return []
        best = self.lexicon.best(typed_letters(rest), p, case_factors(rest, False), 1, _UNMENDED)[0]
        if len(rest) > 2 or (len(rest) == 2 and best and best[0][0] < _OFTEN):
            return best
        return [match for match in best if len(self.tokens[match[0]]) == len(rest)]

    def _one_case(self, word: str) -> int | None:
        """The id of a word in the case in which it was typed, or in its most frequent one; None where it is unknown."""
        variants = self.variants(word)
        if not variants or not self._is_word(word):
            return None
        return variants[0] if len(word) == 1 else self._ids.get(word, variants[0])

    def _is_word(self, token: str) -> bool:
        return self.kind == "space" or any(map(str.isalnum, token)) or is_emoji(token)


def _by_score(match: Match) -> tuple[float, int]:
    number, score, _ = match
    return -score, number
