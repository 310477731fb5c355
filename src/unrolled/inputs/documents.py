"""Documents and their summaries as token ids and back: words, and of each document those that the vocabulary lacks.

Letters' case is put aside on both sides; a summary's words get the case that they have in the document, or mostly have
elsewhere. A word that the vocabulary of V tokens lacks has in its document an id of its own from V on, so that it can
be copied (See et al. 2017).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inputs.codec import Encoded, Length, Pair
from unrolled.inputs.folding import Folding
from unrolled.inputs.raw_texts import RawTexts
from unrolled.inputs.side import Side, cleaned
from unrolled.inputs.sides import restored_side, saved_text
from unrolled.inputs.target_lengths import TargetLengths
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import END, SPECIAL, UNKNOWN, composed
from unrolled.text.tokens import Tokenizer
from unrolled.text.truecase import WORD, Truecaser, is_capitals

__all__ = ["DocumentSettings", "Documents"]

_WORDS, _TEXTS = "words.json", "documents.json"
_LONGEST = 100_000  # words of a document that are read, at most
_OFTEN = 5  # times that a word of a summary counts for the vocabulary as much as one of a document
_LETTERS = 64  # letters of a document that are cut into words, for each of the words that are read


class DocumentSettings(Protocol):
    """The settings of a task that concern its texts."""

    vocabulary: int
    longest: int
    """Tokens of a document that are read; the rest is cut off."""
    copying: bool
    """Whether words that the vocabulary lacks have ids of their own."""


class Documents(RawTexts):
    """The codec that a fit learns; for a model that is not ``copying``, words that the vocabulary lacks are unknown."""

    def __init__(
        self,
        side: Side,
        folding: Folding,
        truecaser: Truecaser,
        longest: int,
        target_lengths: TargetLengths,
        copying: bool = True,
    ) -> None:
        self._side, self._folding, self._truecaser = side, folding, truecaser
        self._longest, self._target_lengths, self.copying = longest, target_lengths, copying

    @classmethod
    def learn(cls, settings: DocumentSettings, documents: Sequence[str], summaries: Sequence[str]) -> Self:
        """Learn the vocabulary, the case of words, and how long summaries are."""
        longest = settings.longest
        read = [cleaned(composed(text[: longest * _LETTERS])) for text in documents]
        written = [cleaned(composed(text)) for text in summaries]
        folding, truecaser = Folding.learn([*read, *written]), Truecaser.learn([*read, *written])
        texts = list(map(folding.words, [*read, *written * _OFTEN]))
        side = Side(Tokenizer.train("word", texts, settings.vocabulary))
        lengths = TargetLengths.of([len(side.cut(folding.words(text)).ids) for text in written])
        return cls(side, folding, truecaser, longest, lengths, settings.copying)

    @property
    def vocabulary(self) -> int:
        """See `Codec`."""
        return len(self._side)

    @property
    def hidden(self) -> list[int]:
        """The unknown token, and those of the side that stand for spans, of which there are none here."""
        return [UNKNOWN, *range(self._side.first_held, len(self._side))]

    @cached_property
    def only_copied(self) -> list[int]:
        """Words with digits: a number that the document lacks is none of its own."""
        return [i for i, text in enumerate(self._side.texts(range(len(self._side)))) if re.search(r"\d", text)]

    @property
    def continuing(self) -> None:
        """Each token is a word."""
        return

    @property
    def spelled(self) -> bool:
        """They are texts."""
        return False

    def lengths(self, name: str | None) -> Length:
        """See `Codec`."""
        return self._target_lengths.called(name)

    def source(self, text: str, glossary: Mapping[str, str] | None = None) -> Encoded:
        """See `Codec`; a glossary is refused."""
        if glossary:
            raise InputError("a glossary is given; expected none: a summary has the words of its document", "glossary")
        most = self._longest * _LETTERS
        original = cleaned(composed(text[:most]))
        ids, names = self._side.cut(self._folding.words(original))[:2]
        over = max(len(ids) - self._longest, 0) + len(text[most:].split())
        names = _as_written(names[: self._longest], original)
        ids = self._extended(ids[: self._longest], names)
        return Encoded(np.array([*ids, END], np.int64), [*names, SPECIAL[END]], cut=over, original=original)

    def _extended(self, ids: Sequence[int], names: Sequence[str]) -> list[int]:
        """Ids in which every word that the vocabulary lacks has one of its own, in the order in which they come."""
        if not self.copying:
            return list(ids)
        lacking: dict[str, int] = {}
        return [
            lacking.setdefault(self._word(name), len(self._side) + len(lacking)) if i == UNKNOWN else i
            for i, name in zip(ids, names, strict=True)
        ]

    def _word(self, name: str) -> str:
        return self._folding.words(name.strip())

    def pair(self, document: str, summary: str) -> Pair:
        """See `Codec`; a word of the summary that neither vocabulary nor document has is unknown."""
        encoded = self.source(document)
        return encoded.inputs, np.array(self._written(summary, encoded), np.int64)

    def _written(self, text: str, encoded: Encoded) -> list[int]:
        """The ids of a text in the extended vocabulary of a document."""
        own = {self._word(name): int(i) for name, i in zip(encoded.names, encoded.inputs, strict=True) if i > END}
        ids, names = self._side.cut(self._folding.words(cleaned(composed(text))))[:2]
        return [own.get(name.strip(), UNKNOWN) if i == UNKNOWN else i for i, name in zip(ids, names, strict=True)]

    def varied(self, document: str, summary: str, rng: np.random.Generator) -> Pair:
        """`pair` itself."""
        return self.pair(document, summary)

    def required(self, encoded: Encoded, document: str, glossary: Mapping[str, str]) -> list[list[int]]:
        """Nothing."""
        return []

    def itself(self, encoded: Encoded, required: Sequence[Sequence[int]]) -> None:
        """No document is its own summary."""
        return

    def beginning(self, text: str, encoded: Encoded) -> list[int]:
        """See `Codec`."""
        ids = self._written(text, encoded)
        if UNKNOWN in ids:
            raise InputError(f"the prefix {text!r} cannot be written: neither vocabulary nor input has a word of it")
        return ids

    def text(self, ids: Sequence[int], encoded: Encoded, attention: NDArray[np.float32]) -> str:
        """See `Codec`."""
        known = [i if i < len(self._side) else UNKNOWN for i in map(int, ids) if i > END]
        text = self._side.read(known, self._names(known, [int(i) for i in ids if i > END], encoded))
        return self._truecaser.restored(self._recased(text.strip(), encoded.original))

    def _names(self, known: Sequence[int], ids: Sequence[int], encoded: Encoded) -> list[str]:
        own = {int(i): self._word(name) for name, i in zip(encoded.names, encoded.inputs, strict=True)}
        return [own.get(i, "") if at == UNKNOWN else "" for at, i in zip(known, ids, strict=True)]

    def _recased(self, text: str, original: str) -> str:
        """The text with the case that words have within the document's sentences, or mostly have elsewhere."""
        within = {} if is_capitals(original) else Truecaser.learn([original]).forms
        first = {} if is_capitals(original) else {word[0].lower(): word[0] for word in WORD.finditer(original)}

        def form(found: re.Match[str]) -> str:
            small = found[0].lower()
            usual = self._truecaser.forms.get(small, first.get(small, found[0]))
            return within.get(small, usual)

        return WORD.sub(form, text)

    def target_names(self, ids: Sequence[int], encoded: Encoded) -> list[str]:
        """See `Codec`."""
        own = {int(i): name.strip() for name, i in zip(encoded.names, encoded.inputs, strict=True)}
        known = [int(i) if i < len(self._side) else UNKNOWN for i in ids]
        names = self._side.names(known)
        spaced = [
            f" {own.get(int(i), name)}" if i >= len(self._side) else name for i, name in zip(ids, names, strict=True)
        ]
        return [spaced[0].removeprefix(" "), *spaced[1:]] if spaced else []

    def about(self, encoded: Encoded, raw: str) -> str:
        """See `Codec`."""
        if not encoded.cut:
            return ""
        read = len(encoded.inputs) - 1
        return f"the first {read:,} of {read + encoded.cut:,} words are read; --longest of `fit` says how many"

    def saved(self) -> dict[str, str]:
        """See `Codec`."""
        texts = {
            "longest": self._longest,
            "lengths": self._target_lengths.saved(),
            "folding": self._folding.saved(),
            "truecaser": self._truecaser.saved(),
        }
        return {_WORDS: self._side.tokenizer.to_json(), _TEXTS: json.dumps(texts, ensure_ascii=False)}

    @classmethod
    def restored(
        cls, texts: Mapping[str, str], read: Callable[[str], Mapping[str, NDArray[Any]]] | None = None
    ) -> Self:
        """See `Codec`."""
        saved = parse_json(saved_text(texts, _TEXTS).encode(errors="surrogatepass"), _TEXTS)
        saved = saved if isinstance(saved, dict) else {}
        longest = saved.get("longest")
        if not (type(longest) is int and 0 < longest <= _LONGEST):
            raise InputError(
                f"{_TEXTS} has {longest!r:.40} for longest; expected 1 to {_LONGEST:,}; save the model again"
            )
        lengths = TargetLengths.restore(saved.get("lengths"), _TEXTS)
        folding, truecaser = (
            Folding.restore(saved.get("folding"), _TEXTS),
            Truecaser.restore(saved.get("truecaser"), _TEXTS),
        )
        return cls(restored_side(texts, _WORDS), folding, truecaser, longest, lengths)


def _as_written(names: Sequence[str], original: str) -> list[str]:
    """The texts of tokens in the case of the text that they were cut from; folding leaves its letters' places."""
    written, last, small = [], 0, original.lower()
    for name in names:
        bare = name.strip()
        start = small.find(bare, last)
        if start < 0 or len(small) != len(original):
            written.append(name)
            continue
        last = start + len(bare)
        written.append(name[: len(name) - len(name.lstrip())] + original[start:last])
    return written
