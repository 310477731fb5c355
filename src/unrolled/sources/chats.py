"""Exports of chats, recognised by their first lines: dates and names go, the messages are the text."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from unrolled.sources.message import Message
from unrolled.sources.messengers import json_chats, read_html, read_json_chats, read_sms
from unrolled.sources.text_file import TextFile
from unrolled.sources.whatsapp import is_whatsapp, read_whatsapp

__all__ = ["CHATS", "Chat", "chat_in", "people"]

CHATS = "WhatsApp (text), Telegram (JSON or HTML), SMS Backup & Restore (XML), Facebook or Discord (JSON)"
"""The exports that are recognised, for people."""
_SAMPLE = 200  # lines
_SHOWN = 20  # people that are named


class Chat(NamedTuple):
    """What exported it, and a function that reads its messages."""

    program: str
    messages: Callable[[], Iterator[Message]]


def chat_in(file: TextFile, encoding: str) -> Chat | None:
    """The chat in a file, or None where it is a text of another kind."""
    sample = list(islice(file.lines(encoding), _SAMPLE))
    head = "".join(sample)
    if head.lstrip().startswith("{"):
        content = "".join(file.lines(encoding)).encode(errors="surrogatepass")
        chats = json_chats(content)
        return None if chats is None else Chat("a messenger", lambda: read_json_chats(chats))
    if "<smses" in head:
        return Chat("SMS Backup & Restore", lambda: read_sms(file.lines(encoding), file.name))
    if "<div" in head and 'class="from_name"' in head:
        return Chat("Telegram", lambda: read_html(file.lines(encoding)))
    if is_whatsapp(sample):
        return Chat("WhatsApp", lambda: read_whatsapp(file.lines(encoding)))
    return None


def people(counts: Counter[str]) -> str:
    """Who writes how much, those first who write most."""
    shown = ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(_SHOWN))
    return shown + (f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")
