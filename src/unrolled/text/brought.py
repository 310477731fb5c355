"""A tokenizer that a user brings, as a tokenizer.json of the library `tokenizers`: BPE, Unigram, WordPiece, …"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import tokenizers

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import SPECIAL, UNKNOWN
from unrolled.text.spacing import join_words

__all__ = ["BroughtTokenizer"]

_SHIFT = len(SPECIAL)  # its ids stand behind ours, so that 0 is an unknown token and 1 the end of a text here, too


class BroughtTokenizer:
    """Numbers texts as the tokenizer does, and reads ids by its decoder. What it adds around a text is left out."""

    def __init__(self, text: str, where: str) -> None:
        saved = parse_json(text.encode(errors="surrogatepass"), where)
        try:
            self._backend = tokenizers.Tokenizer.from_str(text)
        except Exception as error:
            raise InputError(f"{where} is no tokenizer.json that the library tokenizers reads: {error}") from error
        self._backend.no_truncation()
        self._backend.no_padding()
        self._text, self._where = text, where
        numbers = self._backend.get_vocab().values()
        if not numbers:
            raise InputError(f"{where} holds no tokens; expected the tokenizer.json of a trained tokenizer")
        self._length = _SHIFT + max(numbers) + 1
        self._unknown = _unknown(saved["model"], self._backend)
        first, both = self._encoded("a").ids, self._encoded("a a").ids
        self.spaced = first != both[len(first) :] == self._encoded(" a").ids
        """Whether a word at the beginning of a text is another token than within it, unless a space stands before."""

    def __len__(self) -> int:
        return self._length

    def to_json(self) -> str:
        """The tokenizer as it was brought."""
        return self._text

    def _encoded(self, text: str) -> tokenizers.Encoding:
        try:
            return self._backend.encode(text, add_special_tokens=False)
        except Exception as error:
            raise InputError(f"{self._where} cannot cut {text[:40]!r}: {error}") from error

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """Ids of a text, and the texts of its tokens, one that begins a word with the space before it."""
        encoding = self._encoded(text)
        ids = [UNKNOWN if i == self._unknown else i + _SHIFT for i in encoding.ids]
        return ids, [text[start - (text[start - 1 : start] == " ") : end] for start, end in encoding.offsets]

    def read(self, ids: Sequence[int]) -> str:
        """The text of ids, with a space where they begin a word."""
        known = [i - _SHIFT for i in ids if i >= _SHIFT]
        return self._decoded([*self._anchor, *known])[len(self._decoded(self._anchor)) :]

    def _decoded(self, numbers: list[int]) -> str:
        text = self._backend.decode(numbers, skip_special_tokens=False)
        return text if self._backend.decoder is not None else join_words(text.split(" "))

    def texts(self, ids: Sequence[int]) -> list[str]:
        """What each id adds to the text of those before it."""
        written = [self.read(ids[:end]) for end in range(len(ids) + 1)]
        added = [after[len(before) :] for before, after in pairwise(written)]
        return [SPECIAL[i] if i < _SHIFT else text for i, text in zip(ids, added, strict=True)]

    @cached_property
    def _anchor(self) -> list[int]:
        """Ids of a word that a text may follow, so that the decoder writes the space between them."""
        return list(self._encoded("a").ids)


def _unknown(model: object, backend: tokenizers.Tokenizer) -> int | None:
    """The id of the tokenizer's own unknown token."""
    assert isinstance(model, dict)
    named, number = model.get("unk_token"), model.get("unk_id")
    return backend.token_to_id(named) if isinstance(named, str) else number if isinstance(number, int) else None
