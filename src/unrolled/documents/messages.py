"""Message catalogues of gettext (.po): comments, contexts, order and what is translated already stay."""

import gettext
import re
from collections.abc import Sequence
from functools import partial
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

from unrolled.documents.accelerators import accelerator
from unrolled.documents.base import Block, Document
from unrolled.documents.plain import plain_text
from unrolled.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from polib import POEntry, POFile

__all__ = ["messages"]

_LINE = re.compile(r'(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s*)?"(?:[^"\\]|\\.)*"|#.*|\|.*|')
_EXPECTED = 'expected a comment, or msgctxt, msgid, msgid_plural or msgstr with a text between " and ", or such a text'
_PLURAL = re.compile(r"nplurals\s*=\s*(\d)\s*;\s*plural\s*=\s*([^;]+)")


def messages(text: str, language: str, name: str, every: bool = False) -> Document:
    """The text of a .po file as a document whose blocks are the messages that are not translated, or ``every`` one.

    What is filled in is marked as fuzzy, so that a person looks at it. A message whose translation is itself stays
    untranslated, which programs show alike.
    """
    lines = text.splitlines(keepends=True)
    catalogue = _parsed(text, lines, name)
    starts = list(accumulate(map(len, lines), initial=0))
    forms = _forms(catalogue.metadata.get("Plural-Forms", ""))
    blocks = []
    for entry in catalogue:
        untranslated = not (all(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
        if entry.msgid and not entry.obsolete and (every or untranslated):
            place = _Place(lines, max(0, entry.linenum - 1))
            message = _Message(entry, forms, language, every)
            written = partial(_written, place, message)
            blocks.append(Block(starts[place.first], starts[place.end], message.segments, written))
    return Document(text, blocks)


def _written(place: "_Place", message: "_Message", translations: Sequence[str]) -> str:
    return place.written(message.lines(translations))


def _parsed(text: str, lines: Sequence[str], name: str) -> "POFile":
    try:
        import polib
    except ImportError as error:
        raise MissingExtra("polib", "documents", "reading message catalogues") from error
    _check(lines, name)
    try:
        return polib.pofile(text)
    except OSError as error:
        found = re.search(r"line (\d+)", str(error))
        number = int(found[1]) if found else 1
        line = lines[number - 1].strip() if lines else ""
        raise InputError(f"{name}:{number}: {line[:60]!r} cannot stand here in a .po file") from None


def _check(lines: Sequence[str], name: str) -> None:
    """Refuse what polib reads otherwise than it is meant: texts without an end, and messages without a msgstr."""
    waiting = 0
    for number, raw in enumerate(lines, 1):
        line = raw.lstrip("\ufeff").strip().removeprefix("#~").lstrip()
        if not _LINE.fullmatch(line):
            raise InputError(f"{name}:{number}: {line[:60]!r}; {_EXPECTED}")
        if waiting and line.startswith(("msgid ", 'msgid"', "msgctxt", "#")) and not line.startswith("#|"):
            break
        waiting = 0 if line.startswith("msgstr") else number if line.startswith(("msgid ", 'msgid"')) else waiting
    if waiting:
        raise InputError(f"{name}:{waiting}: a message without msgstr; expected one behind its msgid")


def _forms(plural_forms: str) -> tuple[int, int]:
    """How many plural forms the language of the translations has, and which of them counts one."""
    found = _PLURAL.search(plural_forms)
    if found is None:
        return 2, 0
    try:
        return int(found[1]), gettext.c2py(found[2])(1)
    except (ValueError, RecursionError):
        return int(found[1]), 0


class _Place:
    """The lines of an entry from its flags, or where they belong, to the end of its translation."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        begun = next(n for n in range(start, len(lines)) if lines[n].lstrip("\ufeff \t").startswith(("#|", "msg")))
        flags = [n for n in range(start, begun) if lines[n].startswith("#,")]
        self.first = flags[0] if flags else begun
        self.translation = next(n for n in range(begun, len(lines)) if _is_text(lines[n], "msgstr"))
        self.end = self.translation + sum(
            1 for _ in takewhile(lambda line: _is_text(line, '"', "msgstr"), lines[self.translation :])
        )
        self.lines = lines
        self.line_end = "\r\n" if lines[begun].endswith("\r\n") else "\n"

    def written(self, translation: str) -> str:
        """The lines with another translation, marked as fuzzy."""
        before = self.lines[self.first : self.translation]
        if not before[0].startswith("#,"):
            before = [f"#, fuzzy{self.line_end}", *before]
        elif not re.search(r"\bfuzzy\b", before[0]):
            before = [f"#, fuzzy,{before[0][2:]}", *before[1:]]
        ends = self.lines[self.end - 1].endswith(("\n", "\r"))
        new = translation.replace("\n", self.line_end)
        return "".join(before) + (new + self.line_end if ends else new)


def _is_text(line: str, *starts: str) -> bool:
    return line.strip().startswith(starts)


class _Text:
    """A text of a message, as a plain text without the sign of an accelerator."""

    def __init__(self, text: str, language: str) -> None:
        self._accelerator = accelerator(text)
        self._document = plain_text(self._accelerator.text, language)
        self.segments = self._document.segments

    def filled(self, translations: Sequence[str]) -> str:
        return self._accelerator.put(self._document.filled(translations))


class _Message:
    """The texts of an entry, and its translation in all plural forms; those that it has already are kept."""

    def __init__(self, entry: "POEntry", forms: tuple[int, int], language: str, every: bool) -> None:
        self._one, self._many = _Text(entry.msgid, language), _Text(entry.msgid_plural, language)
        self._plural = bool(entry.msgid_plural)
        self._count, self._singular = max(forms[0], len(entry.msgstr_plural)), forms[1]
        self._kept = {} if every else {form: text for form, text in entry.msgstr_plural.items() if text}
        self.segments = [*self._one.segments, *self._many.segments]

    def lines(self, translations: Sequence[str]) -> str:
        """The lines of the translation as they stand in a file, without a line break at the end."""
        from polib import POEntry

        one = self._one.filled(translations[: len(self._one.segments)])
        many = self._many.filled(translations[len(self._one.segments) :])
        forms = {form: one if form == self._singular else many for form in range(self._count)} | self._kept
        entry = POEntry(msgid_plural="x", msgstr_plural=forms) if self._plural else POEntry(msgstr=one)
        written = str(entry)
        return written[written.index("\nmsgstr") + 1 :].rstrip("\n")
