from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from unrolled import InputError
from unrolled.sources.text import SUFFIXES, read_paragraphs
from unrolled.sources.texts_in_memory import TextsInMemory, texts_in_memory

TEXTS = ["The sky is blue.\n\nThe sea", "is green."]


@pytest.mark.parametrize(
    "data",
    [TEXTS, tuple(TEXTS), (text for text in TEXTS), np.array(TEXTS), pd.Series(TEXTS), pl.Series(TEXTS),
     pl.DataFrame({"text": TEXTS})],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_texts_are_read_as_files_are(data):
    texts = texts_in_memory(data, SUFFIXES)
    assert texts is not None
    assert list(read_paragraphs(texts)) == ["The sky is blue.", "The sea", "is green."]
    assert list(read_paragraphs(texts, lines=True)) == ["The sky is blue.", "The sea", "is green."]


def test_a_string_of_several_lines_is_a_text():
    texts = texts_in_memory("once\nupon", SUFFIXES)
    assert texts is not None
    assert list(read_paragraphs(texts)) == ["once upon"]


def test_what_exists_or_looks_like_a_file_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my book").write_text("a b")
    for data in ("my book", ["my book"], Path("none"), "book.txt", ["book.txt", "-"], "sample:wikipedia", "none", []):
        assert texts_in_memory(data, SUFFIXES) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("the sky is blue", "'the sky is blue': no such file or folder; a text is given in a list"),
        (["a.txt", "the sky"], "number 1 is 'the sky', number 0 the file a.txt; expected files alone, or texts alone"),
        ([Path("a"), "the sky"], "number 1 is 'the sky', number 0 the file a"),
        (["the sky", None], "text 1 is missing: None"),
        (["the sky", 3], r"text 1: 3 \(int\); expected a text"),
        (None, "the data is None; expected a path or several, or a list of texts"),
        (5, "the data is 5"),
    ],
)
def test_what_is_neither_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        texts_in_memory(data, SUFFIXES)


def test_no_text_at_all_is_said():
    with pytest.raises(InputError, match="2 texts in memory: no text in it"):
        list(read_paragraphs(TextsInMemory([" ", ""])))
