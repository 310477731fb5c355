"""What may be meant by what was typed, ranked; a word has one place, whatever its cases."""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from unrolled.completion.letters import bases_of, fold

__all__ = ["Candidates", "EverydaySuggestion", "Suggestion", "anything", "is_close"]

_SAME = str.maketrans("’‑ς", "'-σ")
_FAR_RARER = 5.0  # times: so much rarer than "I" is "i", which then is not meant
_LEAST_SHARE = 0.01  # of all that may be meant, for a correction
_SELDOM = 4.0  # times: so much less probable may a word be in the small letters that were typed than with a capital
_FEW, _FREQUENT = 6, 1_000  # letters that say too little to tell a wrong first one; rank of a word that it may be of


class Suggestion(NamedTuple):
    """A word; its probability, given the text and what was typed of it; "next", "completion" or "correction"."""

    text: str
    score: float
    kind: str

    @property
    def everyday(self) -> bool:
        """Whether the text lacked the word that the model learnt from: it is known from a list of its language."""
        return False


class EverydaySuggestion(Suggestion):
    """A word that the text lacked."""

    @property
    def everyday(self) -> bool:
        """Yes."""
        return True


def anything(_text: str) -> bool:
    """That all may be suggested."""
    return True


class Candidates:
    """Collects words that may be suggested, the more probable first.

    Ids from ``own`` on are of the user's own words, those from ``everyday`` up to them of everyday words.
    """

    def __init__(
        self, typed: str, own: int, allows: Callable[[str], bool] = anything, everyday: int | None = None
    ) -> None:
        self._typed, self._folded, self._own, self._allows = typed, _any_case(typed), own, allows
        self._everyday = range(own if everyday is None else everyday, own)
        self._found: dict[str, Suggestion] = {}
        self._ids: dict[str, int] = {}

    def add(self, text: str, score: float, cost: float, number: int) -> None:
        """Enter a text, which was typed at a cost; of one word's cases that stays which was typed, or else the user's
        own, or else the first.

        ``number`` is its id: the lower, the more frequent, but from ``own`` on those of the user's own words.
        """
        folded = _any_case(text)
        before = self._found.get(folded)
        if before is None:
            if not self._allows(text):
                return
            kind = "next" if not self._typed else "correction" if cost > 0 else "completion"
            self._enter(folded, number, Suggestion(text, score, kind))
            return
        total = before.score + (score if self._typed or text == before.text else 0.0)
        typed_so = len(text) > 1 and self._typed.islower() and text.islower() and score * _SELDOM > before.score
        if not typed_so and not self._is_better(text, number, before.text, self._ids[folded]):
            text, number = before.text, self._ids[folded]
        self._enter(folded, number, Suggestion(text, total, before.kind))

    def _enter(self, folded: str, number: int, suggestion: Suggestion) -> None:
        self._ids[folded] = number
        self._found[folded] = EverydaySuggestion(*suggestion) if number in self._everyday else suggestion

    def least_of_best(self, n: int) -> float:
        """The score of the ``n``-th best; 0 where there are fewer."""
        scores = sorted((suggestion.score for suggestion in self._found.values()), reverse=True)
        return scores[n - 1] if len(scores) >= n else 0.0

    def __contains__(self, text: str) -> bool:
        return _any_case(text) in self._found

    def best(self, n: int, scale: float, whole: float = 1.0) -> list[Suggestion]:
        """The ``n`` best, their scores times ``scale``; no correction that hardly counts.

        What was typed is among them, if last, unless that many longer words are more probable: a space writes it.
        ``whole`` is what a score was multiplied by for being typed to its end.
        """
        ranked = sorted(self._found.values(), key=lambda suggestion: (-suggestion.score, suggestion.text))
        exact = self._found.get(self._folded)
        if exact is not None:
            longer = [one.score for one in ranked if one is not exact and one.kind == "completion"]
            if len(longer) >= n and exact.score / whole < longer[n - 1]:
                ranked.remove(exact)
            elif exact not in ranked[:n]:
                ranked[n - 1 :] = [exact]
        scaled = [suggestion._replace(score=suggestion.score * scale) for suggestion in ranked[:n]]
        return [one for one in scaled if one.kind != "correction" or one.score >= _LEAST_SHARE]

    def _is_better(self, text: str, number: int, before: str, other: int) -> bool:
        """Whether a word is meant in this case rather than in another, which is more probable.

        A single letter is not, in a case in which it hardly occurs (by Zipf's law).
        """
        if self._typed in (text, before):
            return text == self._typed and not (len(text) == 1 and number >= _FAR_RARER * other)
        return number >= self._own > other


def is_close(word: str, typed: str, number: int) -> bool:
    """Whether a word with the id ``number`` is near enough to be a correction of what was typed.

    Few letters with another first one are only taken for a frequent word, or for one with the first two swapped. A sign
    at the end, which may still become part of a word, is not taken away.
    """
    if unicodedata.category(typed[-1])[0] in "PS" and _any_case(word) == _any_case(typed[:-1]):
        return False
    if len(typed) >= _FEW or number < _FREQUENT:
        return True
    first, second = bases_of(fold(word[:2])).tolist(), bases_of(fold(typed[:2])).tolist()
    return first[0] == second[0] or (first == second[::-1] and len(word) == len(typed))


def _any_case(text: str) -> str:
    return fold(text) if text.isascii() else fold(text).translate(_SAME)
