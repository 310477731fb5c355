"""Numbers, addresses, placeholders and tags: spans of a text that its translation carries over as they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["PLACEHOLDER", "Span", "common", "spans"]

_TAG = r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|<!--.{0,300}?-->|&(?:[A-Za-z]\w{1,20}|#\d{1,7}|#x[\dA-Fa-f]{1,6});"
_ADDRESS = r"(?:https?|ftp|file)://[^\s<>\"]*[\w/=#&-]|(?<![\w@])www\.[^\s<>\"]*[\w/=#&-]|(?<!\w)[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
PLACEHOLDER = (
    r"\$\{[^{}\s]*\}|\{\{[^{}]*\}\}|\{[^{}\s]*\}|%\([^()\s]+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|"
    r"(?<![\d%])%(?:\d+\$)?[-#0+]*\d*(?:\.\d+)?(?:hh|ll|[hlLzjt])?[sdiufFeEgGxXoc@](?![^\W_]{2})"
)
"""Those of str.format, of templates and of printf: `%ds` has one, `5%` and `100%off` have none."""
_NUMBER = r"(?<!\w)[^\W\d_]+[-_]?\d\w*|\d+(?:[.,:/\u00a0\u202f'’]\d+)*"
_SPAN = re.compile(f"(?P<tag>{_TAG})|{_ADDRESS}|{PLACEHOLDER}|{_NUMBER}")


@dataclass(frozen=True)
class Span:
    """Where in a text something stands that is carried over."""

    text: str
    start: int
    end: int
    tag: bool = False


def spans(text: str) -> list[Span]:
    """The spans of a text, in their order, none within another."""
    return [Span(found[0], found.start(), found.end(), found["tag"] is not None) for found in _SPAN.finditer(text)]


def common(source: str, target: str) -> tuple[list[Span], list[Span]]:
    """Spans that stand on both sides, each with its partner, in the order of the source."""
    left = spans(target) if any(map(str.isdigit, source)) or any(mark in source for mark in "<{%@&:") else []
    kept: tuple[list[Span], list[Span]] = [], []
    for span in spans(source) if left else ():
        partner = next((other for other in left if other.text == span.text), None)
        if partner is not None:
            left.remove(partner)
            kept[0].append(span)
            kept[1].append(partner)
    return kept


def without(text: str, held: Sequence[Span]) -> list[str]:
    """What stands before, between and behind spans that are in their order; one text more than there are spans."""
    ends, starts = [0, *(span.end for span in held)], [*(span.start for span in held), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]
