"""How each kind of token cuts a text, by parts of the `tokenizers` library."""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers

from unrolled.text.case import Casing
from unrolled.text.word_pattern import DIRECTIONS, EARLIER_WORD, INVISIBLE, SPACES, WORD, breaks

__all__ = [
    "BYTE_OF",
    "END",
    "SPECIAL",
    "UNKNOWN",
    "Cutting",
    "Kind",
    "blocks",
    "composed",
    "to_bytes",
    "whole",
    "words",
]

Kind = Literal["word", "space", "character", "bpe"]

UNKNOWN: Final = 0
END: Final = 1
SPECIAL: Final = ("<unk>", "<eos>")

_BLOCK = 1 << 14  # characters after which a text is cut at the next white space
_LONGEST_RUN = 1 << 20  # characters without white space after which a text is cut all the same
_SHOWN = [*range(33, 127), *range(161, 173), *range(174, 256)]  # bytes that byte-level BPE writes as themselves
_HIDDEN = [byte for byte in range(256) if byte not in _SHOWN]  # the others, written as the letters from 256 on

BYTE_OF: Final = {chr(b): b for b in _SHOWN} | {chr(256 + i): b for i, b in enumerate(_HIDDEN)}

_ODD_SPACES, _UNSEEN = re.compile(f"[{SPACES}]"), re.compile(f"[{INVISIBLE}{DIRECTIONS}]")

if "TOKENIZERS_PARALLELISM" not in os.environ and hasattr(os, "register_at_fork"):
    # The library's threads do not survive a fork: all cores in this process, one in its forked children.
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    os.register_at_fork(after_in_child=lambda: os.environ.update(TOKENIZERS_PARALLELISM="false"))


@dataclass(frozen=True)
class Cutting:
    """How a text is made ready and cut for one kind of tokens.

    ``earlier``: as for models that were fitted before texts were composed (Unicode's form NFC) and before words of
    every script stayed whole. Their tokenizer.json has no normalizer.
    """

    kind: Kind
    earlier: bool = False

    def composed(self, text: str) -> str:
        """The text in the form NFC, so that é is the same however it was typed; half characters become U+FFFD."""
        return whole(text) if self.earlier else composed(text)

    def folded(self, text: str) -> str:
        """The text as a classifier reads it: in small letters, without marks that nobody sees, all spaces alike."""
        if self.earlier:
            return text.lower()
        text = self.composed(text)
        return text.lower() if text.isascii() else Casing().lower(_UNSEEN.sub("", _ODD_SPACES.sub(" ", text)))

    def pieces(self, text: str) -> list[tuple[str, tuple[int, int]]]:
        """The pieces of a composed text, each with the places where it begins and ends."""
        return _pre_tokenizer(self.kind, self.earlier).pre_tokenize_str(text)

    def backend(self, model: models.Model, composing: bool = False) -> tokenizers.Tokenizer:
        """The library's tokenizer, of composed texts; with ``composing``, of any, but slower: as it is saved.

        No token is special to it, or it would take the letters `<eos>` that a user types for the end of a paragraph.
        """
        built = tokenizers.Tokenizer(model)
        built.pre_tokenizer = _pre_tokenizer(self.kind, self.earlier)
        if composing and not self.earlier:
            built.normalizer = normalizers.NFC()
        if self.kind == "bpe":
            built.decoder = decoders.ByteLevel()
        return built


@cache
def _pre_tokenizer(kind: Kind, earlier: bool) -> pre_tokenizers.PreTokenizer:
    """The part of the library that cuts a text into tokens; for `bpe`, into pieces that no token may cross."""
    if kind == "word":
        return pre_tokenizers.Split(tokenizers.Regex(EARLIER_WORD if earlier else WORD), "removed", invert=True)
    if kind == "space":
        return pre_tokenizers.WhitespaceSplit()
    if kind == "character":
        return pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def blocks(text: str) -> Iterator[str]:
    """Cut a text before white space into pieces, at least one; together they have the tokens of the whole.

    A run of more than a million characters without white space is cut all the same, so that memory stays bounded.
    """
    start = 0
    while len(text) - start > _BLOCK:
        space = breaks().search(text, start + _BLOCK, start + _LONGEST_RUN)
        end = space.start() if space else min(start + _LONGEST_RUN, len(text))
        yield text[start:end]
        start = end
    if start < len(text) or not text:
        yield text[start:]


def whole(text: str) -> str:
    """The text with half characters (lone surrogates, which no UTF-8 can hold) replaced by U+FFFD."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def composed(text: str) -> str:
    """The text in Unicode's form NFC, in which a letter and its accent are one where they can be."""
    return text if text.isascii() else unicodedata.normalize("NFC", whole(text))


def to_bytes(stored: str) -> bytes:
    """The bytes that a byte-level token stands for."""
    return bytes(BYTE_OF[character] for character in stored)


def words(text: str, lowercase: bool = True) -> list[str]:
    """The words and punctuation marks of a text, cut as the kind `word` cuts; ``lowercase`` makes all letters small."""
    cutting = Cutting("word")
    text = cutting.folded(text) if lowercase else cutting.composed(text)
    return [word for block in blocks(text) for word, _ in cutting.pieces(block) if not word.isspace()]
