"""Queries that people typed into a search box, as ids of their tokens; and the log that they stand in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.data.query_log import QueryLog
from unrolled.errors import InputError
from unrolled.inputs.base import Arrays, Input, Keys
from unrolled.inputs.generative import Generative
from unrolled.inputs.tokens import TokenInput
from unrolled.settings import Layout
from unrolled.sources.rows import Row, folder_rows, is_table, table_rows
from unrolled.sources.text import SUFFIXES
from unrolled.sources.text_file import TextFile
from unrolled.storage.model_folder import ModelFolder
from unrolled.text.cutting import SPECIAL, Cutting
from unrolled.text.everyday import EVERYDAY, Everyday, everyday_words
from unrolled.text.queries import normal

__all__ = ["Queries"]

LOG = "queries.txt"
_COUNTS = "counts"
_WORDS = 50_000
_MOST = 2**62  # of all counts together


class Queries(TokenInput):
    """Queries in one form, see `unrolled.text.queries`; each ends with END. ``log`` is what they were learnt from."""

    kind = "queries"
    noun = "query"
    raw_example = "how to bu"
    message_keys: ClassVar[Keys] = {**Input.message_keys, "searched": (str,), "forget": (bool, str)}
    log: QueryLog
    everyday: Everyday | None = None
    """Words that people use, whether or not a query has them."""

    def __init__(self, tokens: str, size: int, users: int, layout: Layout, languages: str | None = None) -> None:
        super().__init__(tokens, size)
        self.users, self.layout, self.languages = users, layout, languages

    def read(self, data: Any, part: str, encoding: str) -> QueryLog:
        """The queries of a log that may be learnt and shown to others, see `unrolled.sources.queries`."""
        from unrolled.sources.queries import read_queries

        columns = self.layout.names if self.layout.columns else None
        users = 1 if part == "test" else self.users  # what is measured on is shown to nobody
        return read_queries(data, encoding, users, columns, self.layout.delimiter)

    def learn(self, raw: Any) -> None:
        """Keep the log, a `QueryLog`, and learn its tokens."""
        super().learn(raw.texts)
        self.log = raw
        self.everyday = None
        if self.languages is not None:
            words = everyday_words(self.languages, (), Cutting("word"), _WORDS)
            self.everyday = None if words is None else replace(words, once=len(SPECIAL))

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """The tokenizer, and the log."""
        arrays, texts = super().saved()
        texts = {**texts, LOG: "".join(f"{text}\n" for text in self.log.texts)}
        everyday = {} if self.everyday is None else {EVERYDAY: self.everyday.to_json()}
        return {**arrays, _COUNTS: self.log.counts}, {**texts, **everyday}

    def restore(self, folder: ModelFolder) -> None:
        """Take the tokenizer and the log from a model folder; InputError where they do not fit together."""
        super().restore(folder)
        where = str(folder.folder / LOG)
        texts, counts = folder.text(LOG).split("\n")[:-1], folder.tensors("encoder").get(_COUNTS)
        if counts is None or counts.dtype.kind not in "iu" or counts.shape != (len(texts),):
            raise InputError(f"{where}: {len(texts):,} queries; expected a count of each in encoder.safetensors")
        if not len(texts) or counts.min() < 1 or float(counts.sum(dtype=np.float64)) > _MOST:
            raise InputError(f"{where}: expected at least one query, and counts of at least 1")
        if any(normal(text) != text or not text for text in texts) or len(set(texts)) != len(texts):
            raise InputError(f"{where}: expected different queries, each as it is read: small letters, single spaces")
        self.log = QueryLog(texts, counts.astype(np.int64))
        if EVERYDAY in folder.files:
            where = str(folder.folder / EVERYDAY)
            self.everyday = Everyday.from_json(folder.text(EVERYDAY), where, len(self.tokenizer))

    def everyday_frequencies(self) -> dict[str, float]:
        """How frequent each everyday word is; empty where there are none."""
        everyday = self.everyday
        return {} if everyday is None else dict(zip(everyday.words, everyday.frequencies.tolist(), strict=True))

    def encode(self, raw: Any) -> NDArray[np.int64]:
        """Ids (T,) of a query; InputError for what is no text."""
        if not isinstance(raw, str):
            raise InputError(f"the query is {type(raw).__name__}; expected a string")
        return super().encode(normal(raw))

    def reads_like(self, other: Generative) -> None:
        """Take over how many users a query must have, and where the columns are; everyday words stay."""
        assert isinstance(other, Queries)
        self.users, self.layout = other.users, other.layout

    def several(self, path: Path, layout: Layout) -> Iterator[Row] | None:
        """The rows of a table, the lines of a text, or those of the files of a folder."""
        if path.is_dir():
            return folder_rows(path, self.read_file, SUFFIXES)
        return table_rows(path, layout) if is_table(path) else _lines(path, layout.encoding)


def _lines(path: Path, encoding: str) -> Iterator[Row]:
    file = TextFile.at(path)
    for number, line in enumerate(file.lines(file.guessed(encoding)), 1):
        yield Row(line.rstrip("\r\n"), f"{path}:{number}")
