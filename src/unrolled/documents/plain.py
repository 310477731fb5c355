"""Plain text: paragraphs, indentation, signs of lists and line ends stay."""

import re
import textwrap
from collections.abc import Sequence
from itertools import pairwise

from unrolled.documents.base import Block, Document
from unrolled.documents.sentences import cut
from unrolled.text.spacing import join_lines

__all__ = ["plain_text"]

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_START = re.compile(r"\s*(?:(?:[-*+•–—>#]+|\(?\d{1,3}[.)]|\(?[A-Za-z]\))\s+)*")
"""Indentation and signs of lists, quotations and headings."""
_NARROWEST = 40
"""A paragraph is taken to be wrapped only where its longest line has as many characters."""


def plain_text(text: str, language: str, name: str = "") -> Document:
    """A plain text as a document.

    Lines are a paragraph of running text where each but the last is so full that the first word of the next would not
    have fitted, and one at least begins with a small letter; this is translated as one and wrapped again at the same
    width. Any other line is a text of its own.
    """
    blocks: list[Block] = []
    lines: list[re.Match[str]] = []
    for line in [*_LINE.finditer(text), None]:
        if line is not None and line[1].strip():
            lines.append(line)
        elif lines:
            wrapped = _is_wrapped([held[1] for held in lines])
            for part in [lines] if wrapped else [[held] for held in lines]:
                blocks.append(_block(part, language))
            lines = []
    return Document(text, blocks)


def _is_wrapped(lines: Sequence[str]) -> bool:
    longest = max(map(len, lines))
    breaks = list(pairwise(lines))
    return (
        longest >= _NARROWEST
        and all(len(line.rstrip()) + 1 + len(after.split()[0]) > longest for line, after in breaks)
        and any(after.lstrip()[0].islower() for _, after in breaks)
        and not any(_start(after).strip() for _, after in breaks)
    )


def _start(line: str) -> str:
    """What a line begins with before its text."""
    found = _START.match(line)
    return found[0] if found is not None and found.end() < len(line) else ""


def _block(lines: Sequence[re.Match[str]], language: str) -> Block:
    """One line, or several that are one paragraph."""
    start = _start(lines[0][1])
    texts = [lines[0][1][len(start) :], *(line[1].lstrip() for line in lines[1:])]
    within = cut(join_lines([text.rstrip() for text in texts]), language)
    width = max(len(line[1]) for line in lines)
    later = _start(lines[1][1]) if len(lines) > 1 else ""

    def written(translations: Sequence[str]) -> str:
        text = within.joined(translations)
        if len(lines) == 1:
            return text
        wrap = textwrap.TextWrapper(width, start, later, break_long_words=False, break_on_hyphens=False)
        return lines[0][2].join(wrap.wrap(text))[len(start) :]

    return Block(
        lines[0].start() + len(start), lines[-1].start() + len(lines[-1][1].rstrip()), within.sentences, written
    )
