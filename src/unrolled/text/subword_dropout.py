"""BPE-dropout: words cut in several ways, so that a model learns what their parts are (Provilkov et al. 2020)."""

import json
import random
from collections.abc import Mapping
from zlib import crc32

from unrolled.text.tokens import Tokenizer

__all__ = ["SubwordDropout"]

_SPACE = "Ġ"  # as byte-level BPE writes it; it stays with its word, as a mark of where that begins
Cuts = tuple[tuple[int, ...], ...]


class SubwordDropout:
    """Ways to cut each piece of text, every merge left out with the probability ``rate``.

    They follow from the piece alone, so that a run that is resumed sees the same ones.
    """

    def __init__(self, tokenizer: Tokenizer, rate: float, ways: int = 8) -> None:
        self._rate, self._ways = rate, ways
        model = json.loads(tokenizer.to_json())["model"]
        self._ids: Mapping[str, int] = model["vocab"]
        self._ranks = {(first, second): rank for rank, (first, second) in enumerate(model["merges"])}

    def cuts(self, piece: str) -> Cuts:
        """Ids of the tokens of a piece, as the library's pre-tokenizer writes it, cut in each of the ways."""
        generator = random.Random(crc32(piece.encode()))
        ways = self._ways if self._rate and len(piece) > 1 else 1
        return tuple(tuple(self._ids[token] for token in self._cut(list(piece), generator)) for _ in range(ways))

    def _cut(self, tokens: list[str], generator: random.Random) -> list[str]:
        ranks, rate, drawn = self._ranks, self._rate, generator.random
        while len(tokens) > 1:
            best, where = len(ranks), -1
            for at in range(len(tokens) - 1):
                rank = ranks.get((tokens[at], tokens[at + 1]), best)
                if rank < best and (not rate or tokens[at] == _SPACE or drawn() >= rate):
                    best, where = rank, at
            if where < 0:
                break
            tokens[where : where + 2] = [tokens[where] + tokens[where + 1]]
        return tokens
