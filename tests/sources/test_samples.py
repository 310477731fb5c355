import re
import sys

import pytest

from unrolled.errors import InputError, MissingExtra
from unrolled.sources import samples
from unrolled.sources.text import read_paragraphs

NAMES = ("wikipedia", "python-docs")


@pytest.fixture(scope="module", params=NAMES)
def sample(request):
    if request.param == "wikipedia":
        pytest.importorskip("gensim")
    return request.param


def test_the_parts_are_the_whole(sample):
    whole = list(read_paragraphs(f"sample:{sample}"))
    parts = {part: list(read_paragraphs(f"sample:{sample}:{part}")) for part in samples.PARTS}
    assert sorted(whole) == sorted(paragraph for part in parts.values() for paragraph in part)
    words = {part: sum(len(paragraph.split()) for paragraph in parts[part]) for part in samples.PARTS}
    total = sum(words.values())
    assert 0.75 < words["train"] / total < 0.85
    assert all(0.07 < words[part] / total < 0.13 for part in ("valid", "test"))


def test_samples_may_be_read_among_files(sample, tmp_path):
    (tmp_path / "book.txt").write_text("my own")
    both = list(read_paragraphs([tmp_path / "book.txt", f"sample:{sample}:test"]))
    assert both[0] == "my own"
    assert len(both) > 10


def test_wikipedia_is_prose_without_markup():
    pytest.importorskip("gensim")
    text = list(read_paragraphs("sample:wikipedia"))
    assert text[0].startswith("Anarchism is a political philosophy that advocates self-governed societies")
    assert 430_000 < sum(len(paragraph.split()) for paragraph in text) < 450_000
    assert min(len(paragraph.split()) for paragraph in text) >= 12
    markup = re.compile(
        r"\{\{|\}\}|\[\[|\]\]|''|==|</?\w+|&\w+;|https?:|\d+px|^[*#:=|!]|^(File|Image|Category):|\xa0|  "
    )
    assert [paragraph for paragraph in text if markup.search(paragraph)] == []


def test_python_docs_are_paragraphs_without_frames():
    text = list(read_paragraphs("sample:python-docs"))
    assert any(paragraph.startswith("Assert statements are a convenient way") for paragraph in text)
    assert sum(len(paragraph.split()) for paragraph in text) > 40_000
    assert not any("****" in paragraph or "+--" in paragraph for paragraph in text)


@pytest.mark.parametrize(
    "name", ["sample:", "sample:bible", "sample:wikipedia:", "sample:wikipedia:dev", "sample:wikipedia:test:1"]
)
def test_other_names_are_refused_with_those_that_exist(name):
    with pytest.raises(
        InputError, match="choose sample:wikipedia, sample:python-docs, or a part: :train, :valid, :test"
    ):
        read_paragraphs(name)


def test_without_gensim_the_extra_is_named(monkeypatch):
    samples._wikipedia.cache_clear()
    monkeypatch.setitem(sys.modules, "gensim", None)
    with pytest.raises(MissingExtra, match=r"unrolled\[train\]"):
        list(read_paragraphs("sample:wikipedia"))
