"""Chats that WhatsApp exports: a line with date and name for each message, further lines of it below."""

import re
from collections.abc import Iterable, Iterator, Sequence

from unrolled.sources.message import Message

__all__ = ["is_whatsapp", "read_whatsapp"]

_DATE = r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\.?"
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[^\W\d_]{1,2}\.?(?:\s?[^\W\d_]{1,2}\.?)?)?"  # PM, p. m. and their like
_STAMP = re.compile(
    rf"(?:{_DATE},?\s+{_TIME}\s+[-–]\s+|\[{_DATE},?\s+{_TIME}\]\s*|\[{_TIME},\s+{_DATE}\]\s*)(?P<rest>.*)", re.DOTALL
)
_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_NO_MARKS = str.maketrans("", "", _MARKS)
_LONGEST_NAME = 60
_ATTACHED = re.compile(r"\S[^\n]*\.\w{2,5} \([^()\n]{4,40}\)(?=\n|$)")  # IMG-1.jpg (file attached), in any language
_NOTE = re.compile(r"\s*<[^<>\n]*\s[^<>\n]*>\s*$")  # <Media omitted>, <This message was edited>
_OMITTED = re.compile(r"(image|video|audio|sticker|gif|document|contact card|media) omitted", re.IGNORECASE)
_SYSTEM = (
    *("this message was deleted", "you deleted this message", "null", "missed voice call", "missed video call"),
    *("waiting for this message", "diese nachricht wurde gelöscht", "du hast diese nachricht gelöscht"),
    *(
        "se eliminó este mensaje",
        "eliminaste este mensaje",
        "ce message a été supprimé",
        "questo messaggio è stato eliminato",
    ),
)
_FEWEST, _SHARE = 2, 0.2  # lines with a date, that a chat has at least


def is_whatsapp(sample: Sequence[str]) -> bool:
    """Whether the first lines of a text are those of a chat."""
    lines = [line.translate(_NO_MARKS) for line in sample if line.strip()]
    stamped = [match["rest"] for line in lines if (match := _STAMP.match(line))]
    named = [rest for rest in stamped if _author(rest)[0]]
    enough = len(stamped) >= max(_FEWEST, _SHARE * len(lines))
    return bool(lines) and bool(named) and enough and _STAMP.match(lines[0]) is not None


def read_whatsapp(lines: Iterable[str]) -> Iterator[Message]:
    """The messages of people; what the program itself says, and what stands for a picture or a sound, is left out."""
    author, parts = "", list[str]()
    for line in lines:
        if stamped := _STAMP.match(line.lstrip(_MARKS)):
            yield from _message(author, parts)
            author, text = _author(stamped["rest"])
            parts = [text]
        else:
            parts.append(line)
    yield from _message(author, parts)


def _author(rest: str) -> tuple[str, str]:
    """What stands before the first colon, and the text after it; the name is "" where the program speaks."""
    name, colon, text = rest.partition(":")
    name = name.translate(_NO_MARKS).strip().lstrip("~").strip()
    if (
        not colon
        or not name
        or len(name) > _LONGEST_NAME
        or re.search(r"[\"“”„«»]", name)
        or text[:1] not in ("", " ", "\n")
    ):
        return "", ""
    return name, text


def _message(author: str, parts: Sequence[str]) -> Iterator[Message]:
    whole = "".join(parts).strip(" \n")
    if not author or whole.startswith("\u200e"):  # iOS marks so what people did not write
        return
    text = _NOTE.sub("", _ATTACHED.sub("", whole.translate(_NO_MARKS).strip())).strip()
    if text and not _OMITTED.fullmatch(text) and not text.lower().startswith(_SYSTEM):
        yield Message(author, text)
