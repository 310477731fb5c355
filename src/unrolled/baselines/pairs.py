"""What an encoder–decoder is compared with: other ways to answer a text by a text, learnt from the same pairs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from unrolled.baselines.base import Arrays
from unrolled.baselines.dictionary import Dictionary
from unrolled.baselines.letters import Letters
from unrolled.baselines.nearest_sentence import NearestSentence
from unrolled.errors import InputError

__all__ = ["PairBaseline", "PairBaselines"]


class PairBaseline(Protocol):
    """Answers texts by texts."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    def answers(self, sources: Sequence[str]) -> list[str]:
        """A text for each source."""

    def arrays(self) -> Arrays:
        """The arrays to be saved, words and all."""


KINDS: Mapping[str, type[Dictionary | Letters | NearestSentence]] = {
    "dictionary": Dictionary,
    "letters": Letters,
    "nearest": NearestSentence,
}


class PairBaselines(dict[str, PairBaseline]):
    """The baselines of a task by the short name of their kind, the strongest first."""

    @classmethod
    def fit(cls, sources: Sequence[str], targets: Sequence[str], spelled: bool) -> "PairBaselines":
        """Learn from pairs; ``spelled`` ones are words and their sounds, which stand between spaces."""
        first: PairBaseline = Letters.fit(sources, targets) if spelled else Dictionary.fit(sources, targets)
        nearest = NearestSentence.fit(sources, targets, spelled)
        return cls({"letters" if spelled else "dictionary": first, "nearest": nearest})

    def answers(self, sources: Sequence[str]) -> dict[str, list[str]]:
        """The answers of each, by its name for people."""
        return {baseline.name: baseline.answers(sources) for baseline in self.values()}

    def arrays(self) -> Arrays:
        """The arrays of all, for one file."""
        return {f"{kind}.{name}": array for kind, baseline in self.items() for name, array in baseline.arrays().items()}

    @classmethod
    def restore(cls, arrays: Arrays) -> "PairBaselines":
        """The inverse of `arrays`; InputError where they are damaged."""
        of_kind: dict[str, Arrays] = {}
        for name, array in arrays.items():
            kind, _, rest = name.partition(".")
            of_kind[kind] = {**of_kind.get(kind, {}), rest: array}
        if not of_kind or not of_kind.keys() <= KINDS.keys():
            raise InputError(f"the baselines are {sorted(of_kind)[:9]}; expected some of {', '.join(KINDS)}")
        return cls({kind: KINDS[kind].restore(of_kind[kind]) for kind in KINDS if kind in of_kind})
