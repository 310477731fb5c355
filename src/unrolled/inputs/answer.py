"""The readable text of an answer: what its source holds put back, spaces where they belong."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.inputs.side import HELD, Side
from unrolled.text.cutting import END, UNKNOWN
from unrolled.text.held import Span

__all__ = ["Answer"]


class Answer:
    """What the text of an answer needs of its source."""

    def __init__(
        self, side: Side, names: Sequence[str], original: str, spans: Sequence[Span], places: Sequence[int]
    ) -> None:
        self._side, self._names, self._original = side, names, original
        self._spans, self._places = spans, places

    def text(self, ids: Sequence[int], attention: NDArray[np.float32]) -> tuple[str, list[tuple[int, int]]]:
        """The text of ids (T,), and where in it the spans stand.

        ``attention`` (T, S) says where spans that the ids lack belong.
        """
        ids, rows = self._readable(ids)
        if attention.ndim == 2 and len(attention) > max(rows, default=-1):
            attention = attention[rows]
        else:
            attention = np.zeros((0, 0), np.float32)
        items = self._complete(ids, attention)
        known = self._unknown(ids, attention)
        return self._joined(items, known)

    def _readable(self, ids: Sequence[int]) -> tuple[list[int], list[int]]:
        """The ids without END and without tokens of spans that are not there or were written before; their places."""
        seen: set[int] = set()
        kept, rows = [], []
        for row, i in enumerate(map(int, ids)):
            number = i - self._side.first_held
            if i == END or number >= min(len(self._spans), HELD) or number in seen:
                continue
            if number >= 0:
                seen.add(number)
            kept.append(i)
            rows.append(row)
        return kept, rows

    def _complete(self, ids: list[int], attention: NDArray[np.float32]) -> list[int]:
        """The ids with those of the spans that they lack; spans beyond the ninth have ids of their own here."""
        missing = self._missing(ids)
        if not missing:
            return ids
        names, after = self._side.names(ids), dict[int, list[int]]()
        for number in missing:
            row = self._row(number, names, attention)
            after.setdefault(row, []).append(self._side.first_held + number)
        items = after.get(-1, [])
        for row, i in enumerate(ids):
            items = [*items, i, *after.get(row, [])]
        return items

    def _missing(self, ids: Sequence[int]) -> list[int]:
        """The spans that have no token in the ids, and are not written out either."""
        first = self._side.first_held
        missing = [number for number in range(len(self._spans)) if first + number not in ids]
        if missing:
            written = self._side.read([i for i in ids if i < first], [""] * len(ids)).lower()
        for number in list(missing):
            text = re.escape(self._spans[number].text.lower())
            found = re.search(rf"(?<!\w){text}(?!\w)" if text[0].isalnum() else text, written)
            if found:
                missing.remove(number)
                written = written[: found.start()] + " " + written[found.end() :]
        return missing

    def _row(self, number: int, names: Sequence[str], attention: NDArray[np.float32]) -> int:
        """The token after which a missing span belongs: behind the word that attends most to it, or to its neighbour.

        -1 for the beginning; without attention it is the last word, for a tag that opens something the beginning.
        """
        span, place = self._spans[number], self._places[number]
        opens = span.tag and span.text[1] != "/" and self._original[span.end : span.end + 1].strip() != ""
        column = place + (number < HELD) if opens else place - (span.tag or number >= HELD)
        last = max((row for row, name in enumerate(names) if name.strip()[:1].isalnum()), default=len(names) - 1)
        if not len(attention) or column < 0:
            return -1 if opens or column < 0 else last
        row = int(attention[:, column].argmax()) if column < attention.shape[1] else last
        while opens and row > 0 and names[row][:1].isalnum():
            row -= 1
        while not opens and row < len(names) - 1 and names[row + 1][:1].isalnum():
            row += 1
        return row - opens

    def _unknown(self, ids: Sequence[int], attention: NDArray[np.float32]) -> list[str]:
        """For each unknown token the word of the source that it attends to."""
        known = [""] * len(ids)
        for row, i in enumerate(ids):
            if i == UNKNOWN and len(attention):
                at = int(attention[row].argmax())
                known[row] = self._names[at].strip() if at < len(self._names) - 1 else ""
        return known

    def _joined(self, items: Sequence[int], known: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
        """Texts and spans, with the spaces that the spans had in the source."""
        first, text, places = self._side.first_held, "", list[tuple[int, int]]()
        run: list[int] = []
        words: list[str] = []
        behind: Span | None = None
        unknown = iter(known)
        for i in [*items, first + len(self._spans)]:
            if i < first:
                run.append(i)
                words.append(next(unknown))
                continue
            part = self._side.read(run, words)
            glued = not text or (behind is not None and self._glued_after(behind, part))
            text += part.removeprefix(" ") if glued else part
            if i == first + len(self._spans):
                break
            if part:
                behind = None
            span = self._spans[i - first]
            text += "" if self._glued_before(span, text, behind) else " "
            places.append((len(text), len(text) + len(span.text)))
            text += span.text
            run, words, behind = [], [], span
        return text.rstrip(" "), places

    def _glued_before(self, span: Span, text: str, behind: Span | None) -> bool:
        """Whether no space stands before a span."""
        before = self._original[: span.start][-1:]
        if not text or not before or before == " ":
            return not text
        if behind is not None:
            return behind.end == span.start
        return span.tag or before.isalnum() == text[-1].isalnum()

    def _glued_after(self, span: Span, part: str) -> bool:
        """Whether no space stands after a span, before a part of the text."""
        after = self._original[span.end :][:1]
        if not part.startswith(" ") or not after or after == " ":
            return False
        return span.tag
