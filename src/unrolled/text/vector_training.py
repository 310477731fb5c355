"""The settings of word vectors that are learnt."""

from dataclasses import dataclass

from unrolled.settings import option

__all__ = ["VectorTraining"]


@dataclass(frozen=True)
class VectorTraining:
    """How word vectors are learnt (word2vec)."""

    width: int = option(100, "numbers in a vector", 1, 65_536)
    window: int = option(5, "words on each side that a word is learnt with", 1, 10_000)
    algorithm: str = option(
        "skip-gram",
        "guess the words around from the one within, or the other way about",
        choices=("skip-gram", "cbow"),
    )
    epochs: int = option(5, "passes over the text", 1, 1_000_000)
    min_count: int = option(2, "rarer words get no vector", 1)
    lowercase: bool = option(True, "all letters are made small")
    seed: int = option(0, "random seed", 0, 2**32 - 1)
