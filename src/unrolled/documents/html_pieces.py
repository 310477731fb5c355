"""The source of a web page cut into tags, text and what is neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import accumulate

from unrolled.documents.marks import VOID

__all__ = ["Piece", "pieces"]


def pieces(text: str) -> list["Piece"]:
    """The pieces of a page, in their order; together they are the page."""
    return _Reader(text).pieces


@dataclass
class Piece:
    """A part of a page's source: a tag, text, or what is neither."""

    kind: str
    """"text", "open", "close", "alone", or "other": comments, declarations and the like."""
    start: int
    name: str = ""
    attributes: Sequence[tuple[str, str | None]] = ()
    end: int = 0


class _Reader(HTMLParser):
    """The pieces of a page, in their order; together they are the page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[Piece] = []
        self._lines = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        self.feed(text)
        self.close()
        ends = [*(piece.start for piece in self.pieces[1:]), len(text)]
        for piece, end in zip(self.pieces, ends, strict=False):
            piece.end = end

    def _add(self, kind: str, name: str = "", attributes: Sequence[tuple[str, str | None]] = ()) -> None:
        line, column = self.getpos()
        start = self._lines[line - 1] + column
        if kind == "text" and self.pieces and self.pieces[-1].kind == "text":
            return
        self.pieces.append(Piece(kind, start, name, attributes))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add("alone" if tag in VOID else "open", tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add("alone", tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._add("close", tag)

    def handle_data(self, data: str) -> None:
        self._add("text")

    def handle_entityref(self, name: str) -> None:
        self._add("text")

    def handle_charref(self, name: str) -> None:
        self._add("text")

    def handle_comment(self, data: str) -> None:
        self._add("other")

    def handle_decl(self, decl: str) -> None:
        self._add("other")

    def handle_pi(self, data: str) -> None:
        self._add("other")

    def unknown_decl(self, data: str) -> None:
        self._add("other")
