"""A file as the sentences to be translated and all that stands around them, which stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from unrolled.documents.marks import has_letters
from unrolled.documents.restored import restored
from unrolled.errors import InputError

__all__ = ["Block", "Document", "translate_document"]


@dataclass(frozen=True)
class Block:
    """A part of a document's text that is written anew, from ``start`` to ``end``."""

    start: int
    end: int
    segments: Sequence[str]
    """Its sentences, each plain text, perhaps with tags and placeholders."""
    written: Callable[[Sequence[str]], str]
    """What stands in its place, given the translations of its sentences."""


@dataclass(frozen=True)
class Document:
    """The text of a file, and its blocks in the order in which they stand; what is in none stays as it is."""

    text: str
    blocks: Sequence[Block]
    encoding: str = "utf-8"
    """That of the file; the translation is written in it, too."""
    unencodable: str = "strict"
    """What is done about a letter that the encoding does not have, as in `str.encode`."""

    @property
    def segments(self) -> list[str]:
        """The sentences to be translated, in their order."""
        return [segment for block in self.blocks for segment in block.segments]

    def filled(self, translations: Sequence[str]) -> str:
        """The text with translations in the place of `segments`, one for each; tags and placeholders are kept.

        A block whose translations are its own sentences stays as it is, to the letter, and so does a sentence whose
        translation is blank.
        """
        if len(translations) != len(self.segments):
            raise InputError(
                f"{len(translations)} translations of {len(self.segments)} sentences; expected one of each"
            )
        ends = list(accumulate((len(block.segments) for block in self.blocks), initial=0))
        pieces, at = [], 0
        for block, first in zip(self.blocks, ends, strict=False):
            given = zip(translations[first : first + len(block.segments)], block.segments, strict=True)
            new = [translation if translation.strip() else segment for translation, segment in given]
            if new != list(block.segments):
                kept = [restored(*pair) for pair in zip(block.segments, new, strict=True)]
                pieces += [self.text[at : block.start], block.written(kept)]
                at = block.end
        return "".join([*pieces, self.text[at:]])

    def encoded(self, text: str) -> bytes:
        """A translation in the encoding of the file; InputError where that cannot write it."""
        try:
            return text.encode(self.encoding, self.unencodable)
        except UnicodeEncodeError as error:
            what = f"{text[error.start]!r} of the translation cannot be written in {self.encoding}, as the document is"
            raise InputError(f"{what}; convert the document to utf-8 first") from None


def translate_document(document: Document, translate: Callable[[Sequence[str]], Sequence[str]]) -> str:
    """The text of a document in another language.

    ``translate`` is called once, with all different sentences that have letters; the others stay as they are.
    """
    asked = list(dict.fromkeys(segment for segment in document.segments if has_letters(segment)))
    known = dict(zip(asked, translate(asked), strict=True)) if asked else {}
    return document.filled([known.get(segment, segment) for segment in document.segments])
