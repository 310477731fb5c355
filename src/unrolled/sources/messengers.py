"""Chats as messengers export them: Telegram (JSON, HTML), Facebook and Discord (JSON), SMS Backup & Restore (XML)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Any, cast
from xml.etree import ElementTree

from unrolled.errors import InputError
from unrolled.sources.message import Message
from unrolled.storage.strict_json import parse_json

__all__ = ["json_chats", "read_html", "read_json_chats", "read_sms"]

_Ended = Iterator[tuple[str, ElementTree.Element]]
_ME = "me"
"""Who wrote the SMS that were sent."""
_HALVES = re.compile(r"&#(5[5-7]\d{3});&#(5[5-7]\d{3});")  # a character as two of UTF-16, which XML does not know


def json_chats(content: bytes) -> list[Sequence[Any]] | None:
    """The lists of messages in an export in JSON, or None where it is none."""
    try:
        export = parse_json(content, "")
    except InputError:
        return None
    if not isinstance(export, dict):
        return None
    chats = [export]
    for name in ("chats", "left_chats"):  # all chats of a person
        of = export.get(name)
        chats += of.get("list", []) if isinstance(of, dict) and isinstance(of.get("list"), list) else []
    found = [chat["messages"] for chat in chats if isinstance(chat, dict) and isinstance(chat.get("messages"), list)]
    return found if any(any(_of_json(one) for one in messages) for messages in found) else None


def read_json_chats(chats: Iterable[Sequence[Any]]) -> Iterator[Message]:
    """The messages with a text."""
    for messages in chats:
        yield from (message for one in messages if (message := _of_json(one)))


def _of_json(one: Any) -> Message | None:
    if not isinstance(one, dict) or one.get("type") in ("service", "Call", "RecipientAdd"):
        return None
    if "sender_name" in one:  # Facebook writes the bytes of UTF-8 as characters
        author, text = _mended(one["sender_name"]), _mended(one.get("content"))
    elif isinstance(one.get("author"), dict):
        author, text = one["author"].get("nickname") or one["author"].get("name"), one.get("content")
    else:
        author, text = one.get("from"), _plain(one.get("text"))
    if not isinstance(author, str) or not isinstance(text, str) or not author or not text.strip():
        return None
    return Message(author, text.strip())


def _plain(text: Any) -> Any:
    """The text of Telegram, which is a list where parts of it are links or bold."""
    if not isinstance(text, list):
        return text
    parts = [part.get("text", "") if isinstance(part, dict) else part for part in text]
    return "".join(part for part in parts if isinstance(part, str))


def _mended(text: Any) -> Any:
    try:
        return text.encode("latin-1").decode("utf-8") if isinstance(text, str) else text
    except UnicodeError:
        return text


def read_sms(lines: Iterable[str], name: str) -> Iterator[Message]:
    """The messages of an XML file of SMS Backup & Restore; those that were sent are of "me"."""
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(["end"])
    try:
        for line in lines:
            if "<!DOCTYPE" in line or "<!ENTITY" in line:
                raise InputError(f"{name}: XML with definitions of its own; expected a file of SMS Backup & Restore")
            parser.feed(_HALVES.sub(_whole, line))
            for _, element in cast(_Ended, parser.read_events()):
                yield from _of_xml(element)
        parser.close()
    except ElementTree.ParseError as error:
        raise InputError(f"{name}: damaged XML: {error}") from None


def _of_xml(element: ElementTree.Element) -> Iterator[Message]:
    if element.tag not in ("sms", "mms"):
        return
    sent = element.get("type") == "2" or element.get("msg_box") == "2"
    named = element.get("contact_name", "")
    author = _ME if sent else named if named not in ("", "(Unknown)", "null") else element.get("address", "")
    parts = [part.get("text", "") for part in element.iter("part") if part.get("ct") == "text/plain"]
    text = element.get("body") or "\n".join(part for part in parts if part != "null")
    element.clear()
    if author and text.strip() and text != "null":
        yield Message(author, text.strip())


def _whole(halves: re.Match[str]) -> str:
    units = b"".join(int(half).to_bytes(2, "little") for half in halves.groups())
    return units.decode("utf-16-le", "replace")


def read_html(lines: Iterable[str]) -> Iterator[Message]:
    """The messages of a page that Telegram exported."""
    parser = _Page()
    for line in lines:
        parser.feed(line)
        yield from parser.messages
        parser.messages.clear()


class _Page(HTMLParser):
    """Gathers names and texts by the classes of the elements that hold them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self._classes: list[str] = []  # of the open elements div
        self._author, self._held = "", list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div":
            self._classes.append(dict(attrs).get("class") or "")
            self._held.clear()
        elif tag == "br":
            self._held.append("\n")

    def handle_data(self, data: str) -> None:
        self._held.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag != "div" or not self._classes:
            return
        kind, text = self._classes.pop().split(), "".join(self._held).strip()
        self._held.clear()
        if any("forwarded" in above.split() for above in self._classes):
            return  # somebody else wrote it
        if "from_name" in kind:
            self._author = text
        elif "text" in kind and self._author and text:
            self.messages.append(Message(self._author, text))
