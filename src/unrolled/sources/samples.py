"""Real text that is there without a download: `sample:NAME`, or one of its parts, `sample:NAME:PART`."""

import bz2
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from unrolled.errors import InputError, MissingExtra

__all__ = ["PARTS", "SAMPLES", "Sample"]

PARTS = ("train", "valid", "test")

_WIKIPEDIA = "test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_SHORTEST_LINE = 12  # words; shorter lines are headings, captions and cells of tables


@dataclass(frozen=True)
class Sample:
    """A sample by its name, whole or only one part of its articles."""

    name: str
    part: str | None

    @classmethod
    def named(cls, source: str) -> "Sample":
        """Read `sample:NAME[:PART]`; raises InputError, listing what exists, for another name."""
        _, name, *part = source.split(":")
        if name not in SAMPLES or len(part) > 1 or (part and part[0] not in PARTS):
            names = ", ".join(f"sample:{known}" for known in SAMPLES)
            raise InputError(f"unknown sample {source!r}; choose {names}, or a part: :{', :'.join(PARTS)}")
        return cls(name, part[0] if part else None)

    def paragraphs(self) -> Iterator[str]:
        """The paragraphs; every tenth article is the test part, the one before it the validation part."""
        for number, article in enumerate(SAMPLES[self.name]()):
            if self.part in (None, {8: "valid", 9: "test"}.get(number % 10, "train")):
                yield from article


def _wikipedia() -> Iterator[list[str]]:
    """Articles of the English Wikipedia of 2015, in the order of the dump, as gensim ships and filters them."""
    if find_spec("gensim") is None:
        raise MissingExtra("gensim", "train", "sample:wikipedia")
    wiki = import_module("gensim.corpora.wikicorpus")
    path = Path(import_module("gensim").__file__ or "").parent / _WIKIPEDIA
    try:
        with bz2.open(path) as dump:
            for _, text, _ in wiki.extract_pages(dump, ("0",)):
                if not text.lstrip().lower().startswith("#redirect"):
                    lines = map(_prose, wiki.filter_wiki(text).split("\n"))
                    yield [line for line in lines if line]
    except OSError as error:
        raise InputError(f"{path}: gensim's sample of Wikipedia cannot be read: {error}") from None


def _prose(line: str) -> str:
    line = re.sub("'{2,}", "", line).strip()
    if line.startswith(("=", "|", "!", "{")):
        return ""
    line = line.lstrip("*#:; ")
    return line if len(line.split()) >= _SHORTEST_LINE else ""


def _python_docs() -> Iterator[list[str]]:
    """Chapters of the Python reference, as `help()` shows them, in the order of their titles."""
    topics: dict[str, str] = import_module("pydoc_data.topics").topics
    for _, text in sorted(topics.items()):
        yield [" ".join(p.split()) for p in re.split(r"\n\s*\n", text)]


SAMPLES: dict[str, Callable[[], Iterator[list[str]]]] = {"wikipedia": _wikipedia, "python-docs": _python_docs}
