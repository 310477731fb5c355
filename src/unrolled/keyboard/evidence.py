"""Whether the case in which a word was written says how it is written."""

from collections.abc import Sequence

from unrolled.keyboard.segments import Segment
from unrolled.text.case import Casing, opens_sentence

__all__ = ["case_is_meant"]

_BEFORE = 64  # characters before a word in which the sentence before ends, if it does


def case_is_meant(text: str, word: Segment, before: Sequence[Segment], casing: Casing) -> bool:
    """Whether a word of a text stands within a sentence and is not shouted; ``before`` are the segments before it.

    In a sentence that has had no small letter yet, capitals throughout may be a shout. A capital within a word, as in
    iPhone, always means something.
    """
    case = casing.case_of(word.text)
    if case == "mixed":
        return True
    start = word.end - len(word.text)
    if opens_sentence(text[max(0, start - _BEFORE) : start]):
        return False
    return case != "upper" or _has_small_letters(before)


def _has_small_letters(before: Sequence[Segment]) -> bool:
    """Whether the sentence that the segments end with has a small letter."""
    for segment in reversed(before):
        if opens_sentence(f"x{segment.text}"):
            return False
        if segment.text != segment.text.upper():
            return True
    return False
