import logging
import re

import pytest

from unrolled import InputError
from unrolled.sources.text_file import TextFile


def lines(tmp_path, content, encoding="utf-8", guess=False):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    file = TextFile.at(path)
    return list(file.lines(file.guessed(encoding) if guess else encoding))


@pytest.mark.parametrize(
    ("content", "expected", "said"),
    [
        ("“né” – 5 €\n".encode("cp1252"), "“né” – 5 €\n", "a.txt: not valid utf-8, so read as cp1252"),
        (b"n\xe9 \x81\n", "né \x81\n", "a.txt: not valid utf-8, so read as latin-1"),
        ("né\n".encode(), "né\n", ""),
        ("né\n".encode("utf-16"), "né\n", ""),
    ],
)
def test_what_windows_wrote_is_read_and_said(tmp_path, caplog, content, expected, said):
    with caplog.at_level(logging.INFO, "unrolled"):
        assert lines(tmp_path, content, guess=True) == [expected]
    assert said in caplog.text


def test_damaged_utf_8_is_not_taken_for_another_encoding(tmp_path):
    with pytest.raises(InputError, match=r"a\.txt:2: byte 0xc3 .*the rest of the file is utf-8: mend that line"):
        lines(tmp_path, "né à\nn\n".encode()[:-1] + b"\xc3\n", guess=True)
    assert lines(tmp_path, "né à\nn\n".encode(), guess=True) == ["né à\n", "n\n"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(b"caf\xe9\n", "utf-8"), (b"caf\xe9 \x81\n", "utf-8"), ("é\n".encode(), "ascii"), (b"\x81\n", "cp1252")],
)
def test_the_encoding_that_a_message_names_works(tmp_path, content, encoding):
    with pytest.raises(InputError, match="encoding=") as refusal:
        lines(tmp_path, content, encoding)
    (named,) = re.findall(r"encoding=.([\w-]+)", str(refusal.value))
    assert lines(tmp_path, content, named)


def test_marks_within_joined_files_go(tmp_path):
    assert lines(tmp_path, b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n") == ["a\n", "b\n"]
