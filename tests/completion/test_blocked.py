"""A block list."""

import unicodedata
from pathlib import Path

import pytest

from unrolled.completion.blocked import BlockList
from unrolled.errors import InputError


@pytest.mark.parametrize(
    ("term", "blocked", "allowed"),
    [
        (
            "ass",
            ["ass", "ASS", "you Ass!", "ass-kicker", "'ass'", "ａｓｓ", "a\u00adss"],
            ["class", "asses", "as s", ""],
        ),
        ("hell", ["hell's", "hell’s gate", "go to hell"], ["he'll", "hello", "hell2"]),
        ("café", ["CAFÉ", "café au lait"], ["cafe", "cafés"]),
        ("Bad Word", ["a bad word", "bad-word", "BAD  WORDS bad\nword"], ["bad words", "word bad", "bad old word"]),
        ("don't", ["Don’t", "don't go"], ["don", "dont"]),
        ("c++", ["learn C++ now", "c++"], ["c", "abc++"]),
        ("💩", ["💩", "oh 💩!"], ["🙂"]),
        ("❤", ["❤️"], ["💛"]),
        ("हिंदी", ["हिंदी में"], ["हिंद"]),
        ("ככה", ["אז ככה"], ["ככהה"]),
        ("悪い", ["これは悪いね", "悪い"], ["悪"]),
        ("ห้าม", ["ไม่ห้ามเลย"], ["หา"]),
    ],
)
def test_terms_count_as_whole_words_in_all_ways_of_writing_them(
    term: str, blocked: list[str], allowed: list[str]
) -> None:
    for form in ("NFC", "NFD"):
        words = BlockList([unicodedata.normalize(form, term)])
        assert [text for text in blocked if words.allows(text)] == []
        assert [text for text in allowed if words.blocks(text)] == []
        assert all(map(words.blocks, (unicodedata.normalize("NFD", text) for text in blocked)))


@pytest.mark.parametrize(
    ("term", "before", "text", "blocked"),
    [
        ("very bad word", "a very bad", " word", True),
        ("very bad word", "a very bad ", "words", False),
        ("very bad word", "a very bad word", " again", False),
        ("bad", "bad ", "day", False),
        ("悪い", "これは悪", "い", True),
        ("悪い", "これは悪い", "い", False),
    ],
)
def test_a_term_may_have_begun_before(term: str, before: str, text: str, blocked: bool) -> None:
    assert BlockList([term, "other"]).blocks(text, before) is blocked


def test_is_read_from_a_file_and_saved_as_a_text(tmp_path: Path) -> None:
    file = tmp_path / "blocked.txt"
    file.write_text("\ufeff# mine\n\nbad\nvery bad  # both\nc#\nbad\n", encoding="utf-8")
    words = BlockList.read(file)
    assert words.terms == ("bad", "very bad", "c#")
    assert BlockList.of_text(words.text, "blocked.txt").terms == words.terms
    assert words.blocks("C# is it")
    assert words.allows("mine both")
    assert (len(BlockList()), BlockList().allows("bad")) == (0, True)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"good\nb\xffd\n", ":2: byte 0xff at column 2 is not valid utf-8"),
        (b"good\n\n" + b"a" * 201, ":3: a term of 201 characters; expected at most 200"),
        ("good\n\u200b\n".encode(), ":2: the term '\\u200b' has nothing in it that can be seen"),
        (b"a\tb\n", ":1: the term 'a\\tb' has a control character in it"),
    ],
)
def test_says_which_line_is_no_term(tmp_path: Path, content: bytes, where: str) -> None:
    file = tmp_path / "blocked.txt"
    file.write_bytes(content)
    with pytest.raises(InputError) as raised:
        BlockList.read(file)
    assert f"{file}{where}" in str(raised.value)


def test_refuses_what_are_no_terms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="expected several strings"):
        BlockList("bad")
    with pytest.raises(InputError, match="expected a string"):
        BlockList([3])  # type: ignore[list-item]
    with pytest.raises(InputError, match="begins a comment"):
        BlockList(["#bad"])
    with pytest.raises(InputError, match="cannot be read"):
        BlockList.read(tmp_path / "none.txt")
    monkeypatch.setattr("unrolled.completion.blocked.MOST_TERMS", 2)
    with pytest.raises(InputError, match="more than 2 terms"):
        BlockList(["a", "b", "c"])
