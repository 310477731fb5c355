"""Everyday words: the most frequent ones of a language that a text lacks, and how probable each is.

A short text holds few of the words that people write. How frequent the others are the package wordfreq says, which is
needed when a model is fitted and never after; the model's folder keeps the words in `everyday.json`.

The probability that any word comes which the text lacks is p(unknown) + Σ p(w) over the words w that the text holds
once: words seen once are as frequent as words never seen (Good & Turing; Good 1953), and where a model expects the ones
it may expect the others. Each everyday word has its share of that, by its frequency.
"""

import calendar
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError, MissingExtra
from unrolled.storage.strict_json import parse_json, to_json
from unrolled.text.case import alike
from unrolled.text.cutting import SPECIAL, UNKNOWN, Cutting

__all__ = ["EVERYDAY", "Everyday", "check_languages", "everyday_words"]

EVERYDAY = "everyday.json"
MOST = 30_000  # of a language, or of several together; so many are 96 % of what is written in English
_LONGEST, _MOST_READ = 64, 200_000
_SIGNS = frozenset("'’-‐‑·\u200c\u200d")
_RAREST = -1_000  # centibels


@dataclass(frozen=True)
class Everyday:
    """Words, the most frequent first, and how frequent each is: ``centibels`` (E,), a hundred times log₁₀.

    The tokens from id ``once`` on are those that the text holds once, 0 while that is not known.
    """

    words: list[str]
    centibels: NDArray[np.int64]
    once: int = 0

    def __len__(self) -> int:
        return len(self.words)

    def after(self, counts: NDArray[np.int64]) -> Self:
        """The same where the tokens occur so often (V,) in the text."""
        often = np.flatnonzero(counts > 1)
        return replace(self, once=max(len(SPECIAL), int(often[-1]) + 1 if len(often) else 0))

    @cached_property
    def frequencies(self) -> NDArray[np.float32]:
        """How frequent each word (E,) is in its language."""
        return (10.0 ** (self.centibels / 100)).astype(np.float32)

    @cached_property
    def shares(self) -> NDArray[np.float32]:
        """The share (E,) of each, 1 together."""
        shares: NDArray[np.float32] = self.frequencies / self.frequencies.sum()
        return shares

    def spread(self, p: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probabilities (V,) of tokens → those of the tokens and of the everyday words after them (V + E,).

        That of UNKNOWN becomes the probability of any word that the text lacks.
        """
        lacking = p[UNKNOWN] + p[self.once :].sum()
        joined = np.concatenate([p, lacking * self.shares])
        joined[UNKNOWN] = lacking
        return joined

    def to_json(self) -> str:
        """One JSON object, the form of `everyday.json`."""
        saved = {"once": self.once, "words": self.words, "centibels": self.centibels.tolist()}
        return to_json(saved, EVERYDAY, compact=True)

    @classmethod
    def from_json(cls, text: str, where: str, tokens: int) -> Self:
        """Read what `to_json` wrote, for a model of so many tokens; InputError, beginning with ``where``, else."""
        saved = parse_json(text.encode(errors="surrogatepass"), where)
        if not isinstance(saved, dict) or saved.keys() != {"once", "words", "centibels"}:
            raise InputError(f"{where}: expected an object with once, words and centibels")
        once, words, centibels = saved["once"], saved["words"], saved["centibels"]
        if type(once) is not int or not len(SPECIAL) <= once <= tokens:
            raise InputError(f"{where}: once is {once!r:.40}; expected a number from {len(SPECIAL)} to {tokens}")
        if not isinstance(words, list) or {*map(type, words)} - {str}:
            raise InputError(f"{where}: expected a list of words")
        if not 0 < len(words) <= _MOST_READ or len({*words}) < len(words) or not _are_words(words):
            raise InputError(f"{where}: expected 1 to {_MOST_READ:,} words, each once, without spaces, of 64 letters")
        if not isinstance(centibels, list) or len(centibels) != len(words) or {*map(type, centibels)} != {int}:
            raise InputError(f"{where}: expected a whole number of centibels for each word")
        if not _RAREST <= min(centibels) <= max(centibels) <= 0:
            raise InputError(f"{where}: expected centibels from {_RAREST:,} to 0")
        return cls(words, np.array(centibels, np.int64), once)


def check_languages(languages: str) -> list[str]:
    """The languages in a list with commas between them; InputError where wordfreq does not know one."""
    try:
        from wordfreq import available_languages
    except ImportError as error:
        raise MissingExtra("wordfreq", "words", "everyday words") from error
    known = sorted(available_languages("best"))
    named = list(dict.fromkeys(language.strip() for language in languages.split(",")))
    for language in named:
        if language not in known:
            near = [code for code in known if code == language.lower()[:2]]
            meant = f"did you mean {near[0]}? " if near else ""
            raise InputError(f"words is {language[:40]!r}; {meant}expected one of {', '.join(known)}", "words")
    return named


def everyday_words(languages: str, tokens: Sequence[str], cutting: Cutting, most: int = MOST) -> Everyday | None:
    """The words among the ``most`` most frequent of some languages that are not among the tokens; None where it has
    them all.

    Numbers, single letters and what a text is not cut into as one word are left out. Their case is not known: they come
    in small letters, but in English *I'm*, the days of the week and the months, where the tokens have capitals at all.
    """
    named = check_languages(languages)
    frequencies = _frequencies(named)
    ranked = sorted(frequencies, key=lambda word: (-frequencies[word], word))
    usable = list(islice((word for word in ranked if _is_word(word, cutting)), most))
    if not usable:
        raise InputError(f"words is {languages!r}: it is written without spaces, and has no words to complete", "words")
    known = {alike(token) for token in tokens}
    lacking = [word for word in usable if alike(word) not in known]
    if not lacking:
        return None
    english = "en" in named and any(token != token.lower() for token in tokens[len(SPECIAL) :])
    centibels = np.rint(100 * np.log10([frequencies[word] for word in lacking])).astype(np.int64)
    capitals = _capitals() if english else frozenset()
    words = [word.capitalize() if word in capitals else word for word in lacking]
    return Everyday(words, np.maximum(centibels, _RAREST))


def _frequencies(languages: Sequence[str]) -> dict[str, float]:
    """How frequent each word is, where as much is written in each of the languages."""
    from wordfreq import get_frequency_dict

    frequencies: dict[str, float] = {}
    for language in languages:
        for listed, frequency in get_frequency_dict(language, "best").items():
            word = unicodedata.normalize("NFC", listed)
            frequencies[word] = frequencies.get(word, 0.0) + frequency / len(languages)
    return frequencies


def _is_word(word: str, cutting: Cutting) -> bool:
    if not 1 < len(word) <= _LONGEST or not word[0].isalpha():
        return False
    if word.isascii() and word.isalpha():
        return True
    letters = all(letter in _SIGNS or unicodedata.category(letter)[0] in "LM" for letter in word)
    return letters and len(cutting.pieces(word)) == 1


def _are_words(words: Sequence[str]) -> bool:
    """Whether they may be shown: nothing in them is a space or a control character."""
    lengths = [*map(len, words)]
    joined = "".join(words).replace("\u200c", "").replace("\u200d", "")
    return 0 < min(lengths) <= max(lengths) <= _LONGEST and joined.isprintable() and " " not in joined


def _capitals() -> frozenset[str]:
    """What English writes with a capital, in small letters: I, days and months, but for two that are other words."""
    names = {name.lower() for name in (*calendar.day_name, *calendar.month_name)}
    return frozenset(names - {"march", "may"} | {"i'm", "i've", "i'll", "i'd", "i'd've"})
