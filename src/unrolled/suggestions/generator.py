"""Suggests queries: the known ones and those that a model writes, in one ranking."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from unrolled.baselines.ngram import NGram
from unrolled.inference.frozen import Frozen
from unrolled.suggestions.beam import Beam, Walk, complete
from unrolled.suggestions.completions import Completion
from unrolled.suggestions.everyday import EverydayWords
from unrolled.suggestions.model import QueryModel
from unrolled.suggestions.parts import Parts
from unrolled.suggestions.tree import Tree
from unrolled.suggestions.typed import Typed
from unrolled.suggestions.weights import StepWeights
from unrolled.text.tokens import Tokenizer

__all__ = ["Generator", "Typing"]


class Generator:
    """Makes typings; see `begin`. All of them share the model, none of them what was typed."""

    def __init__(self, model: QueryModel, beam: Beam | None = None) -> None:
        self.model, self.beam = model, beam or Beam()

    def begin(self) -> "Typing":
        return Typing(self)


class Typing:
    """A query that is being typed."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        model = generator.model
        self._tree = Tree(model)
        self._typed = Typed(self._tree, model.parts)
        self.prefix = ""

    def change(self, prefix: str) -> "Typing":
        self.prefix = prefix
        return self

    def best(self, n: int) -> list[Completion]:
        if self._tree.full:
            self._tree.clear()
            self._typed.forget()
        letters = self._generator.model.parts.letters(self.prefix)
        base = self._typed.log_probability(letters)
        found = complete(self._typed, letters, self._generator.beam, lambda text: True, None)
        return [Completion(one.text, "written", float(__import__("math").exp(min(0, one.score - base)))) for one in found[:n]]
