"""The case in which a word is written where it does not begin a sentence (Lita et al. 2003; the truecaser of Moses)."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Self

from unrolled.errors import InputError
from unrolled.text.case import Casing, opens_sentence

__all__ = ["Truecaser", "is_capitals"]

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

_BEFORE = 64  # characters that say whether a sentence begins


class Truecaser:
    """Takes the capital from a sentence's first word where it stands for nothing else, and gives it back."""

    def __init__(self, casing: Casing, forms: Mapping[str, str], capitals: bool) -> None:
        self.casing = casing
        self.forms = dict(forms)
        """Of words whose most frequent form within a sentence is not all small that form, by the small one; and the
        small ones that were seen within a sentence, with themselves."""
        self.capitals = capitals
        """Whether sentences begin with a capital at all."""

    @classmethod
    def learn(cls, texts: Iterable[str]) -> Self:
        """Count how words are written within sentences."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        words: set[str] = set()
        first: Counter[bool] = Counter()
        for text in texts:
            all_capitals = is_capitals(text)
            for found in _WORD.finditer(text):
                word = found[0]
                words.add(word)
                if all_capitals:
                    continue
                if _opens(text, found.start()):
                    if word[0] != word[0].lower() or word[0] != word[0].upper():
                        first[word[0] != word[0].lower()] += 1
                else:
                    counts[word.lower()][word] += 1
        casing = Casing.of(words)
        forms = {small: max(sorted(form), key=form.__getitem__) for small, form in sorted(counts.items())}
        return cls(casing, forms, first[True] > first[False])

    def cased(self, text: str) -> str:
        """The text with the first word of each sentence as it is written within one; of all capitals, every word."""
        every = is_capitals(text)
        if not (self.capitals or every):
            return text

        def form(found: re.Match[str]) -> str:
            word: str = found[0]
            if not every and (word[0] == word[0].lower() or not _opens(text, found.start())):
                return word
            known = self.forms.get(word.lower())
            if known is None:
                return self.casing.lower(word) if every else word
            return known if every or known.lower() == known else word

        return _WORD.sub(form, text)

    def restored(self, text: str, capitals: bool = False, kept: Sequence[tuple[int, int]] = ()) -> str:
        """The text with a capital at the beginning of each sentence; with ``capitals``, with nothing else.

        The ranges ``kept``, in their order, stay as they are.
        """
        if not (capitals or self.capitals):
            return text

        def form(found: re.Match[str]) -> str:
            word: str = found[0]
            if capitals:
                return self.casing.upper(word)
            return self.casing.capitalized(word) if _opens(text, found.start()) else word

        cased, last = "", 0
        for start, end in (*kept, (len(text), len(text))):
            cased += "".join(_cased_parts(text, last, start, form)) + text[start:end]
            last = end
        return cased

    def saved(self) -> dict[str, object]:
        """What `of` reads."""
        casing = self.casing
        names = {"ij": casing.ij, "dotted": casing.dotted, "eszett": casing.eszett}
        return {"casing": names, "forms": sorted(self.forms.values()), "capitals": self.capitals}

    @classmethod
    def of(cls, saved: object, where: str) -> Self:
        """The inverse of `saved`; InputError for anything else."""
        if isinstance(saved, dict):
            casing, forms, capitals = saved.get("casing"), saved.get("forms"), saved.get("capitals")
            if (
                isinstance(casing, dict)
                and casing.keys() == {"ij", "dotted", "eszett"}
                and all(isinstance(flag, bool) for flag in (*casing.values(), capitals))
                and isinstance(forms, list)
                and all(isinstance(form, str) for form in forms)
            ):
                return cls(Casing(**casing), {form.lower(): form for form in forms}, bool(capitals))
        raise InputError(f"{where} does not say how words are written; expected what saving a model wrote")


def _opens(text: str, start: int) -> bool:
    """Whether the word that begins there is the first of a sentence."""
    if start > 1 and text[start - 1] == " " and text[start - 2].isalnum():
        return False
    return start == 0 or (text[start - 1] not in ".!?" and opens_sentence(text[max(start - _BEFORE, 0) : start]))


def _cased_parts(text: str, start: int, end: int, form: Callable[[re.Match[str]], str]) -> Iterator[str]:
    """A part of a text with its words changed."""
    last = start
    for found in _WORD.finditer(text, start, end):
        yield text[last : found.start()]
        yield form(found)
        last = found.end()
    yield text[last:end]


def is_capitals(text: str) -> bool:
    """Whether a text of several letters is written in capitals."""
    return text.upper() == text and sum(letter != letter.lower() for letter in text) > 3
