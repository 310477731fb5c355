"""Texts in memory, told apart from the paths of files with text."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from unrolled.errors import InputError
from unrolled.sources.in_memory import is_collection, items, text_of

__all__ = ["TextsInMemory", "texts_in_memory"]

_LONGEST_PATH = 1_000  # characters


class TextsInMemory:
    """Texts that are read as files are: a blank line ends a paragraph, and so does the end of a text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def __str__(self) -> str:
        return f"{len(self.texts):,} texts in memory"

    def lines(self, encoding: str) -> Iterator[str]:
        """Their lines, with a blank one after each text."""
        for text in self.texts:
            yield from text.splitlines()
            yield ""


def texts_in_memory(data: Any, suffixes: tuple[str, ...]) -> TextsInMemory | None:
    """The texts that ``data`` holds: a list, series or generator of them, or one of several lines. None for files.

    A `Path` is a file. A string is one where it exists, is ``-`` or begins with ``sample:``, or is a word that ends in
    one of ``suffixes`` as files do. Raises InputError for files and texts in one list, what is missing or no text, and
    a single text of one line, which might be a path.
    """
    if isinstance(data, str) and not _is_file(data, suffixes):
        if "\n" in data or len(data) > _LONGEST_PATH:
            return TextsInMemory([data])
        if len(data.split()) > 1:
            raise InputError(f"{data!r:.80}: no such file or folder; a text is given in a list: [text]")
    if isinstance(data, str | Path):
        return None
    if not is_collection(data):
        raise InputError(f"the data is {data!r:.80}; expected a path or several, or a list of texts")
    found = items(data, "the texts")
    files = [isinstance(item, Path) or (isinstance(item, str) and _is_file(item, suffixes)) for item in found]
    if not found or all(files):
        return None
    if any(files):
        text, file = files.index(False), files.index(True)
        received = f"number {text} is {found[text]!r:.80}, number {file} the file {found[file]}"
        raise InputError(f"{received}; expected files alone, or texts alone")
    return TextsInMemory([text_of(text, f"text {number}") for number, text in enumerate(found)])


def _is_file(text: str, suffixes: tuple[str, ...]) -> bool:
    if text == "-" or text.startswith("sample:"):
        return True
    if "\n" in text or len(text) > _LONGEST_PATH:
        return False
    return os.path.exists(text) or (len(text.split()) == 1 and text.lower().endswith(suffixes))
