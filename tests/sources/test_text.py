import gzip
import io
import os
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unrolled.errors import InputError
from unrolled.sources import text, text_file
from unrolled.sources.text import read_paragraphs

PROSE = "One line\nand another.\n\n\n  A second\tparagraph  \r\nends here.\r\rThe third."
PARAGRAPHS = ["One line and another.", "A second\tparagraph ends here.", "The third."]
LINES = ["One line", "and another.", "A second\tparagraph", "ends here.", "The third."]


def book(tmp_path, content, name="book.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def standard_input(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_blank_line_ends_a_paragraph(tmp_path):
    assert list(read_paragraphs(book(tmp_path, PROSE))) == PARAGRAPHS


def test_a_text_without_blank_lines_is_cut_after_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_LONGEST", 8)
    path = tmp_path / "long.txt"
    path.write_text("one two\nthree\n\nfour five six seven\neight\n", encoding="utf-8")
    assert list(read_paragraphs(path)) == ["one two three", "four five six seven", "eight"]


def test_lines_of_a_script_without_spaces_are_joined_without(tmp_path):
    lines = "我喜欢\n读书。\nPython\n也好 ok\nso\n\nสวัสดี\nครับ\n"
    assert list(read_paragraphs(book(tmp_path, lines))) == ["我喜欢读书。 Python 也好 ok so", "สวัสดีครับ"]


def test_each_line_may_stand_alone(tmp_path):
    assert list(read_paragraphs(str(book(tmp_path, PROSE)), lines=True)) == LINES


def test_a_source_is_read_as_often_as_asked(tmp_path):
    paragraphs = read_paragraphs(book(tmp_path, PROSE))
    assert list(paragraphs) == list(paragraphs) == PARAGRAPHS


def test_packed_files_are_unpacked(tmp_path):
    assert list(read_paragraphs(book(tmp_path, gzip.compress(PROSE.encode()), "book.txt.GZ"))) == PARAGRAPHS


def test_several_sources_follow_one_another_and_do_not_run_together(tmp_path):
    first, second = book(tmp_path, "first"), book(tmp_path, "second", "other")
    assert list(read_paragraphs([second, str(first)])) == ["second", "first"]


def test_a_folder_is_read_in_order_and_at_any_depth(tmp_path):
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    book(tmp_path, "four", "c.MD")
    book(tmp_path, "one", "a.txt")
    book(tmp_path / "b", gzip.compress(b"three"), "z.text.gz")
    book(tmp_path / "b" / "deep", "two", "x.txt")
    book(tmp_path / ".hidden", "no", "x.txt")
    book(tmp_path, b"\0\0", "picture.png")
    book(tmp_path, " ", "empty.txt")
    assert list(read_paragraphs(tmp_path)) == ["one", "two", "three", "four"]


def test_standard_input_can_be_read_twice_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    standard_input(monkeypatch, PROSE.encode())
    paragraphs = read_paragraphs("-")
    assert list(paragraphs) == list(paragraphs) == PARAGRAPHS
    assert len(os.listdir(tmp_path)) == 1
    del paragraphs
    assert os.listdir(tmp_path) == []


def test_a_pipe_is_kept_like_standard_input():
    reader, writer = os.pipe()
    os.write(writer, PROSE.encode())
    os.close(writer)
    paragraphs = read_paragraphs(f"/dev/fd/{reader}")
    os.close(reader)
    assert list(paragraphs) == list(paragraphs) == PARAGRAPHS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "utf-16-le"])
def test_encodings_may_be_named(tmp_path, encoding):
    path = book(tmp_path, "né\nà l’été".replace("’", "'").encode(encoding))
    assert list(read_paragraphs(path, True, encoding)) == ["né", "à l'été"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_heeded(tmp_path, encoding):
    assert list(read_paragraphs(book(tmp_path, "né 漢字".encode(encoding)))) == ["né 漢字"]
    swapped = b"\xfe\xff" + "né 漢字".encode("utf-16-be")
    assert list(read_paragraphs(book(tmp_path, swapped))) == ["né 漢字"]


@pytest.mark.parametrize(
    ("content", "encoding", "where"),
    [
        (b"caf\xe9", "utf-8", r"book\.txt:1: byte 0xe9 at column 4 is not valid utf-8; .*encoding=.cp1252"),
        (b"a\r\nb\r\n\r\nabc\xff\n", "utf-8", r":4: byte 0xff at column 4 "),
        ("é\né".encode() + b"\xc3", "utf-8", r":2: byte 0xc3 at column 2 "),
        (b"\xef\xbb\xbfab\xff", "utf-8", r":1: byte 0xff at column 3 "),
        (b"abc\xc3\xa9", "ascii", r":1: byte 0xc3 at column 4 is not valid ascii"),
        ("ab\ncd".encode("utf-16") + b"\x00\xdc", "utf-8", r":2: byte 0x00 at column 3 is not valid utf-16"),
        ("ab\ncd\n".encode("utf-16-be") + b"\xdc\x00", "utf-16-be", r":3: byte 0xdc at column 1 "),
        (b"a\x81", "cp1252", r":1: byte 0x81 at column 2 is not valid cp1252"),
        (b"no mark", "utf-16", r"book\.txt"),
    ],
)
def test_invalid_bytes_are_located(tmp_path, content, encoding, where):
    with pytest.raises(InputError, match=where):
        list(read_paragraphs(book(tmp_path, content), encoding=encoding))


@pytest.mark.parametrize("lead", [0, 65_534, 65_535, 65_536, 200_000])
def test_invalid_bytes_are_located_however_far(tmp_path, lead):
    with pytest.raises(InputError, match=rf":2: byte 0xff at column {lead + 1} "):
        list(read_paragraphs(book(tmp_path, b"line\r\n" + b"x" * lead + b"\xff and more")))


def test_the_text_before_an_invalid_byte_was_read(tmp_path):
    seen = []
    with pytest.raises(InputError, match=":20001:"):
        seen.extend(read_paragraphs(book(tmp_path, b"good\n" * 20_000 + b"\xff"), lines=True))


BAD = {
    "empty": (b"", "no text in it"),
    "white": (b" \n\t\r\n \n", "no text in it"),
    "nul": (b"some text\0more", "binary"),
    "controls": (bytes(range(1, 128)), "binary"),
    "late nul": (b"text\n" * 20_000 + b"a\0b", r":20001: a NUL byte"),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
    "gzip without its name": (gzip.compress(b"text"), "binary"),
}


@pytest.mark.parametrize(("content", "why"), BAD.values(), ids=BAD.keys())
def test_what_is_no_text_is_refused_by_name(tmp_path, monkeypatch, content, why):
    with pytest.raises(InputError, match=rf"(?s)book\.txt.*{why}|{why}"):
        list(read_paragraphs(book(tmp_path, content)))
    standard_input(monkeypatch, content)
    with pytest.raises(InputError, match=rf"standard input:.*{why.removeprefix(':')}"):
        list(read_paragraphs("-"))


@pytest.mark.parametrize(
    "content",
    [b"plain text", b"", gzip.compress(b"text " * 99)[:-9], gzip.compress(b"text " * 99)[:-4] + b"size"],
    ids=["plain", "empty", "cut", "altered"],
)
def test_a_broken_gzip_file_is_refused(tmp_path, content):
    with pytest.raises(InputError, match=r"book\.gz: (the gzip file|no text)"):
        list(read_paragraphs(book(tmp_path, content, "book.gz")))


@pytest.mark.parametrize("encoding", ["utf-9", "", "hex", "rot13", "a\0b"])
def test_unknown_encodings_are_refused(tmp_path, encoding):
    with pytest.raises(InputError, match="unknown encoding"):
        read_paragraphs(book(tmp_path, "text"), encoding=encoding)


def test_missing_paths_are_refused_before_anything_is_read(tmp_path):
    for missing in (tmp_path / "missing.txt", "", "a\0b", "x" * 5000, str(book(tmp_path, "text")) + "/below"):
        with pytest.raises(InputError, match="expected a text file"):
            read_paragraphs([tmp_path / "book.txt", missing])
    with pytest.raises(InputError, match="no source"):
        read_paragraphs([])


def test_a_folder_without_text_is_refused(tmp_path):
    book(tmp_path, "x", "data.csv")
    with pytest.raises(InputError, match=r"no text file .* \.txt"):
        read_paragraphs(tmp_path)
    book(tmp_path, " ", "blank.txt")
    with pytest.raises(InputError, match="no text in it"):
        list(read_paragraphs(tmp_path))


def test_loops_of_links_are_refused(tmp_path):
    (tmp_path / "deep").mkdir()
    book(tmp_path, "text")
    (tmp_path / "deep" / "up").symlink_to(tmp_path)
    with pytest.raises(InputError, match=r"deep/up: a link that leads back"):
        read_paragraphs(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    with pytest.raises(InputError, match="self"):
        read_paragraphs(tmp_path / "self")


def test_a_link_to_another_folder_is_followed(tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "real").mkdir()
    book(tmp_path / "real", "text")
    (tmp_path / "books" / "link").symlink_to(tmp_path / "real")
    assert list(read_paragraphs(tmp_path / "books")) == ["text"]


def test_devices_are_refused():
    with pytest.raises(InputError, match="neither a file nor a folder"):
        read_paragraphs("/dev/zero")


def test_unreadable_files_are_refused(tmp_path, monkeypatch):
    paragraphs = read_paragraphs(book(tmp_path, "text"))

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(text_file.TextFile, "_open", refuse)
    with pytest.raises(InputError, match=r"book\.txt: cannot be read: Permission denied"):
        list(paragraphs)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="gone"):
        read_paragraphs(tmp_path / "gone.txt")


def test_a_single_line_of_ten_megabytes_is_one_paragraph(tmp_path):
    (paragraph,) = read_paragraphs(book(tmp_path, b"word " * 2_000_000))
    assert len(paragraph) == 9_999_999


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16", "latin-1", "cp1252", "shift_jis", "utf-7", "idna"]))
def test_any_bytes_give_text_or_a_named_error(tmp_path, content, encoding):
    path, paragraphs, refused = book(tmp_path, content), ["text"], str(tmp_path / "book.txt")
    try:
        paragraphs = list(read_paragraphs(path, encoding=encoding))
    except InputError as error:
        refused = str(error)
    assert all(paragraph == paragraph.strip() != "" for paragraph in paragraphs)
    assert str(path) in refused


CHAT = (
    "31.12.20, 21:15 - Anna: the sky\nis blue\n31.12.20, 21:16 - Bob: <Media omitted>\n31.12.20, 21:16 - Bob: see\n"
    "31.12.20, 21:17 - Anna: yes\n"
)


def test_the_messages_of_a_chat_are_paragraphs(tmp_path, caplog):
    path = book(tmp_path, CHAT)
    paragraphs = read_paragraphs(path)
    assert list(paragraphs) == list(paragraphs) == ["the sky is blue", "see", "yes"]
    (said,) = [record.message for record in caplog.records]
    assert said.startswith(
        'messages of a chat, without dates and names: Anna (2), Bob (1); all is learnt; author="NAME"'
    )
    assert list(read_paragraphs(path, lines=True)) == ["the sky", "is blue", "see", "yes"]


def test_an_author_keeps_their_own_messages(tmp_path):
    path = book(tmp_path, CHAT)
    assert list(read_paragraphs(path, author="Anna")) == ["the sky is blue", "yes"]
    with pytest.raises(InputError, match=r"nobody called 'Eve' writes in .*; expected one of Anna \(2\), Bob \(1\)"):
        list(read_paragraphs(path, author="Eve"))
    assert list(read_paragraphs(path, author="bob")) == ["see"]
    accents = book(tmp_path, CHAT.replace("Bob", "Zoe\u0308"), "accents.txt")
    assert list(read_paragraphs(accents, author="Zoë")) == ["see"]
    plain = book(tmp_path, "no chat\n", "plain.txt")
    with pytest.raises(
        InputError, match=r"plain\.txt: no chat in it, so it has no author; expected an export of WhatsApp"
    ):
        list(read_paragraphs(plain, author="Anna"))
    assert list(read_paragraphs(plain, author="Anna", only_chats=False)) == ["no chat"]


def test_other_exports_are_recognised_by_what_is_in_them(tmp_path):
    telegram = '{"messages": [{"type": "message", "from": "Anna", "text": "hello"}]}'
    assert list(read_paragraphs(book(tmp_path, telegram, "result.json"))) == ["hello"]
    sms = '<?xml version="1.0"?>\n<smses count="1">\n<sms type="2" address="1" body="hi" />\n</smses>\n'
    assert list(read_paragraphs(book(tmp_path, sms, "sms.xml"), author="me")) == ["hi"]
    page = '<div class="history"><div class="from_name">Anna</div><div class="text">hello</div></div>\n'
    assert list(read_paragraphs(book(tmp_path, page, "messages.html"))) == ["hello"]
    assert list(read_paragraphs(book(tmp_path, '{"a": 1}\n', "other.json"))) == ['{"a": 1}']


def test_lines_that_begin_alike_are_told_of_once(tmp_path, caplog):
    paragraphs = read_paragraphs(book(tmp_path, "".join(f"12:{n:02} rain\n" for n in range(30))), lines=True)
    assert len(list(paragraphs)) == len(list(paragraphs)) == 30
    (said,) = [record.message for record in caplog.records]
    assert "book.txt: most lines begin as in '12:00', and the model would learn that, too" in said


def test_the_files_of_a_folder_are_named(tmp_path, caplog):
    for number in range(5):
        book(tmp_path, "text", f"{number}.txt")
    read_paragraphs(tmp_path)
    assert [record.message for record in caplog.records] == [
        f"reads 5 files: {tmp_path}/0.txt, {tmp_path}/1.txt, {tmp_path}/2.txt, …"
    ]
