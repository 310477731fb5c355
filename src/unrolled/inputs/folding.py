"""How sources are read whatever the case of their letters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from unrolled.errors import InputError
from unrolled.text.case import Casing
from unrolled.text.truecase import casing_of

__all__ = ["Folding"]

_CASES: Mapping[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "mixed": str}


@dataclass(frozen=True)
class Folding:
    """What was learnt of the case of sources."""

    casing: Casing
    case: str
    """That of all sources, "lower" or "upper", else "mixed"."""

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Self:
        """The case of all texts."""
        words = {word for text in texts for word in text.split()}
        case = next((case for case in ("lower", "upper") if all(word == _CASES[case](word) for word in words)), "mixed")
        return cls(Casing.of(words), case)

    def words(self, text: str) -> str:
        """A text of words in small letters; it stays as long as it was."""
        small = self.casing.lower(text)
        if len(small) == len(text):
            return small
        return "".join(
            small if len(small) == 1 else letter
            for letter, small in zip(text, map(self.casing.lower, text), strict=True)
        )

    def symbols(self, text: str) -> str:
        """A text of letters or phonemes, whose case may mean something, in the case that all of them had."""
        return _CASES[self.case](text)

    def saved(self) -> dict[str, object]:
        """What `restore` reads."""
        return {"casing": asdict(self.casing), "case": self.case}

    @classmethod
    def restore(cls, saved: object, where: str) -> Self:
        """The inverse of `saved`; InputError for anything else."""
        if isinstance(saved, dict):
            case = saved.get("case")
            if isinstance(case, str) and case in _CASES:
                return cls(casing_of(saved.get("casing"), where), case)
        raise InputError(f"{where} does not say which case sources have; save the model again")
