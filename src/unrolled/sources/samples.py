"""Real text that needs no download: `sample:NAME`, or one of its parts, `sample:NAME:PART`."""

import bz2
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from unrolled.errors import InputError, MissingExtra

__all__ = ["PARTS", "Sample"]

PARTS = ("train", "valid", "test")

_NAMES = ("wikipedia", "python-docs")
_WIKIPEDIA = "test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_SHORTEST_LINE = 12  # words; shorter lines are headings, captions and cells of tables
_RESIDUES = (  # what gensim's filter leaves of markup, and what takes its place
    ("'{2,}", ""),  # bold and italic
    (r"\|(alt=.*|thumb|(\d+x)?\d+px).*", ""),  # a picture's caption before its settings
    (r"https?://\S+", ""),
    (r"\(\s*[,;](\s*[,;])*\s*", "("),  # brackets around a pronunciation that was a template
    (r"\(\s*\)", ""),
    (r"\s+", " "),
    (r" (?=[,;.](\s|$))", ""),
)
_FRAME = re.compile(r"[*=~^-]{4}|^\+--|^$")  # the line below a heading, or around a table


@dataclass(frozen=True)
class Sample:
    """A sample by its name: all of its articles, or those of one part."""

    name: str
    part: str | None

    @classmethod
    def named(cls, source: str) -> "Sample":
        """The sample that `sample:NAME[:PART]` names; InputError, listing all samples, for another name."""
        _, name, *part = source.split(":")
        if name not in _NAMES or len(part) > 1 or (part and part[0] not in PARTS):
            names = ", ".join(f"sample:{known}" for known in _NAMES)
            raise InputError(f"unknown sample {source!r}; choose {names}, or a part: :{', :'.join(PARTS)}")
        return cls(name, part[0] if part else None)

    def paragraphs(self) -> Iterator[str]:
        """The paragraphs, article by article."""
        articles = _wikipedia() if self.name == "wikipedia" else _python_docs()
        for number, article in enumerate(articles):
            if self.part in (None, _part(number)):
                yield from article


def _part(number: int) -> str:
    """The part of an article follows from its number alone: about 80, 10 and 10 percent of the words."""
    return {2: "valid", 5: "test"}.get(number % 10, "train")


@cache
def _wikipedia() -> list[list[str]]:
    """Articles of the English Wikipedia of 2015 in the order of the dump, as gensim ships and filters them.

    They are kept in memory: 3 MB, which saves three seconds at each later pass.
    """
    if find_spec("gensim") is None:
        raise MissingExtra("gensim", "train", "sample:wikipedia")
    wiki = import_module("gensim.corpora.wikicorpus")
    path = Path(wiki.__file__ or "").parents[1] / _WIKIPEDIA
    try:
        with bz2.open(path) as dump:
            texts = [text for _, text, _ in wiki.extract_pages(dump, ("0",))]
    except OSError as error:
        raise InputError(f"{path}: the sample of Wikipedia that gensim ships cannot be read: {error}") from None
    articles = ([prose for line in wiki.filter_wiki(text).split("\n") if (prose := _prose(line))] for text in texts)
    return [article for article in articles if article]


def _prose(line: str) -> str:
    """A line of running text without its markup; "" for a heading, a table or a gallery."""
    if line.startswith(("=", "|", "!", "{", "File:", "Image:")) or line.startswith("#REDIRECT"):
        return ""
    for residue, replacement in _RESIDUES:
        line = re.sub(residue, replacement, line)
    line = line.lstrip("*#:;, ").rstrip()
    return line if len(line.split()) >= _SHORTEST_LINE else ""


@cache
def _python_docs() -> list[list[str]]:
    """Chapters of the Python reference, as `help()` shows them, in the order of their titles.

    Some chapters stand within others, too: a paragraph is kept only where it comes first.
    """
    try:
        topics: dict[str, str] = import_module("pydoc_data.topics").topics
    except ImportError:
        raise InputError("this Python comes without its documentation (pydoc_data); use sample:wikipedia") from None
    seen: set[str] = set()
    chapters: list[list[str]] = []
    for _, text in sorted(topics.items()):
        paragraphs = dict.fromkeys(" ".join(lines.split()) for lines in re.split(r"\n\s*\n", text))
        chapters.append([lines for lines in paragraphs if lines not in seen and not _FRAME.search(lines)])
        seen.update(paragraphs)
    return chapters
