"""Word vectors written and read in every format, beside gensim's reading and writing, and what is no such file."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, strategies

from unrolled.errors import InputError
from unrolled.text import binary_vectors, word_vector_files
from unrolled.text.word_vector_files import is_vectors_file, read_vectors, vectors_width, write_vectors

TOKENS = ["the", ",", "3.5", "été", "New_York", "</s>"]
VECTORS = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32) * np.float32([1e-30, 1e-3, 1, 1e3, 1e30])


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("ending", [".txt", ".vec", ".bin", ".glove"])
def test_what_is_written_is_read_exactly(tmp_path, ending, packed):
    path = tmp_path / f"vectors{ending}{packed}"
    write_vectors(path, TOKENS, VECTORS)
    tokens, vectors = read_vectors(path)
    assert tokens == TOKENS
    np.testing.assert_array_equal(vectors, VECTORS)
    assert is_vectors_file(path)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == (packed != "")
    assert vectors.flags.c_contiguous
    write_vectors(path, TOKENS[:2], VECTORS[:2])
    assert len(read_vectors(path)[0]) == 2


@pytest.mark.parametrize(("kind", "binary"), [("text", False), ("binary", True)])
def test_gensim_reads_what_is_written_and_writes_what_is_read(tmp_path, kind, binary):
    path = tmp_path / "any name"
    write_vectors(path, TOKENS, VECTORS, kind)
    theirs = KeyedVectors.load_word2vec_format(path, binary=binary)
    assert theirs.index_to_key == TOKENS
    np.testing.assert_array_equal(theirs.vectors, VECTORS)
    theirs.save_word2vec_format(path, binary=binary)
    tokens, vectors = read_vectors(path)
    assert tokens == TOKENS
    np.testing.assert_allclose(vectors, VECTORS, rtol=1e-6)


def test_glove_is_the_text_without_its_header(tmp_path):
    for kind in ("text", "glove"):
        write_vectors(tmp_path / kind, TOKENS, VECTORS, kind)
    assert (tmp_path / "text").read_bytes() == b"6 5\n" + (tmp_path / "glove").read_bytes()


@pytest.mark.parametrize("chunk", [64, 1000])
def test_blocks_of_any_size_give_the_same(tmp_path, monkeypatch, chunk):
    tokens = [f"w{i}" for i in range(333)]
    vectors = np.random.default_rng(1).normal(size=(333, 7)).astype(np.float32)
    monkeypatch.setattr(binary_vectors, "_CHUNK", chunk)
    monkeypatch.setattr(word_vector_files, "_BLOCK", chunk)
    for kind in ("text", "binary", "glove"):
        write_vectors(tmp_path / "v", tokens, vectors, kind)
        words, numbers = read_vectors(tmp_path / "v")
        assert words == tokens
        np.testing.assert_array_equal(numbers, vectors)


def test_lines_as_other_programs_write_them(tmp_path):
    path = tmp_path / "odd"
    path.write_bytes(b"2 3\r\n. . . 1 2e0 -3.5 \r\nb\t.5\t+2\t3. \r\n\r\n\n \n")
    tokens, vectors = read_vectors(path)
    assert tokens == [". . .", "b"]
    np.testing.assert_array_equal(vectors, [[1, 2, -3.5], [0.5, 2, 3]])
    path.write_bytes(b"7 0.5  1\n at name 2 3\n")
    with pytest.raises(InputError, match="odd:2: no word before the numbers"):
        read_vectors(path)
    path.write_bytes(b"7 0.5  1\nat name 2 3")
    assert read_vectors(path)[0] == ["7", "at name"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfthe 1 2 3\nsky 4 5 6\n",
        b"\xef\xbb\xbf2 3\nthe 1 2 3\nsky 4 5 6\n",
        b"2\t3\nthe\t1\t2\t3\nsky\t4\t5\t6\n",
        b"2 \t 3 \r\nthe 1 2 3\r\nsky 4 5 6\r\n",
        gzip.compress(b"\xef\xbb\xbf2 3\nthe 1 2 3\nsky 4 5 6\n"),
    ],
)
def test_byte_order_marks_tabs_and_line_ends_are_no_part_of_a_word(tmp_path, content):
    path = tmp_path / "v"
    path.write_bytes(content)
    tokens, vectors = read_vectors(path)
    assert tokens == ["the", "sky"]
    np.testing.assert_array_equal(vectors, [[1, 2, 3], [4, 5, 6]])
    assert vectors_width(path) == 3


def test_text_in_two_bytes_a_letter_is_refused(tmp_path):
    (tmp_path / "v").write_text("the 1 2 3\n", encoding="utf-16")
    with pytest.raises(InputError, match="its text is UTF-16; expected UTF-8"):
        read_vectors(tmp_path / "v")


@pytest.mark.parametrize("chunk", [64, 1 << 22])
@pytest.mark.parametrize("line_break", [b"\n", b""])
@pytest.mark.parametrize("width", [4, 50])
def test_words_of_a_binary_file_may_hold_spaces(tmp_path, monkeypatch, chunk, line_break, width):
    monkeypatch.setattr(binary_vectors, "_CHUNK", chunk)
    words = [
        "New York",
        "sky",
        "rock and roll",
        ". . .",
        "ice cream",
        "Déjà vu",
        "a",
        "las vegas",
        "at name@domain.org",
    ]
    vectors = np.random.default_rng(0).normal(0, 0.3, (len(words), width)).astype(np.float32)
    records = (word.encode() + b" " + row.tobytes() + line_break for word, row in zip(words, vectors, strict=True))
    (tmp_path / "v.bin").write_bytes(b"%d %d\n" % vectors.shape + b"".join(records))
    tokens, read = read_vectors(tmp_path / "v.bin")
    assert tokens == words
    np.testing.assert_array_equal(read, vectors)


def test_the_first_line_says_the_width(tmp_path):
    for kind in ("text", "binary", "glove"):
        write_vectors(tmp_path / kind, TOKENS, VECTORS, kind)
        assert vectors_width(tmp_path / kind) == 5
    (tmp_path / "book").write_text("Once upon a time")
    with pytest.raises(InputError, match="book:1: is 'Once upon a time'; expected a word and its numbers"):
        vectors_width(tmp_path / "book")


def test_white_space_within_a_word_is_written_as_a_line_below(tmp_path):
    write_vectors(tmp_path / "v.bin", ["New York", "a\tb"], VECTORS[:2])
    assert read_vectors(tmp_path / "v.bin")[0] == ["New_York", "a_b"]
    with pytest.raises(InputError, match="2 words would all be written 'New_York'"):
        write_vectors(tmp_path / "w.bin", ["New York", "New_York"], VECTORS[:2])
    assert not (tmp_path / "w.bin").exists()


def test_a_name_says_the_format(tmp_path):
    for name in ("v.npy", "v", "v.gz", "v.model.gz"):
        with pytest.raises(InputError, match=r"expected a name that ends in \.txt, \.vec, \.bin, \.glove"):
            write_vectors(tmp_path / name, TOKENS, VECTORS)
    with pytest.raises(InputError, match="format is 'csv'"):
        write_vectors(tmp_path / "v", TOKENS, VECTORS, "csv")
    assert list(tmp_path.iterdir()) == []


ONE, NAN = np.float32(1).tobytes(), np.float32(np.nan).tobytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: is empty; expected a word and its numbers"),
        (b"\n\n", ":1: is empty"),
        (b"Once upon a time\n", ":1: is 'Once upon a time'"),
        (b"word\n", ":1: is 'word'"),
        (b"a 1 2\nb 1\n", ":2: 'b 1' has 1 numbers; expected 2, as before"),
        (b"a 1 2\nb 1 2 3\n", ":2: 'b 1 2 3' has 3 numbers; expected 2"),
        (b"a 1 2\n\nb 1 2\n", ":2: empty; expected a word and 2 numbers"),
        (b"a 1 2\nb 1 x\n", ":2: 'x' is no finite number"),
        (b"a 1 2\nb 1 0x1f\n", ":2: '0x1f' is no finite number"),
        (b"a 1 2\nb 1\x0b2 3\n", r":2: '1\\x0b2' is no finite number"),
        (b"a 1 2 3\nb 1  2\n", ":2: 'b 1 2' has 2 numbers; expected 3"),
        (b"a 1 2\nb 1-2 3\n", ":2: '1-2' is no finite number"),
        (b"a 1 2\nb nan 1\n", ":2: 'nan' is no finite number"),
        (b"a 1 2\nb 1 -inf\n", ":2: '-inf' is no finite number"),
        (b"a 1 2\nb 1 1e39\n", ":2: '1e39' is no finite number"),
        (b"a 1 2\nb 1 2\na 3 4\n", ":3: the word 'a' again, as in .*:1"),
        (b"a 1 2\n\xff 1 2\n", r":2: the word b'\\xff' is not valid utf-8"),
        (b"2 2\na 1 2\n", ":3: the file ends; expected the 2 vectors"),
        (b"1 2\na 1 2\nb 1 2\n", ":3: more vectors than the 1"),
        (b"2 2\na 1 2 3\nb 1 2 3\n", ":2: 'a 1 2 3' has 3 numbers"),
        (b"2 3\na 1 2\nb 1 2\n", ":2: 'a 1 2' has 2 numbers; expected 3"),
        (b"0 2\n", ":1: the header says 0 vectors of 2 numbers"),
        (b"2 0\na\nb\n", ":1: the header says 2 vectors of 0"),
        (b"2 70000\na 1", ":1: the header says 2 vectors of 70000"),
        (b"2 2\na " + 2 * ONE + b"\nb " + ONE, "record 2: cut off; expected a word, a space and 8 bytes"),
        (b"2 2\na " + 2 * ONE + b"\nb", "record 2: cut off"),
        (b"2 2\na " + 2 * ONE + b"\n", "record 2: the file ends; expected the 2 vectors"),
        (b"1 2\na " + 2 * ONE + b"b " + 2 * ONE, "record 2: more vectors"),
        (b"2 2\na " + 2 * ONE + b"a " + 2 * ONE, "record 2: the word 'a' again, as in .*record 1"),
        (b"2 2\na " + 2 * ONE + b"\xff " + 2 * ONE, "record 2: the word .* is not valid utf-8"),
        (b"2 2\na " + 2 * ONE + b" " + 2 * ONE, "record 2: no word"),
        (b"2 2\na " + 2 * ONE + b"b " + ONE + NAN, "record 2: a number that is not finite"),
        (b"3 2\na " + 2 * ONE + b"\0" * 100_000, "record 2: a word of more than 65,536 bytes|record 2: cut off"),
        (gzip.compress(b"a 1 2\n" * 50)[:-12], "gzip file is damaged or cut off"),
        (gzip.compress(b"a 1 2\nb 1\n"), ":2: 'b 1' has 1 numbers"),
    ],
)
def test_what_is_no_file_of_word_vectors_is_refused(tmp_path, content, message):
    path = tmp_path / "wrong"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_vectors(path)


def test_what_cannot_be_read_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError, match="expected a file of word vectors"):
            read_vectors(path)


@pytest.mark.parametrize("body", [b"a 1 2\n", b"a " + 2 * ONE])
def test_a_header_that_lies_takes_no_memory(tmp_path, body):
    path = tmp_path / "lie"
    for header in (b"999999999999999 2\n", b"1000000 65536\n"):
        path.write_bytes(header + body)
        tracemalloc.start()
        with pytest.raises(InputError):
            read_vectors(path)
        assert tracemalloc.get_traced_memory()[1] < 30e6
        tracemalloc.stop()


@given(strategies.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any"
    for begins in (b"", b"2 2\n", b"a 1 2\n"):
        path.write_bytes(begins + content)
        try:
            is_vectors_file(path)
            tokens, vectors = read_vectors(path)
        except InputError:
            continue
        assert vectors.shape == (len(tokens), vectors.shape[1])
        assert np.isfinite(vectors).all()
        assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"the 0.1 0.2\n", True),
        (b". . . 0.1 0.2\n", False),
        (b"2 2\nthe 1 2\n", True),
        (b"2 2\nthe " + 2 * ONE, True),
        (b"Once upon a time\nthere was 1 king\n", False),
        (b"Chapter 1\n", False),
        (b"1984 1985 1986\n", False),
        (b"10 20\nThe year began\n", False),
        (b"", False),
        (b"PK\x03\x04\0\0", False),
    ],
)
def test_a_book_is_told_from_word_vectors(tmp_path, content, answer):
    path: Path = tmp_path / "file"
    path.write_bytes(content)
    assert is_vectors_file(path) == answer
