"""Tags and placeholders of a sentence put right in its translation: each once, and well nested."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from unrolled.documents.marks import Mark, marks, pairs
from unrolled.text.word_pattern import is_unspaced

__all__ = ["restored"]


class _Placed(NamedTuple):
    """A mark, and where it stands in a text from which all marks are taken out."""

    place: int
    mark: Mark
    written: str
    """The mark, with the space that it needs beside it."""


def restored(segment: str, translation: str) -> str:
    """The translation with each tag and placeholder of the segment exactly once, tags opened before they are closed.

    What is too many is taken out. What is lost is put in where it stands in the segment, in proportion to the length,
    between two words. Tags that cross each other are closed from the inside out. A space within a tag goes to its outer
    side, unless the segment has one there, too.
    """
    source = marks(segment)
    if [mark.text for mark in source] != [mark.text for mark in marks(translation)]:
        translation = _mended(segment, translation, source)
    tight = {mark.text for mark in source if mark.opens and not segment[mark.end :].startswith(" ")}
    tight |= {mark.text for mark in source if mark.closes and not segment[: mark.start].endswith(" ")}
    return _spaced(translation, tight)


def _mended(segment: str, translation: str, source: Sequence[Mark]) -> str:
    """The translation with the marks of the segment."""
    partner = pairs(source)
    paired = {source[place].text for place in partner}
    plain, placed = _parted(translation, source)
    for mark, place in _lost(segment, source, placed):
        placed = _inserted(placed, plain, mark, place * len(plain))
    placed = _nested(_in_turn(placed, paired), paired)
    ends = [*(at.place for at in placed), len(plain)]
    written = [plain[: ends[0]]]
    for at, (start, end) in zip(placed, pairwise(ends), strict=True):
        read = [mark.text for mark in marks(at.written + plain[start:end])]
        whole = read[:1] == [at.mark.text]  # %s is none where letters follow
        written += [at.written, "" if whole else " ", plain[start:end]]
    return "".join(written)


def _spaced(text: str, tight: set[str]) -> str:
    """The text without spaces behind tags that open and before tags that close, of those that have none."""
    count = len(marks(text))
    for number in [*reversed(range(count)), *range(count)]:  # outwards: openers to the left, then closers to the right
        mark = marks(text)[number]
        before, after = text[: mark.start], text[mark.end :]
        if mark.opens and mark.text in tight and after.startswith(" "):
            after = after.lstrip(" ")
            before += " " if before and not before.endswith(" ") else ""
        elif mark.closes and mark.text in tight and before.endswith(" "):
            before = before.rstrip(" ")
            after = f" {after}" if after and after[0] not in " .,;:!?)" else after
        text = before + mark.text + after
    return text


def _parted(translation: str, source: Sequence[Mark]) -> tuple[str, list[_Placed]]:
    """The translation without marks, and those that the source has, each as often as there."""
    left = Counter(mark.text for mark in source)
    plain, placed, at = "", list[_Placed](), 0
    for mark in marks(translation):
        plain += translation[at : mark.start]
        at = mark.end
        if left[mark.text]:
            left[mark.text] -= 1
            placed.append(_Placed(len(plain), mark, mark.text))
        elif plain[-1:] in ("", " ") and translation[at : at + 1] == " ":
            at += 1  # one space where there was one on either side
    return plain + translation[at:], placed


def _lost(segment: str, source: Sequence[Mark], placed: Sequence[_Placed]) -> list[tuple[Mark, float]]:
    """The marks of a segment that are not placed, and the share of its text that stands before each."""
    kept = Counter(at.mark.text for at in placed)
    length = len(segment) - sum(len(mark.text) for mark in source)
    lost, within = list[tuple[Mark, float]](), 0
    for mark in source:
        if kept[mark.text]:
            kept[mark.text] -= 1
        else:
            lost.append((mark, (mark.start - within) / max(1, length)))
        within += len(mark.text)
    return lost


def _inserted(placed: Sequence[_Placed], plain: str, mark: Mark, near: float) -> list[_Placed]:
    """A mark put in at the end of a word, where it is a tag that closes, else at the beginning of one."""
    place = min(_edges(plain, mark.closes), key=lambda edge: abs(edge - near))
    written = mark.text
    if not mark.tag and plain:
        written = f"{mark.text} " if place < len(plain) else f" {mark.text}"
    number = sum(at.place <= place for at in placed)
    return [*placed[:number], _Placed(place, mark, written), *placed[number:]]


def _edges(plain: str, ends: bool) -> list[int]:
    """Where words end, or begin; both include the ends of the text."""
    inner = [
        place
        for place, (before, after) in enumerate(pairwise(plain), 1)
        if (before.isalnum() and not after.isalnum() if ends else before.isspace() and not after.isspace())
        or is_unspaced(after)
    ]
    return [0, *inner, len(plain)]


def _in_turn(placed: Sequence[_Placed], paired: set[str]) -> list[_Placed]:
    """Of tags with one name each is opened before it is closed: one that is not changes places with the next opener."""
    turned = list(placed)
    for name in {at.mark.name for at in placed if at.mark.text in paired}:
        own = [number for number, at in enumerate(turned) if at.mark.name == name and at.mark.text in paired]
        depth = 0
        for order, number in enumerate(own):
            if turned[number].mark.closes and depth == 0:
                opener = next((other for other in own[order:] if turned[other].mark.opens), number)
                one, other = turned[number], turned[opener]
                turned[number], turned[opener] = other._replace(place=one.place), one._replace(place=other.place)
            depth += 1 if turned[number].mark.opens else -1 if depth else 0
    return turned


def _nested(placed: Sequence[_Placed], paired: set[str]) -> list[_Placed]:
    """A tag that is still open where the one around it is closed is closed there, too."""
    nested, waiting, early = list[_Placed](), list[str](), Counter[str]()
    for number, at in enumerate(placed):
        name = at.mark.name
        if at.mark.text not in paired:
            nested.append(at)
        elif at.mark.opens:
            waiting.append(name)
            nested.append(at)
        elif early[name]:
            early[name] -= 1
        else:
            while name in waiting and (inner := waiting.pop()) != name:
                closers = (other for other in placed[number:] if other.mark.name == inner and other.mark.closes)
                if (closer := next(closers, None)) is not None and not early[inner]:
                    nested.append(closer._replace(place=at.place))
                    early[inner] += 1
            nested.append(at)
    return nested
