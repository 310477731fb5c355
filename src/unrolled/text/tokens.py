"""Text to token ids and back, on top of the `tokenizers` library.

There are four kinds of tokens. In all of them id 0 is an unknown token and id 1 the end of a paragraph:

    word        words with their inner apostrophes and hyphens, numbers, every other mark and emoji alone
    space       text that is tokenised already, split on white space, as the Penn Treebank is
    character   every character, the space included
    bpe         byte pairs over UTF-8 (Sennrich et al. 2016), so that no text is unknown

Texts are composed first (Unicode's form NFC), so that é is one token however it was typed.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from tokenizers import models, pre_tokenizers, trainers

from unrolled.errors import InputError
from unrolled.text.cutting import BYTE_OF, END, SPECIAL, UNKNOWN, Cutting, Kind, blocks, to_bytes
from unrolled.text.spacing import join_words
from unrolled.text.tokenizer_file import read_model
from unrolled.text.word_pattern import DIRECTIONS, INVISIBLE, SPACES

__all__ = ["END", "UNKNOWN", "Kind", "Tokenizer"]

_BATCH = 1 << 18  # characters encoded together; the library keeps about 100 bytes for each
_TYPES_KEPT = 2_000_000  # distinct words counted before the rare ones are dropped
_BPE_TEXT = 1 << 28  # characters that byte pairs are learnt from
_RARELY_SEEN = re.compile(f"[{SPACES}{INVISIBLE}{DIRECTIONS}]")


class Tokenizer:
    """Turns text into ids and back. `train` learns a vocabulary, `from_json` reads a saved tokenizer."""

    def __init__(self, cutting: Cutting, model: models.Model) -> None:
        self.cutting = cutting
        self._backend = cutting.backend(model)

    @property
    def kind(self) -> Kind:
        """What a text is cut into."""
        return self.cutting.kind

    @classmethod
    def train(cls, kind: Kind, paragraphs: Iterable[str], size: int) -> "Tokenizer":
        """Learn at most `size` tokens, `<unk>` and `<eos>` included, in one pass over the paragraphs.

        The most frequent come first, ties in the order of their text. Raises InputError for an unknown kind, for a
        size that is too small, and for paragraphs that hold no text.
        """
        if kind not in get_args(Kind):
            raise InputError(f"unknown kind of tokens {kind!r}; choose one of {', '.join(get_args(Kind))}")
        smallest = len(SPECIAL) + (len(BYTE_OF) if kind == "bpe" else 1)
        if size < smallest:
            raise InputError(f"a vocabulary of {size} is too small for {kind} tokens; give at least {smallest}")
        cutting = Cutting(kind)
        if kind == "bpe":
            return cls(cutting, _train_bpe(cutting, paragraphs, size))
        counts = _count(cutting, paragraphs)
        if not counts:
            raise InputError("no text to learn a vocabulary from: every paragraph is empty")
        ranked = sorted(counts, key=lambda token: (-counts[token], token))[: size - len(SPECIAL)]
        return cls.of_words(cutting, ranked)

    @classmethod
    def of_words(cls, cutting: Cutting, words: Iterable[str]) -> "Tokenizer":
        """A tokenizer with these words, each once, after `<unk>` and `<eos>`."""
        return cls(cutting, models.WordLevel(_numbered(words), unk_token=SPECIAL[UNKNOWN]))

    @classmethod
    def from_json(cls, text: str) -> "Tokenizer":
        """Read what `to_json` wrote; raises InputError for anything else, before the library sees it."""
        return cls(*read_model(text))

    def to_json(self) -> str:
        """The tokenizer as JSON in the format of the `tokenizers` library; `from_json` restores it from this alone."""
        return self.cutting.backend(self._backend.model, composing=True).to_str()

    def __len__(self) -> int:
        return self._backend.get_vocab_size()

    @cached_property
    def tokens(self) -> list[str]:
        """The V tokens, by id, as a person reads them; bytes that are no whole character show as `\\xe2`."""
        texts = _by_id(self._backend.get_vocab())
        if self.kind != "bpe":
            return texts
        return [*SPECIAL, *(to_bytes(text).decode("utf-8", "backslashreplace") for text in texts[len(SPECIAL) :])]

    def encode(self, text: str) -> NDArray[np.int64]:
        """Ids (T,) of a text of any length, without END.

        `<unk>` and `<eos>` within the text are ordinary text; only the kind `space` reads them as these tokens.
        A run of more than a million characters without white space is cut, so that memory stays bounded.
        """
        return next(self.encode_paragraphs([text]))

    def encode_paragraphs(self, paragraphs: Iterable[str]) -> Iterator[NDArray[np.int64]]:
        """Ids (T,) of each paragraph in turn, encoded many at a time."""
        parts: list[NDArray[np.int64]] = []
        for batch, ends in _batches(map(self.composed, paragraphs)):
            for ids, is_end in zip(self._encode(batch), ends, strict=True):
                parts.append(ids)
                if is_end:
                    yield np.concatenate(parts) if len(parts) > 1 else ids
                    parts = []

    def split(self, text: str) -> list[str]:
        """The composed text cut into the pieces that `encode` numbers, unknown words included."""
        text = self.composed(text)
        return [text[start:end] for start, end in self._backend.encode(text, add_special_tokens=False).offsets]

    def composed(self, text: str) -> str:
        """The text as `encode` reads it: in Unicode's form NFC, half characters replaced by U+FFFD.

        What nobody sees (a soft hyphen, a mark of direction) and special spaces are left out, or read as an ordinary
        space, where the vocabulary of words does not know them.
        """
        text = self.cutting.composed(text)
        if self.kind != "word" or self.cutting.earlier or text.isascii() or not _RARELY_SEEN.search(text):
            return text
        return "".join(map(self._without_unknown_marks, blocks(text)))

    def _without_unknown_marks(self, text: str) -> str:
        kept, last = "", 0
        for piece, (start, end) in self.cutting.pieces(text):
            if _RARELY_SEEN.search(piece) and self._backend.token_to_id(piece) is None:
                seen = _RARELY_SEEN.sub(lambda mark: " " if mark[0].isspace() else "", piece)
                kept, last = kept + text[last:start] + seen, end
        return kept + text[last:]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; each END becomes a line break.

        The kind `word` joins words as a person writes them, `space` by single spaces; characters and byte pairs come
        back exactly. Raises InputError for an id outside 0 … V - 1.
        """
        paragraphs: list[list[int]] = [[]]
        for number in map(int, ids):
            if not 0 <= number < len(self):
                raise InputError(f"token id {number} is outside the vocabulary, 0 to {len(self) - 1}")
            if number == END:
                paragraphs.append([])
            else:
                paragraphs[-1].append(number)
        return "\n".join(map(self._decode_paragraph, paragraphs))

    def stored(self, number: int) -> str:
        """A token as the library stores it: of byte pairs one letter for each byte, see `to_bytes`."""
        return self._backend.id_to_token(number) or ""

    def _decode_paragraph(self, ids: list[int]) -> str:
        if self.kind == "bpe":
            return b"".join(to_bytes(self.stored(i)) for i in ids).decode("utf-8", "replace")
        texts = [self.tokens[i] for i in ids]
        return join_words(texts) if self.kind == "word" else (" " if self.kind == "space" else "").join(texts)

    def _encode(self, texts: list[str]) -> list[NDArray[np.int64]]:
        encodings = self._backend.encode_batch_fast(texts, add_special_tokens=False)
        return [np.array(encoding.ids, np.int64) for encoding in encodings]


def _batches(paragraphs: Iterable[str]) -> Iterator[tuple[list[str], list[bool]]]:
    """Lists of blocks to encode in one call of the library, and for each block whether a paragraph ends with it."""
    batch: list[str] = []
    ends: list[bool] = []
    held = 0
    for paragraph in paragraphs:
        left = len(paragraph)
        for block in blocks(paragraph):
            left -= len(block)
            batch.append(block)
            ends.append(left == 0)
            held += len(block)
            if held >= _BATCH:
                yield batch, ends
                batch, ends, held = [], [], 0
    if batch:
        yield batch, ends


def _numbered(tokens: Iterable[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate((*SPECIAL, *tokens))}


def _by_id(vocab: dict[str, int]) -> list[str]:
    return sorted(vocab, key=vocab.__getitem__)


def _count(cutting: Cutting, paragraphs: Iterable[str]) -> Counter[str]:
    """How often each token occurs; beyond two million types the rarest are dropped, so that memory is bounded."""
    counts: Counter[str] = Counter()
    floor = 1
    for paragraph in paragraphs:
        for block in blocks(cutting.composed(paragraph)):
            counts.update(block if cutting.kind == "character" else [piece for piece, _ in cutting.pieces(block)])
        while len(counts) > _TYPES_KEPT:
            counts = Counter({token: count for token, count in counts.items() if count > floor})
            floor += 1
    for special in SPECIAL:
        counts.pop(special, None)
    return counts


def _train_bpe(cutting: Cutting, paragraphs: Iterable[str], size: int) -> models.BPE:
    learner = cutting.backend(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learner.train_from_iterator(_beginning(map(cutting.composed, paragraphs)), trainer)
    model = json.loads(learner.to_str())["model"]
    if not model["merges"] and size > len(SPECIAL) + len(BYTE_OF):
        raise InputError("no text to learn byte pairs from: no two letters stand side by side")
    return models.BPE(model["vocab"], [tuple(pair) for pair in model["merges"]])


def _beginning(paragraphs: Iterable[str]) -> Iterator[str]:
    """Blocks of the first 268 million characters; pairs learnt from more would hardly differ."""
    left = _BPE_TEXT
    for paragraph in paragraphs:
        yield from blocks(paragraph)
        left -= len(paragraph)
        if left <= 0:
            return
