"""The items that searches can find: which completions of a query they can answer."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

from unrolled.errors import InputError
from unrolled.sources.cells import text
from unrolled.sources.headings import usual_places
from unrolled.sources.tables import is_table, open_table, rows_of
from unrolled.sources.text_file import TextFile
from unrolled.suggestions.beginnings import Beginnings, ends_before, word_starts
from unrolled.text.queries import LONGEST, normal

__all__ = ["Items", "Place"]

_BETWEEN = " ,;:."
"""What stands between words of an item, and ends no query."""


class Place(NamedTuple):
    """What has been written of a query, and which of the items' words go on so."""

    written: str
    among: range


class Items:
    """Items by their texts. A query is answered where an item has its words in a row, in whatever case.

    "oak table" is answered by "Round oak table, 120 cm", "table oak" and "oak tab" are not. A query that is being
    written is walked letter by letter beside the items: `begin`, `extend`, `following`, `ends`.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        normed = {normal(text) for text in texts} - {""}
        if not normed:
            raise InputError(f"{len(texts):,} items, none with a text; expected at least 1")
        self._number = len(normed)
        starts = {text[start : start + LONGEST + 1] for text in normed for start in word_starts(text)}
        self._beginnings = Beginnings(sorted(starts))

    @classmethod
    def read(cls, path: str | Path, encoding: str = "utf-8", delimiter: str | None = None) -> Self:
        """The items of a file: those in a column of a table (item, title, name, …, or else the first), or a line each.

        Raises InputError, naming file and line, for whatever cannot be read, and where there is no item.
        """
        path = Path(path)
        if not path.is_file():
            raise InputError(
                f"{str(path)!r}: no such file; expected items: a table, or a text with an item in each line"
            )
        try:
            return cls(_in_table(path, encoding, delimiter) if is_table(path) else _lines(path, encoding))
        except InputError as error:
            raise error if str(error).startswith(str(path)) else InputError(f"{path}: {error}") from None

    def __len__(self) -> int:
        return self._number

    def answers(self, query: str) -> bool:
        """Whether an item has the words of a query in a row."""
        place = self.extend(self.begin(), normal(query))
        return place is not None and self.ends(place)

    def begin(self) -> Place:
        """Where nothing is written."""
        return Place("", range(len(self._beginnings.texts)))

    def extend(self, place: Place, more: str) -> Place | None:
        """Where the walk is after more letters; None where no item goes on so."""
        written = place.written + more
        among = self._beginnings.range_of(written, place.among)
        return Place(written, among) if among else None

    def following(self, place: Place) -> str:
        """The characters that may come next."""
        return "".join(self._beginnings.following(*place))

    def ends(self, place: Place) -> bool:
        """Whether what is written ends with a word of an item, so that the query may end here."""
        written, among = place
        if not written or written[-1] in _BETWEEN:
            return False
        after = self._beginnings.texts[among.start][len(written) :]  # the first in order: often none, or a space
        return not after or ends_before(after[0]) or any(map(ends_before, self.following(place)))


def _in_table(path: Path, encoding: str, delimiter: str | None) -> list[str]:
    with open_table(path, encoding, delimiter) as table:
        usual = usual_places(table.headings, "item")
        return [text(cell, where, "the item") for (cell,), where in rows_of(table, usual[:1] or [0], not usual)]


def _lines(path: Path, encoding: str) -> list[str]:
    file = TextFile.at(path)
    return list(file.lines(file.guessed(encoding)))
