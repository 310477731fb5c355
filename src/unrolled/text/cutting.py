"""How each kind of token cuts a text, by parts of the `tokenizers` library."""

import os
import re
from collections.abc import Iterator
from typing import Final, Literal

import tokenizers
from tokenizers import decoders, models, pre_tokenizers

__all__ = [
    "BYTE_OF",
    "END",
    "SPECIAL",
    "UNKNOWN",
    "Kind",
    "backend",
    "blocks",
    "pre_tokenizer",
    "to_bytes",
    "whole",
    "words",
]

Kind = Literal["word", "space", "character", "bpe"]

UNKNOWN: Final = 0
END: Final = 1
SPECIAL: Final = ("<unk>", "<eos>")

# Joined within a word: ' ’ - and the like between letters, . , : between digits, the dots of U.S or e.g
_LETTER = r"[\p{L}\p{M}\p{N}]"
_INNER = r"['’‐‑_-]|(?<=\p{N})[.,:](?=\p{N})|(?<=\b\p{L})\.(?=\p{L}\b)"
_WORD = rf"{_LETTER}+(?:(?:{_INNER}){_LETTER}+)*|\S"
_BLOCK = 1 << 14  # characters after which a text is cut at the next white space
_LONGEST_RUN = 1 << 20  # characters without white space after which a text is cut all the same
_BREAK = re.compile(r"(?<=\S)[ \t\n]")
_SHOWN = [*range(33, 127), *range(161, 173), *range(174, 256)]  # bytes that byte-level BPE writes as themselves
_HIDDEN = [byte for byte in range(256) if byte not in _SHOWN]  # the others, written as the letters from 256 on

BYTE_OF: Final = {chr(b): b for b in _SHOWN} | {chr(256 + i): b for i, b in enumerate(_HIDDEN)}

if "TOKENIZERS_PARALLELISM" not in os.environ and hasattr(os, "register_at_fork"):
    # The library's threads do not survive a fork: all cores in this process, one in its forked children.
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    os.register_at_fork(after_in_child=lambda: os.environ.update(TOKENIZERS_PARALLELISM="false"))


def pre_tokenizer(kind: Kind) -> pre_tokenizers.PreTokenizer:
    """The part of the library that cuts a text into tokens; for `bpe`, into pieces that no token may cross."""
    if kind == "word":
        return pre_tokenizers.Split(tokenizers.Regex(_WORD), "removed", invert=True)
    if kind == "space":
        return pre_tokenizers.WhitespaceSplit()
    if kind == "character":
        return pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def backend(kind: Kind, model: models.Model) -> tokenizers.Tokenizer:
    """The library's tokenizer of one kind.

    No token is special to it, or it would take the letters `<eos>` that a user types for the end of a paragraph.
    """
    built = tokenizers.Tokenizer(model)
    built.pre_tokenizer = pre_tokenizer(kind)
    if kind == "bpe":
        built.decoder = decoders.ByteLevel()
    return built


def blocks(text: str) -> Iterator[str]:
    """Cut a text before white space into pieces, at least one; together they have the tokens of the whole.

    A run of more than a million characters without white space is cut all the same, so that memory stays bounded.
    """
    start = 0
    while len(text) - start > _BLOCK:
        space = _BREAK.search(text, start + _BLOCK, start + _LONGEST_RUN)
        end = space.start() if space else min(start + _LONGEST_RUN, len(text))
        yield text[start:end]
        start = end
    if start < len(text) or not text:
        yield text[start:]


def whole(text: str) -> str:
    """The text with half characters (lone surrogates, which no UTF-8 can hold) replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def to_bytes(stored: str) -> bytes:
    """The bytes that a byte-level token stands for."""
    return bytes(BYTE_OF[character] for character in stored)


def words(text: str, lowercase: bool = True) -> list[str]:
    """The words and punctuation marks of a text, cut as the kind `word` cuts; ``lowercase`` makes all letters small."""
    cut = pre_tokenizer("word").pre_tokenize_str
    return [word for block in blocks(whole(text.lower() if lowercase else text)) for word, _ in cut(block)]
