"""One side of pairs of texts: how its texts are cut into tokens, and read again."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.text.brought import BroughtTokenizer
from unrolled.text.cutting import UNKNOWN, to_bytes
from unrolled.text.held import Span, without
from unrolled.text.spacing import join_words
from unrolled.text.tokens import Tokenizer
from unrolled.text.word_pattern import is_unspaced

__all__ = ["HELD", "Cut", "Side", "cleaned"]

HELD = 9
"""Tokens that stand for something carried over: ⟨1⟩ … ⟨9⟩, the last of the vocabulary."""
_SPACES = re.compile(r"[ \t\n\r\f\v]+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


class Cut(NamedTuple):
    """A text as tokens."""

    ids: list[int]
    names: list[str]
    """Their texts, those of unknown words included."""
    places: list[int]
    """Before which of the tokens each span stood, or which token stands for it."""


class Side:
    """A vocabulary with tokens for what is held. Byte pairs mark where a word begins by a space before it."""

    def __init__(self, tokenizer: Tokenizer | BroughtTokenizer) -> None:
        self.tokenizer = tokenizer
        self.kind = tokenizer.kind if isinstance(tokenizer, Tokenizer) else "brought"
        self.first_held = len(tokenizer)

    def __len__(self) -> int:
        return self.first_held + HELD

    @property
    def cased(self) -> bool:
        """Whether letters' case is put aside, and numbers and the like are held: where texts have words."""
        return self.kind not in ("character", "space")

    def cut(self, text: str, held: Sequence[Span] = (), numbers: Iterable[int] | None = None) -> Cut:
        """The tokens of a cleaned text; the spans, in their order, become tokens of the ``numbers`` from 0.

        Those from `HELD` on are left out.
        """
        whole = Cut([], [], [])
        numbers = range(len(held)) if numbers is None else numbers
        spaced = [part.endswith(" ") for part in without(text, held)]
        for at, (part, number) in enumerate(zip(self.parts(text, held), [*numbers, HELD], strict=True)):
            ids, names = self.tokens(part)
            whole.ids.extend(ids)
            whole.names.extend(names)
            if at == len(held):
                break
            whole.places.append(len(whole.ids))
            if number < HELD:
                whole.ids.append(self.first_held + number)
                whole.names.append(" " * spaced[at] + held[at].text)
        if whole.names and self.kind != "character":
            whole.names[0] = whole.names[0].removeprefix(" ")
        return whole

    def parts(self, text: str, held: Sequence[Span]) -> list[str]:
        """What stands between spans, as the tokenizer cuts it: a word at the beginning or after a tag is one as well
        that has a space before it."""
        parts = without(text, held)
        if self.kind not in ("bpe", "brought"):
            return parts
        inner = [part.strip(" ") for part in parts]
        if isinstance(self.tokenizer, BroughtTokenizer) and not self.tokenizer.spaced:
            return inner
        return [
            f" {text}" if text and (not at or part[0] == " " or (held[at - 1].tag and text[0].isalnum())) else text
            for at, (part, text) in enumerate(zip(parts, inner, strict=True))
        ]

    def tokens(self, part: str) -> tuple[list[int], list[str]]:
        """Ids and texts of what stands between spans."""
        if isinstance(self.tokenizer, BroughtTokenizer):
            return self.tokenizer.encode(part)
        ids = self.tokenizer.encode(part).tolist()
        if self.kind == "bpe":
            return ids, self.texts(ids)
        names = self.tokenizer.split(part)
        return ids, names if self.kind == "character" else _spaced(names, part)

    def continuing(self) -> NDArray[np.bool_] | None:
        """Which tokens go on with the word before them (V,); None where each is a word, or nobody knows."""
        if not isinstance(self.tokenizer, Tokenizer) or self.kind not in ("bpe", "character"):
            return None
        return np.array([_goes_on(text) for text in self.tokenizer.tokens])

    def texts(self, ids: Iterable[int]) -> list[str]:
        """The texts of tokens; those of byte pairs with the space that begins a word, those that are held as ⟨1⟩."""
        first = self.first_held
        if isinstance(self.tokenizer, BroughtTokenizer):
            ids = list(ids)
            known = iter(self.tokenizer.texts([i for i in ids if i < first]))
            return [next(known) if i < first else f"⟨{i - first + 1}⟩" for i in ids]
        tokens = self.tokenizer.tokens
        return [tokens[i] if i < first else f"⟨{i - first + 1}⟩" for i in ids]

    def names(self, ids: Sequence[int]) -> list[str]:
        """`texts`, of which one that begins a word begins with a space, the first of all excepted."""
        texts = self.texts(ids)
        if self.kind == "space":
            return [f" {text}" if at else text for at, text in enumerate(texts)]
        if self.kind == "word":
            return _spaced(texts, join_words(texts))
        if self.kind in ("bpe", "brought"):
            texts = [f" {text}" if i >= self.first_held else text for text, i in zip(texts, ids, strict=True)]
            return [text.removeprefix(" ") if not at else text for at, text in enumerate(texts)]
        return texts

    def read(self, ids: Sequence[int], known: Sequence[str]) -> str:
        """The text of tokens of which none is held; a word after another begins with a space.

        ``known`` are texts for the tokens that are unknown.
        """
        if isinstance(self.tokenizer, BroughtTokenizer):
            return self._with_known(self.tokenizer, ids, known)
        if self.kind == "bpe":
            stored = self.tokenizer.stored
            return b"".join(to_bytes(stored(i)) for i in ids if i != UNKNOWN).decode("utf-8", "replace")
        texts = [known[at] if i == UNKNOWN else self.tokenizer.tokens[i] for at, i in enumerate(ids)]
        texts = [text for text in texts if text]
        if self.kind == "word":
            return join_words(["x", *texts])[1:]
        return "".join(f" {text}" for text in texts) if self.kind == "space" else "".join(texts)

    @staticmethod
    def _with_known(tokenizer: BroughtTokenizer, ids: Sequence[int], known: Sequence[str]) -> str:
        """The text of ids, with the texts that are known where one is unknown."""
        places = [at for at, i in enumerate(ids) if i == UNKNOWN]
        parts = [tokenizer.read(ids[start + 1 : end]) for start, end in pairwise([-1, *places, len(ids)])]
        return parts[0] + "".join(f" {known[at]}{part}" for at, part in zip(places, parts[1:], strict=True))


def cleaned(text: str) -> str:
    """The text without control characters and marks that nobody sees, with single spaces."""
    text = _SPACES.sub(" ", text)
    return (text if text.isascii() and text.isprintable() else _UNSEEN.sub("", text)).strip(" ")


def _goes_on(text: str) -> bool:
    """Whether a token goes on with a word: one of scripts without spaces between words never does."""
    return text.startswith("\\x") or (text[:1].isalnum() and not is_unspaced(text[0]))


def _spaced(pieces: Sequence[str], text: str) -> list[str]:
    """Pieces of a text, those with white space before them with a space."""
    spaced, last = [], 0
    for piece in pieces:
        start = text.find(piece, last)
        spaced.append(f" {piece}" if start > last and not piece.startswith(" ") else piece)
        last = max(start, last) + len(piece)
    return spaced
