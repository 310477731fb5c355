"""The case in which a word is written where it does not begin a sentence (Lita et al. 2003; the truecaser of Moses)."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Self

from unrolled.errors import InputError
from unrolled.text.case import Casing, case_of, opens_sentence

__all__ = ["WORD", "Truecaser", "casing_of", "is_capitals"]

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_AFTER_POINT = re.compile(r"(?<!\w)(\w+)\. (?=(\w))")
_BEFORE_POINT = re.compile(r"(?<!\w)(\w+)\. \Z")
_SMALL = 0.3  # share of the words after it that are small, from which a word with a point is an abbreviation
_BEFORE = 64  # characters that say whether a sentence begins


class Truecaser:
    """Takes the capital from a sentence's first word where it stands for nothing else, and gives it back."""

    def __init__(self, casing: Casing, forms: Iterable[str], abbreviations: Iterable[str], capitals: bool) -> None:
        self.casing = casing
        self.forms: Mapping[str, str] = {form.lower(): form for form in forms}
        """Of each word, by its small form, the form that it mostly has within sentences."""
        self.abbreviations = frozenset(abbreviations)
        """Words, in small letters, whose point ends no sentence; 0 for any number."""
        self.capitals = capitals
        """Whether sentences begin with a capital at all."""

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Self:
        """Count how words are written within sentences."""
        within: defaultdict[str, Counter[str]] = defaultdict(Counter)
        first: Counter[str] = Counter()
        words: set[str] = set()
        for text in map(_without_tags, texts):
            found = list(WORD.finditer(text))
            words.update(word[0] for word in found)
            for word in found if not is_capitals(text) else ():
                if _opens(text, word.start()):
                    first[case_of(word[0][0])] += 1
                else:
                    within[word[0].lower()][word[0]] += 1
        forms = [max(sorted(counts), key=counts.__getitem__) for counts in within.values()]
        return cls(Casing.of(words), forms, _abbreviations(texts), first["capital"] > first["lower"])

    def cased(self, text: str) -> str:
        """The text with the first word of each sentence as it is written within one; of all capitals, every word."""
        every = is_capitals(text)
        if not (self.capitals or every):
            return text
        seen = _without_tags(text)

        def form(found: re.Match[str]) -> str:
            word: str = found[0]
            if not every and (word[0] == word[0].lower() or not self._begins(seen, found.start())):
                return word
            known = self.forms.get(word.lower())
            if known is None:
                return self.casing.lower(word) if every else word
            return known if every or known == known.lower() else word

        return WORD.sub(form, text)

    def restored(self, text: str, capitals: bool = False, kept: Sequence[tuple[int, int]] = ()) -> str:
        """The text with a capital at the beginning of each sentence; with ``capitals``, with nothing else.

        The ranges ``kept``, in their order, stay as they are.
        """
        if not (capitals or self.capitals):
            return text
        seen = _without_tags(text)

        def form(found: re.Match[str]) -> str:
            word: str = found[0]
            if capitals:
                return self.casing.upper(word)
            first = self._begins(seen, found.start()) and case_of(word) != "mixed"  # iPhone
            return self.casing.capitalized(word) if first else word

        cased, last = "", 0
        for start, end in (*kept, (len(text), len(text))):
            cased += "".join(_changed(text, last, start, form)) + text[start:end]
            last = end
        return cased

    def _begins(self, text: str, start: int) -> bool:
        """Whether the word that begins there is the first of a sentence, and does not follow an abbreviation."""
        if not _opens(text, start):
            return False
        before = _BEFORE_POINT.search(text[max(start - _BEFORE, 0) : start])
        return before is None or not (_is_initial(before[1]) or _numberless(before[1]) in self.abbreviations)

    def saved(self) -> dict[str, object]:
        """What `restore` reads."""
        forms, abbreviations = sorted(self.forms.values()), sorted(self.abbreviations)
        return {
            "casing": asdict(self.casing),
            "forms": forms,
            "abbreviations": abbreviations,
            "capitals": self.capitals,
        }

    @classmethod
    def restore(cls, saved: object, where: str) -> Self:
        """The inverse of `saved`; InputError for anything else."""
        if isinstance(saved, dict):
            casing, capitals = casing_of(saved.get("casing"), where), saved.get("capitals")
            forms, abbreviations = _words(saved.get("forms")), _words(saved.get("abbreviations"))
            if forms is not None and abbreviations is not None and isinstance(capitals, bool):
                return cls(casing, forms, abbreviations, capitals)
        raise InputError(f"{where} does not say in which case words are written; save the model again")


def casing_of(saved: object, where: str) -> Casing:
    """The casing that was saved as an object; InputError for anything else."""
    if isinstance(saved, dict) and saved.keys() == asdict(Casing()).keys():
        flags = [value for value in saved.values() if isinstance(value, bool)]
        if len(flags) == len(saved):
            return Casing(**saved)
    raise InputError(f"{where} does not say how its language writes capitals; save the model again")


def _words(saved: object) -> list[str] | None:
    if isinstance(saved, list) and all(isinstance(word, str) for word in saved):
        return list(map(str, saved))
    return None


def is_capitals(text: str) -> bool:
    """Whether a text of several letters is written in capitals."""
    return text.upper() == text and sum(letter != letter.lower() for letter in text) > 3


def _opens(text: str, start: int) -> bool:
    """Whether the word that begins there is the first of a sentence."""
    if start > 1 and text[start - 1] == " " and text[start - 2].isalnum():
        return False
    before = text[max(start - _BEFORE, 0) : start]
    before = text[:start] if before.isspace() else before
    return start == 0 or (text[start - 1] not in ".!?" and opens_sentence(before))


def _without_tags(text: str) -> str:
    """The text with spaces in the place of tags, so that a word after one may be the first of a sentence."""
    return _TAG.sub(lambda tag: " " * len(tag[0]), text) if "<" in text else text


def _abbreviations(texts: Iterable[str]) -> list[str]:
    """Words after whose point a sentence often goes on in small letters: ca., etc., 0 for any number."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for found in _AFTER_POINT.finditer(text):
            counts[_numberless(found[1])][case_of(found[2])] += 1
    return [word for word, cases in counts.items() if cases["lower"] > _SMALL * cases.total()]


def _numberless(word: str) -> str:
    return "0" if word.isdigit() else word.lower()


def _is_initial(word: str) -> bool:
    """A single letter, as in z. B. and J. S. Bach, but not the word I."""
    return len(word) == 1 and word.isalpha() and word != "I"


def _changed(text: str, start: int, end: int, form: Callable[[re.Match[str]], str]) -> Iterator[str]:
    """A part of a text with its words changed."""
    last = start
    for found in WORD.finditer(text, start, end):
        yield text[last : found.start()]
        yield form(found)
        last = found.end()
    yield text[last:end]
