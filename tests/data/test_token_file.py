import hashlib

import numpy as np
import pytest

from unrolled.data import token_file
from unrolled.data.token_file import TokenFile, write_tokens
from unrolled.errors import InputError
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

TEXT = ["the sky is blue", "", "the sea is grey and wide", "  ", "the rest"]
WORDS = Tokenizer.train("word", TEXT, 8)  # two specials, six words: two of the text are unknown


@pytest.fixture
def written(tmp_path):
    return write_tokens(tmp_path / "tokens.bin", TEXT, WORDS)


def test_paragraphs_follow_one_another_with_an_end_after_each(written):
    expected = [number for text in TEXT if text.strip() for number in [*WORDS.encode(text), END]]
    np.testing.assert_array_equal(written.ids, expected)
    np.testing.assert_array_equal(written.counts, np.bincount(expected, minlength=8))
    assert written.unknown_rate == pytest.approx(written.counts[UNKNOWN] / 12)
    assert written.counts[END] == 3
    assert len(written) == 15


def test_the_file_is_opened_again_as_it_was(written, monkeypatch):
    monkeypatch.setattr(token_file, "_BLOCK", 4)
    again = TokenFile.open(written.path, len(WORDS))
    np.testing.assert_array_equal(again.ids, written.ids)
    np.testing.assert_array_equal(again.counts, written.counts)


def test_blocks_leave_no_trace(written, tmp_path, monkeypatch):
    monkeypatch.setattr(token_file, "_BLOCK", 3)
    again = write_tokens(tmp_path / "again.bin", TEXT, WORDS)
    assert again.path.read_bytes() == written.path.read_bytes()
    np.testing.assert_array_equal(again.counts, written.counts)


def test_ids_are_mapped_and_cannot_be_written(written):
    assert isinstance(written.ids, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        written.ids[0] = 3


def test_two_bytes_are_used_while_they_suffice(tmp_path):
    (tmp_path / "two.bin").write_bytes(b"\x02\x00\xff\xff")
    two = TokenFile.open(tmp_path / "two.bin", 1 << 16)
    assert two.ids.tolist() == [2, 65535]
    (tmp_path / "four.bin").write_bytes(b"\x00\x00\x01\x00")
    four = TokenFile.open(tmp_path / "four.bin", (1 << 16) + 1)
    assert four.ids.tolist() == [65536]


@pytest.mark.parametrize("content", [b"", b"\x01", b"\x01\x00\x01", b"\x01\x00\x08\x00"])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "tokens.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"tokens\.bin"):
        TokenFile.open(path, 8)


def test_a_missing_file_or_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"missing\.bin"):
        TokenFile.open(tmp_path / "missing.bin", 8)
    with pytest.raises(InputError, match="No such file"):
        write_tokens(tmp_path / "none" / "tokens.bin", TEXT, WORDS)


def test_nothing_to_write_is_refused(tmp_path):
    with pytest.raises(InputError, match="no text"):
        write_tokens(tmp_path / "tokens.bin", ["", "  "], WORDS)
    assert not (tmp_path / "tokens.bin").exists()


def test_the_split_falls_on_the_end_of_a_paragraph(tmp_path):
    many = write_tokens(tmp_path / "tokens.bin", ["the sky is blue"] * 3000, WORDS)
    for share in (0.1, 0.333, 0.9):
        train, valid = many.split(share)
        assert len(train) + len(valid) == len(many)
        assert train.ids[-1] == END
        assert abs(len(valid) - share * len(many)) <= 5
        np.testing.assert_array_equal(np.concatenate([train.ids, valid.ids]), many.ids)
        for part in (train, valid):
            np.testing.assert_array_equal(part.counts, np.bincount(part.ids, minlength=8))
        assert np.shares_memory(valid.ids, many.ids)


def test_a_distant_end_is_found(tmp_path):
    long = write_tokens(tmp_path / "tokens.bin", ["the sky " * 20_000, "the sea " * 2000], WORDS)
    train, valid = long.split(0.5)
    assert (len(train), len(valid)) == (40_001, 4001)


def test_a_single_paragraph_is_split_within(tmp_path):
    single = write_tokens(tmp_path / "tokens.bin", ["the sky is blue " * 25], WORDS)
    train, valid = single.split(0.1)
    assert (len(train), len(valid)) == (91, 10)


def test_a_split_that_cannot_be_is_refused(tmp_path, written):
    tiny = write_tokens(tmp_path / "tiny.bin", ["the sky"], WORDS)
    with pytest.raises(InputError, match="too few"):
        tiny.split(0.1)
    for share in (0, 1, -0.5):
        with pytest.raises(InputError, match="between 0 and 1"):
            written.split(share)


def test_without_a_share_a_tenth_is_held_out_but_not_beyond_a_bound(tmp_path, monkeypatch):
    many = write_tokens(tmp_path / "tokens.bin", ["the sky is blue"] * 2000, WORDS)
    assert [len(part) for part in many.split()] == [9000, 1000]
    monkeypatch.setattr(token_file, "HELD_OUT_TOKENS", 200)
    assert [len(part) for part in many.split()] == [9800, 200]


def test_a_fingerprint_is_that_of_the_whole_file(written, tmp_path):
    same = write_tokens(tmp_path / "same.bin", TEXT, WORDS)
    assert same.fingerprint() == written.fingerprint() == hashlib.sha256(written.path.read_bytes()).hexdigest()
    assert written.split(0.4)[0].fingerprint() == written.fingerprint()
    other = write_tokens(tmp_path / "other.bin", [*TEXT, "the"], WORDS)
    assert other.fingerprint() != written.fingerprint()
