from pathlib import Path

import pytest

from unrolled.errors import InputError
from unrolled.sources.pairs import read_glossary, read_pairs

PAIRS = [("a man", "ein Mann"), ("A  Man", "der Mann"), ("a dog", "ein Hund")]


def pairs_of(examples):
    return list(zip(examples.inputs, examples.targets, strict=True))


def test_equal_sources_are_one_group_and_stay_on_one_side_of_a_split():
    pairs = [(f"{'Word' if copy else 'word'} {number}", f"{number} {copy}") for number in range(40) for copy in (0, 1)]
    examples = read_pairs(pairs)
    train, valid = examples.split(0.2, seed=1)
    assert len(valid) == 16
    assert not set(map(str.lower, train.inputs)) & set(map(str.lower, valid.inputs))
    assert read_pairs(examples) is examples


def test_control_characters_become_spaces_which_is_said(caplog):
    examples = read_pairs([("a\0b", "x\x07"), ("\ud800c", "y"), ("two\nlines", "z")])
    assert pairs_of(examples) == [("a b", "x"), ("c", "y"), ("two\nlines", "z")]
    assert "pair 0 and 1 more: control characters in the text, which became spaces" in caplog.text


def test_one_pair_is_too_few():
    with pytest.raises(InputError, match="1 pair of texts; expected at least 2"):
        read_pairs(PAIRS[:1])


@pytest.mark.parametrize("name", ["sample:", "sample:wikipedia", "sample:pronunciation:dev", "sample:messages:de:test"])
def test_other_samples_are_refused_with_those_that_exist(name):
    with pytest.raises(InputError, match=r"choose sample:pronunciation, .* or sample:messages:LANG"):
        read_pairs(Path(name))


def glossary(tmp_path, text):
    path = tmp_path / "terms.tsv"
    path.write_text(text, encoding="utf-8")
    return read_glossary(path)


def test_a_glossary_gives_each_term_its_translation(tmp_path):
    assert glossary(tmp_path, "bank\tUfer\nopen source\tquelloffen\nBank\tUfer\n") == {
        "bank": "Ufer",
        "open source": "quelloffen",
        "Bank": "Ufer",
    }
    assert glossary(tmp_path, "source\ttarget\nbank\tUfer\n") == {"bank": "Ufer"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bank\tUfer\n \tGeld\n", r"terms\.tsv:2: the term is empty"),
        ("bank\tUfer\nmoney\t\n", r"terms\.tsv:2: the translation is empty"),
        ("bank\tUfer\nmoney\n", r"terms\.tsv:2: 1 value; expected 2"),
        ("bank\tUfer\n\nBank\tGeldhaus\n", r"terms\.tsv:3: 'Bank' is 'Geldhaus', but 'Ufer' in .*terms\.tsv:1"),
        ("source\ttarget\n", "no terms in it"),
        ("bank\tUfer\t1\n", r"terms\.tsv:1: 3 columns; expected two, a term and its translation$"),
    ],
)
def test_a_glossary_that_is_not_clear_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        glossary(tmp_path, text)
