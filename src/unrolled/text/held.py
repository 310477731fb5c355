"""Numbers, addresses, placeholders and tags: spans of a text that its translation carries over as they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["PLACEHOLDER", "Span", "carries_numbers", "common", "spans", "without"]

_COUNTED = 100_000  # pairs of which the numbers are counted
_FEW = 20  # numbers that do not tell whether numbers are carried over
_CARRIED = 1 / 3  # share of the numbers that stand on both sides, from which on they are held: captions write small
# numbers in words on one side (Multi30k has a half of them on both), and copying is surer than spelling rare numbers

_TAG = r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|<!--.{0,300}?-->|&(?:[A-Za-z]\w{1,20}|#\d{1,7}|#x[\dA-Fa-f]{1,6});"
_ADDRESS = r"(?:https?|ftp|file)://[^\s<>\"]*[\w/=#&-]|(?<![\w@])www\.[^\s<>\"]*[\w/=#&-]|(?<!\w)[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
PLACEHOLDER = (
    r"\$\{[^{}\s]*\}|\{\{[^{}]*\}\}|\{[^{}\s]*\}|%\([^()\s]+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|"
    r"(?<![\d%])%(?:\d+\$)?[-#0+]*\d*(?:\.\d+)?(?:hh|ll|[hlLzjt])?[sdiufFeEgGxXoc@](?![^\W_]{2})"
)
"""Those of str.format, of templates and of printf: `%ds` has one, `5%` and `100%off` have none."""
_NUMBER = r"(?<!\w)[^\W\d_]+[-_]?\d\w*|\d+(?:[.,:/\u00a0\u202f'’]\d+)*"
_SPAN = re.compile(f"(?P<tag>{_TAG})|{_ADDRESS}|{PLACEHOLDER}|(?P<number>{_NUMBER})")


@dataclass(frozen=True)
class Span:
    """Where in a text something stands that is carried over."""

    text: str
    start: int
    end: int
    tag: bool = False
    number: bool = False


def spans(text: str, numbers: bool = True) -> list[Span]:
    """The spans of a text, in their order, none within another; without ``numbers`` those of all other kinds."""
    found = [
        Span(one[0], one.start(), one.end(), one["tag"] is not None, one["number"] is not None)
        for one in _SPAN.finditer(text)
    ]
    return found if numbers else [span for span in found if not span.number]


def common(source: str, target: str, numbers: bool = True) -> tuple[list[Span], list[Span]]:
    """Spans that stand on both sides, each with its partner, in the order of the source."""
    left = spans(target, numbers) if any(map(str.isdigit, source)) or any(mark in source for mark in "<{%@&:") else []
    kept: tuple[list[Span], list[Span]] = [], []
    for span in spans(source, numbers) if left else ():
        partner = next((other for other in left if other.text == span.text), None)
        if partner is not None:
            left.remove(partner)
            kept[0].append(span)
            kept[1].append(partner)
    return kept


def carries_numbers(sources: Sequence[str], targets: Sequence[str]) -> bool:
    """Whether numbers of sources stand in their targets as they are; also where there are too few to tell.

    It is not so where the rule is to write them otherwise: in words, or with other marks between their digits.
    """
    step, count, carried = 1 + len(sources) // _COUNTED, 0, 0
    for source, target in zip(sources[::step], targets[::step], strict=True):
        if any(map(str.isdigit, source)):
            count += sum(span.number for span in spans(source))
            carried += sum(span.number for span in common(source, target)[0])
    return count < _FEW or carried >= _CARRIED * count


def without(text: str, held: Sequence[Span]) -> list[str]:
    """What stands before, between and behind spans that are in their order; one text more than there are spans."""
    ends, starts = [0, *(span.end for span in held)], [*(span.start for span in held), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]
