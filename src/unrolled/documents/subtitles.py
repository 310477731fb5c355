"""Subtitles (.srt): indexes, times, tags and the dashes of speakers stay."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from unrolled.documents.base import Block, Document
from unrolled.documents.sentences import cut
from unrolled.errors import InputError, MissingExtra
from unrolled.text.spacing import join_lines

__all__ = ["subtitles"]

T = TypeVar("T")
_DASH = re.compile(r"(?:<[^<>]*>|\{[^{}]*\})*\s*[-–—‐]\s*")
_START = re.compile(rf"(?:{_DASH.pattern})?(?:\{{\\[^{{}}]*\}}\s*)*")
"""A dash, and where on the screen the words stand."""
_LINE = re.compile(r"[^\r\n]+")
_WORD = re.compile(r"(?:<[^<>]*>|\{[^{}]*\}|[^\s<{]|[<{])+")
"""A word with the tags on it, in which spaces may stand."""
_MARKS = re.compile(r"<[^<>]*>|\{[^{}]*\}")
_AFTER_NUMBER = re.compile(r"[\s\ufeff]*(?:\d+[ \t]*\r?\n)?")
_DAMAGED = re.compile(
    r"^(?:[ \t]*\r?\n(?P<number>\d+[ \t]*\r?\n[^\r\n]+)|(?P<times>[^\r\n]*-->|[ \t]*\d+:\d+:\d+[^\r\n]*\d+:\d+:\d+))",
    re.MULTILINE,
)
"""Within the words of a subtitle: what is the start of another one, whose times cannot be read."""
_TIMES = "expected a line of times such as 00:01:02,500 --> 00:01:04,000"
_WIDEST = 42
"""Characters of a line, unless the original has longer ones."""


def subtitles(text: str, language: str, name: str) -> Document:
    """The text of an .srt file as a document.

    Lines of a subtitle are one text, broken again into lines of similar length; one that begins with a dash is what
    another speaker says.
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    blocks = [
        _block(lines, line_end, language)
        for start, end in _contents(text, name)
        for lines in _utterances(list(_LINE.finditer(text, start, end)))
    ]
    return Document(text, blocks)


def _contents(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Where the words of each subtitle start and end; InputError for a file that is damaged."""
    try:
        import srt
    except ImportError as error:
        raise MissingExtra("srt", "documents", "reading subtitles") from error
    try:
        count = sum(1 for _ in srt.parse(text))
    except srt.SRTParseError as error:
        raise _broken(text, error.expected_start, name) from None
    if not count and text.strip("\ufeff \t\r\n"):
        raise _broken(text, 0, name)
    for found in srt.SRT_REGEX.finditer(text):
        start, end = found.span(5)
        if damaged := _DAMAGED.search(text, start, end):
            raise _broken(text, damaged.start(damaged.lastgroup or 0), name)
        yield start, end


def _broken(text: str, place: int, name: str) -> InputError:
    """The error for the first line at a place, passing over the number of a subtitle."""
    found = _AFTER_NUMBER.match(text, place)
    start = found.end() if found is not None else place
    line = text[start:].partition("\n")[0].strip()
    return InputError(f"{name}:{text.count(chr(10), 0, start) + 1}: {line[:60]!r}; {_TIMES}")


def _utterances(lines: Sequence[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """The lines of a subtitle by who speaks: one that begins with a dash begins what somebody says."""
    held: list[re.Match[str]] = []
    for line in lines:
        if held and _DASH.match(line[0]):
            yield held
            held = []
        if line[0].strip():
            held.append(line)
    if held:
        yield held


def _block(lines: Sequence[re.Match[str]], line_end: str, language: str) -> Block:
    start = _START.match(lines[0][0])
    first = start.end() if start is not None else 0
    texts = [lines[0][0][first:], *(line[0].lstrip() for line in lines[1:])]
    within = cut(join_lines([text.rstrip() for text in texts]), language)
    widest = max(_WIDEST, *(len(text) for text in texts))

    def written(translations: Sequence[str]) -> str:
        text = within.joined(translations)
        return line_end.join(_similar(text, max(len(lines), -(-len(_MARKS.sub("", text)) // widest))))

    return Block(lines[0].start() + first, lines[-1].end(), within.sentences, written)


def _similar(text: str, count: int) -> list[str]:
    """A text in so many lines, or as many as it has words, the longest of which is as short as can be."""
    words = _WORD.findall(text)
    if count < 2 or len(words) < 2:
        return [text]
    lengths = [len(_MARKS.sub("", word)) + 1 for word in words]
    lines = _packed(words, lengths, next(width for width in range(1, sum(lengths) + 1) if _fits(lengths, width, count)))
    return [" ".join(line) for line in lines]


def _fits(lengths: Sequence[int], width: int, count: int) -> bool:
    return max(lengths) <= width and len(_packed(lengths, lengths, width)) <= count


def _packed(words: Sequence[T], lengths: Sequence[int], width: int) -> list[list[T]]:
    """Words in lines no longer than a width, each line as full as can be."""
    lines, left = list[list[T]](), 0
    for word, length in zip(words, lengths, strict=True):
        if not lines or length > left:
            lines, left = [*lines, []], width
        lines[-1].append(word)
        left -= length
    return lines
