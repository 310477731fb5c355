"""Texts that are written for inputs of another kind, such as pictures: words as ids and back, and how long they are."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Self, TypeGuard

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inputs.codec import Length
from unrolled.inputs.side import Side, cleaned
from unrolled.inputs.sides import restored_side, saved_text
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import END, UNKNOWN, Cutting, composed
from unrolled.text.tokens import Tokenizer
from unrolled.text.truecase import Truecaser, is_capitals

__all__ = ["CaptionTexts"]

Ids = NDArray[np.int64]
_TOKENIZER, _TEXTS = "target.json", "texts.json"
_QUANTILES = (0.005, 0.25, 0.75, 0.999)  # of lengths: the least, where "short" ends, where "long" begins, the most
_MANY = 10_000  # words of all texts, from which on one that comes once is not learnt


class CaptionTexts:
    """The vocabulary of words that a fit learns, their case, and the quantiles of the texts' ``lengths`` in tokens.

    Where all texts are in ``capitals``, so are answers.
    """

    def __init__(self, side: Side, truecaser: Truecaser, capitals: bool, lengths: tuple[int, ...]) -> None:
        self._side, self._truecaser = side, truecaser
        self._capitals, self._lengths = capitals, lengths

    @classmethod
    def learn(cls, texts: Sequence[str], vocabulary: int) -> Self:
        """Learn at most ``vocabulary`` words; of many words those that come once are left out."""
        texts = [cleaned(composed(text)) for text in texts]
        truecaser, capitals = Truecaser.learn(texts), is_capitals(" ".join(texts))
        cased = list(map(truecaser.cased, texts))
        cutting = Cutting("word")
        counts = Counter(piece for text in cased for piece, _ in cutting.pieces(text))
        least = 2 if counts.total() > _MANY else 1
        kept = len(("<unk>", "<eos>")) + max(1, sum(count >= least for count in counts.values()))
        side = Side(Tokenizer.train("word", cased, min(vocabulary, kept)))
        lengths = np.quantile([len(side.cut(text).ids) for text in cased], _QUANTILES, method="nearest")
        return cls(side, truecaser, capitals, tuple(lengths.tolist()))

    def __len__(self) -> int:
        return len(self._side)

    @property
    def hidden(self) -> list[int]:
        """Tokens that are never written: the unknown one, and those of which texts for pictures have none."""
        return [UNKNOWN, *range(self._side.first_held, len(self._side))]

    def lengths(self, name: str | None) -> Length:
        """The bounds of texts that are "short" or "long" or, for None, usual; as those that were learnt are."""
        least, short, long, most = self._lengths
        return {"short": Length(least, short), "long": Length(long, most)}.get(name or "", Length(least, most))

    def ids(self, text: str) -> Ids:
        """The ids (T,) of a text, without END."""
        return np.array(self._side.cut(self._truecaser.cased(cleaned(composed(text)))).ids, np.int64)

    def beginning(self, text: str) -> list[int]:
        """Ids of a text as the beginning of an answer; InputError where the vocabulary lacks a part of it."""
        ids: list[int] = self.ids(text).tolist()
        if UNKNOWN in ids:
            raise InputError(
                f"the prefix {cleaned(text)!r} cannot be written: the vocabulary lacks a part of it", "prefix"
            )
        return ids

    def text(self, ids: Sequence[int]) -> str:
        """The readable text of ids: spaces and capitals as they belong."""
        kept = [int(i) for i in ids if i not in (UNKNOWN, END) and i < self._side.first_held]
        read = self._side.read(kept, [""] * len(kept)).strip(" ")
        return self._truecaser.restored(read, self._capitals)

    def names(self, ids: Sequence[int]) -> list[str]:
        """The texts of tokens; one that begins a word begins with a space where the text has one before it."""
        return self._side.names(ids)

    def saved(self) -> dict[str, str]:
        """Texts by file name, for the model folder; `restored` reads them."""
        texts = {"capitals": self._capitals, "lengths": self._lengths, "truecaser": self._truecaser.saved()}
        return {_TOKENIZER: self._side.tokenizer.to_json(), _TEXTS: json.dumps(texts, ensure_ascii=False)}

    @classmethod
    def restored(cls, texts: Mapping[str, str]) -> Self:
        """The inverse of `saved`; InputError, naming the file, for a damaged one."""
        saved = parse_json(saved_text(texts, _TEXTS).encode(errors="surrogatepass"), _TEXTS)
        saved = saved if isinstance(saved, dict) else {}
        lengths, capitals = saved.get("lengths"), saved.get("capitals")
        if not (_are_lengths(lengths) and isinstance(capitals, bool)):
            raise InputError(f"{_TEXTS} does not say how long texts are, and in which case; save the model again")
        truecaser = Truecaser.restore(saved.get("truecaser"), _TEXTS)
        return cls(restored_side(texts, _TOKENIZER), truecaser, capitals, tuple(lengths))


def _are_lengths(value: object) -> TypeGuard[list[int]]:
    """Whether these are four quantiles."""
    numbers = [one for one in value if type(one) is int and 0 <= one <= 100_000] if isinstance(value, list) else []
    return len(numbers) == len(_QUANTILES) and numbers == sorted(numbers) == value
