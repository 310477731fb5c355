"""The running text of a description that is written in Markdown or reStructuredText."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["paragraphs_of"]

_FRAME = re.compile(
    r"[=\-~^\"'`#*+.:_]{3,}|[|+].*|={2,}(\s+={2,})+"
)  # a line below a heading, of a table, of a picture
_START = re.compile(r"^([*+-]|\(?[\d#a-z][.)])\s+")  # of an item
_INLINE = (  # marks of reStructuredText, and what takes their place
    (r"`([^`<]*?)\s*<[^`>]*>`__?", r"\1"),  # a link
    (r":[\w:+.-]+:`~?([^`<]+?)(\s*<[^`>]*>)?`", r"\1"),  # a role
    (r"``(.+?)``", r"\1"),
    (r"`([^`]+)`_{0,2}", r"\1"),
    (r"\*\*(.+?)\*\*", r"\1"),
    (r"(?<!\w)\*(\S.*?)\*(?!\w)", r"\1"),
    (r"\|[\w .-]+\|_{0,2}", ""),  # what stands for a picture
    (r"\[[\w#*-]+\]_", ""),  # a footnote
    (r"\b(\w+)_(?!\w)", r"\1"),  # a link of one word
    (r"::$", ":"),
)
_ADDRESS = re.compile(r"<?https?://\S+")


def paragraphs_of(text: str, kind: str) -> Iterator[str]:
    """The paragraphs, headings and items of a text of this content type, each on one line, without marks.

    Pictures, badges, tables, code that stands by itself, HTML and addresses are left out.
    """
    paragraphs = _markdown(text) if kind == "text/markdown" else _restructured(text, marked=kind != "text/plain")
    for paragraph in paragraphs:
        text, addresses = _ADDRESS.subn("", paragraph)
        line = " ".join(text.split())
        if any(map(str.isalpha, line)) and not (addresses and line.endswith(":")):
            yield line


def _markdown(text: str) -> Iterator[str]:
    from markdown_it import MarkdownIt  # rich needs it, too

    tables = 0
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        tables += {"table_open": 1, "table_close": -1}.get(token.type, 0)
        if token.type == "inline" and not tables:
            yield "".join(map(_shown, token.children or ()))


def _shown(token: "Token") -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline") else ""


def _restructured(text: str, marked: bool) -> Iterator[str]:
    """Paragraph by paragraph; what stands deeper below a directive, a comment or "::" belongs to it."""
    hidden: int | None = None  # how deep what hides the lines below it stands
    for block in re.split(r"\n\s*\n", text.expandtabs().replace("\r", "")):
        lines = [line for line in block.split("\n") if line.strip()]
        if not marked:
            yield " ".join(lines)
            continue
        kept = list[str]()
        for line in lines:
            depth, content = len(line) - len(line.lstrip()), line.strip()
            if hidden is not None and depth > hidden:
                continue
            hidden = depth if content.startswith(("..", ":")) or content == "__" else None
            if hidden is None and not _FRAME.fullmatch(content):
                if _START.match(content):
                    yield _plain(" ".join(kept))
                    kept = []
                kept.append(_START.sub("", content))
        if kept and kept[-1].endswith("::"):
            hidden = len(lines[-1]) - len(lines[-1].lstrip())
        yield _plain(" ".join(kept))


def _plain(line: str) -> str:
    for mark, replacement in _INLINE:
        line = re.sub(mark, replacement, line)
    return line
