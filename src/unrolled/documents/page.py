"""Web pages (.html): the text of blocks is translated; all else stays as it was, to the letter."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from unrolled.documents.base import Block, Document
from unrolled.documents.html_pieces import Piece, pieces
from unrolled.documents.marks import marks
from unrolled.documents.sentences import Cut, cut

__all__ = ["page"]

_INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del", "dfn", "em"),
        *("font", "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "ruby", "rb", "rp", "rt", "s", "samp"),
        *("small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    )
)
_UNTOUCHED = frozenset(
    (
        *("code", "kbd", "math", "noscript", "object", "pre", "samp", "script"),
        *("style", "svg", "template", "textarea", "tt", "var"),
    )
)
_ATTRIBUTES = frozenset(("alt", "title", "placeholder", "aria-label"))
_ATTRIBUTE = re.compile(r"""\s([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DESCRIBED = frozenset(("description", "og:title", "og:description", "twitter:title", "twitter:description"))
_LABELLED = frozenset(("submit", "button", "reset"))
_KEPT = re.compile(r"(&(?:amp;)*(?:lt|gt|#0*6[02]|#x0*3[ce]);)", re.IGNORECASE)
"""References to < and > stay references within sentences, so that no text looks like a tag."""
_WHITE = " \t\r\n\f"
_SPACE = re.compile(f"[{_WHITE}]+")


def page(text: str, language: str, name: str = "") -> Document:
    """The text of a web page as a document.

    Each run of text and inline tags between two tags of blocks is cut into sentences; in these a tag is shown by its
    name and a number, `<b1>bold</b1>`, and what is not translated within a text, such as code, as one such tag. Texts
    of attributes (alt, title, a description) are sentences, too. Untouched are scripts, styles, code, and elements with
    translate="no" or the class notranslate. The language is the one that the page says it has, if it does.
    """
    blocks: list[Block] = []
    run: list[Piece] = []
    found = pieces(text)
    written_in = next((dict(piece.attributes).get("lang") for piece in found if piece.name == "html"), None)
    language = written_in or language
    for piece in [*_merged(found), Piece("open", len(text), end=len(text))]:
        if piece.name in _INLINE or piece.kind in ("text", "other"):
            run.append(piece)
            continue
        blocks += [*_run_blocks(text, run, language), *_attribute_blocks(text, piece, language)]
        run = []
    return Document(text, blocks, unencodable="xmlcharrefreplace")


def _merged(found: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces, an element that is not translated as one."""
    number = 0
    while number < len(found):
        piece, last = found[number], number
        if piece.kind == "open" and _is_untouched(piece):
            last = _end(found, number)
            piece = replace(piece, kind="whole", end=found[last].end, attributes=())
        yield piece
        number = last + 1


def _is_untouched(piece: Piece) -> bool:
    attributes = dict(piece.attributes)
    marked = (attributes.get("translate") or "").lower() == "no"
    return piece.name in _UNTOUCHED or marked or "notranslate" in (attributes.get("class") or "").split()


def _end(found: Sequence[Piece], start: int) -> int:
    """Where the element that begins at ``start`` ends; before the next block, where it is not closed."""
    depth = 0
    for number in range(start, len(found)):
        if found[number].name == found[start].name:
            depth += {"open": 1, "close": -1}.get(found[number].kind, 0)
        if depth == 0:
            return number
    after = range(start + 1, len(found))
    return next((n - 1 for n in after if found[n].name and found[n].name not in _INLINE), len(found) - 1)


def _attribute_blocks(text: str, piece: Piece, language: str) -> Iterator[Block]:
    """The texts among the attributes of a tag."""
    attributes = dict(piece.attributes)
    named = set(_ATTRIBUTES)
    if piece.name == "meta" and (attributes.get("name") or attributes.get("property") or "").lower() in _DESCRIBED:
        named.add("content")
    if piece.name == "input" and (attributes.get("type") or "").lower() in _LABELLED:
        named.add("value")
    for found in _ATTRIBUTE.finditer(text, piece.start, piece.end) if attributes else ():
        group = 2 if found[2] is not None else 3
        if found[1].lower() in named and attributes.get(found[1].lower()) and found[group].strip():
            within = cut(_readable(found[group]), language)

            def written(translations: Sequence[str], within: Cut = within) -> str:
                return _escaped(within.joined(translations)).replace('"', "&quot;").replace("'", "&#39;")

            yield Block(*found.span(group), within.sentences, written)


def _run_blocks(text: str, run: Sequence[Piece], language: str) -> Iterator[Block]:
    """The blocks of a run, which two line breaks in a row cut."""
    spoken = [n for n, piece in enumerate(run) if piece.kind != "text" or text[piece.start : piece.end].strip(_WHITE)]
    breaks = [after for n, after in pairwise(spoken) if run[n].name == run[after].name == "br"]
    for start, end in zip([0, *breaks], [*breaks, len(run)], strict=True):
        if start < end and (block := _block(text, run[start:end], language)).segments:
            yield block


def _block(text: str, run: Sequence[Piece], language: str) -> Block:
    """A run of text and inline tags, without the white space around it."""
    tags = _tags(text, run, language)
    source = text[run[0].start : run[-1].end]
    start = run[0].start + len(source) - len(source.lstrip(_WHITE))
    shown = (tags[n][0] if n in tags else _readable(text[p.start : p.end]) for n, p in enumerate(run))
    within = cut("".join(shown).strip(_WHITE), language)
    segments = [*within.sentences, *(segment for _, tag in tags.values() for segment in tag.segments)]

    def written(translations: Sequence[str]) -> str:
        at = len(within.sentences)
        sources = dict[str, str]()
        for name, tag in tags.values():
            sources[name] = tag.filled(translations[at : at + len(tag.segments)])
            at += len(tag.segments)
        return _with_tags(within.joined(translations[: len(within.sentences)]), sources)

    return Block(start, start + len(source.strip(_WHITE)), segments, written)


def _tags(text: str, run: Sequence[Piece], language: str) -> dict[int, tuple[str, Document]]:
    """Of each piece of a run that is no text how it is shown in sentences, and its source with texts of attributes."""
    tags: dict[int, tuple[str, Document]] = {}
    partner = _partners(run)
    for number, piece in enumerate(run):
        if piece.kind == "text":
            continue
        name = f"{piece.name or 'comment'}{min(number, partner.get(number, number)) + 1}"
        shown = {"open": f"<{name}>", "close": f"</{name}>"}.get(piece.kind, f"<{name}/>")
        inner = _attribute_blocks(text, piece, language)
        moved = [replace(block, start=block.start - piece.start, end=block.end - piece.start) for block in inner]
        tags[number] = shown, Document(text[piece.start : piece.end], moved)
    return tags


def _partners(run: Sequence[Piece]) -> dict[int, int]:
    """Of each tag that opens the one that closes it, and the other way round, by their places in the run."""
    waiting: list[int] = []
    partner: dict[int, int] = {}
    for number, piece in enumerate(run):
        if piece.kind == "open":
            waiting.append(number)
        elif piece.kind == "close":
            opener = next((other for other in reversed(waiting) if run[other].name == piece.name), None)
            if opener is not None:
                partner |= {opener: number, number: opener}
                del waiting[waiting.index(opener) :]
    return partner


def _readable(source: str) -> str:
    """A text of the source as a sentence has it: without line breaks, references as what they stand for."""
    parts = _KEPT.split(_SPACE.sub(" ", source))
    return "".join(part if _KEPT.fullmatch(part) else html.unescape(part) for part in parts)


def _escaped(text: str) -> str:
    """A text as it is written in the source."""
    parts = _KEPT.split(text)
    return "".join(part if _KEPT.fullmatch(part) else html.escape(part, quote=False) for part in parts)


def _with_tags(text: str, sources: Mapping[str, str]) -> str:
    """A text with tags shown by name and number as source."""
    written, at = list[str](), 0
    for mark in marks(text):
        if mark.text in sources:
            written += [_escaped(text[at : mark.start]), sources[mark.text]]
            at = mark.end
    return "".join([*written, _escaped(text[at:])])
