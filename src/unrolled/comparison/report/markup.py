"""HTML and SVG from code: whatever is not markup already is text, and is escaped."""

import html
import re

__all__ = ["Markup", "data", "tag"]

_NO_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # what HTML does not allow
_EMPTY = ("meta", "line", "circle", "rect", "path", "polygon")


class Markup(str):
    """Text that is HTML."""


def tag(name: str, /, *inside: str, **attributes: object) -> Markup:
    """An element. ``class_`` and ``text_anchor`` stand for the attributes class and text-anchor."""
    shown = "".join(
        f' {key.strip("_").replace("_", "-")}="{_escaped(str(value))}"' for key, value in attributes.items()
    )
    if name in _EMPTY:
        return Markup(f"<{name}{shown}/>")
    return Markup(f"<{name}{shown}>{''.join(map(_safe, inside))}</{name}>")


def data(text: str, longest: int = 300) -> Markup:
    """A text from the user's data: cut, and kept from changing the direction of what stands beside it."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return tag("bdi", cut)


def _safe(part: str) -> str:
    return part if isinstance(part, Markup) else _escaped(part)


def _escaped(text: str) -> str:
    return html.escape(_NO_TEXT.sub("\ufffd", text))
