"""A keyboard of several languages: it says how much each counts after what was written."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from unrolled.inference.stream import Stream
from unrolled.inference.together import Computation
from unrolled.keyboard.keyboard import Keyboard
from unrolled.keyboard.languages import Languages, LanguagesStream
from unrolled.strokes.reader import StrokeReader

__all__ = ["LanguageWeight", "MultilingualKeyboard"]


class LanguageWeight(TypedDict):
    """A language and how probable it is that the next word is of it."""

    name: str
    weight: float


class MultilingualKeyboard(Keyboard):
    """A `Keyboard` in the languages of several models, told from what is written.

    A word that one of the languages knows is right in all; the user's own words belong to no language.
    """

    def __init__(self, languages: Languages, streams: Sequence[Stream], strokes: StrokeReader | None = None) -> None:
        super().__init__(LanguagesStream(languages, streams), languages.dictionary, strokes)
        self._languages = languages

    @property
    def languages(self) -> list[LanguageWeight]:
        """The languages, and how much each counts now."""
        weights = cast(LanguagesStream, self._before.reader.stream).next_weights.tolist()
        return [
            {"name": name, "weight": round(weight, 4)}
            for name, weight in zip(self._languages.names, weights, strict=True)
        ]

    def receiving(self, message: Mapping[str, object]) -> Computation[dict[str, Any]]:
        """As `Keyboard.receiving`; the answer also says how much each of the ``languages`` counts."""
        said = yield from super().receiving(message)
        return said | {"languages": self.languages}
