"""Names of characters as a log of queries."""

import unicodedata

import pytest

from unrolled.errors import InputError
from unrolled.sources.character_names import read_character_names


def test_common_characters_weigh_most() -> None:
    names = dict(read_character_names())
    assert len(names) > 25_000
    assert names["comma"] > names["rightwards arrow"] > names["tibetan letter ka"] > names["linear b syllable b008 a"]
    assert "face with tears of joy" in names
    assert not any(name.startswith("cjk unified") or name.startswith("hangul syllable") for name in names)
    assert all(unicodedata.lookup(name) for name in list(names)[::500])


def test_another_name_is_none() -> None:
    with pytest.raises(InputError, match="unknown sample 'sample:characters:test'; choose sample:characters"):
        next(read_character_names("sample:characters:test"))
