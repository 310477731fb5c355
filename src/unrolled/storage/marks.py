"""Byte order marks: the first bytes of a text that name its encoding."""

import codecs

__all__ = ["by_mark"]

_MARKS = (  # the longer first: a mark of UTF-32 begins with one of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def by_mark(head: bytes, encoding: str = "utf-8") -> str:
    """The encoding that a mark at the start of ``head`` names, where ``encoding`` is utf-8; else that one."""
    if codecs.lookup(encoding).name != "utf-8":
        return encoding
    return next((named for mark, named in _MARKS if head.startswith(mark)), encoding)
