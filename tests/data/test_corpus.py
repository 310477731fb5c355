"""What every corpus promises: parts, windows, and blocks that hold every item as a target once."""

import numpy as np
import pytest

from unrolled.data import token_file
from unrolled.data.corpus import FrameCorpus
from unrolled.data.token_file import write_tokens
from unrolled.errors import InputError
from unrolled.text.tokens import END, Tokenizer

KEYS = 6
LENGTHS = (7, 3, 1, 12, 4, 9, 8, 2, 5, 6, 3)
PIECES = [np.random.default_rng(i).random((length, KEYS)) < 0.4 for i, length in enumerate(LENGTHS)]
TEXT = ["the sky is blue", "the sea is grey and wide", "the rest"] * 40
WORDS = Tokenizer.train("word", TEXT, 20)


def frames():
    return FrameCorpus(PIECES, [f"piece {i}" for i in range(len(PIECES))])


@pytest.fixture(params=["frames", "tokens"])
def corpus(request, tmp_path):
    return frames() if request.param == "frames" else write_tokens(tmp_path / "tokens.bin", TEXT, WORDS)


def items(corpus):
    """Everything in it, one after the other."""
    return np.concatenate(corpus.pieces) if isinstance(corpus, FrameCorpus) else np.asarray(corpus.ids)


def outcomes(corpus):
    return KEYS if isinstance(corpus, FrameCorpus) else len(WORDS)


def test_blocks_hold_every_item_as_a_target_once_in_order(corpus):
    blocks = list(corpus.blocks(outcomes(corpus)))
    np.testing.assert_array_equal(np.concatenate([block.targets for block in blocks]), items(corpus))
    assert blocks[0].first
    for block in blocks:
        assert len(block.inputs) == len(block.targets) > 0
        np.testing.assert_array_equal(block.inputs[1:], block.targets[:-1])


def test_the_parts_of_a_split_are_the_whole(corpus):
    train, valid = corpus.split()
    assert len(train) + len(valid) == len(corpus) == len(items(corpus))
    assert len(train) > len(valid) > 0
    np.testing.assert_array_equal(np.concatenate([items(train), items(valid)]), items(corpus))
    assert type(train) is type(valid) is type(corpus)


def test_windows_hold_what_follows_what(corpus):
    windows = corpus.windows(2, 5, seed=3)
    targets = 0
    for step in range(len(windows)):
        window = windows.at(step)
        targets += window.steps
        assert len(window.inputs) == len(window.targets) == windows.batch == 2
        assert window.inputs.shape[1] <= 5
    assert targets in (len(corpus), 2 * ((len(corpus) - 1) // 2))  # each frame; each token but the first and some last


def test_a_fingerprint_tells_data_apart(corpus):
    assert corpus.fingerprint() == corpus.fingerprint()
    assert len(corpus.fingerprint()) == 64


def test_frames_have_a_fingerprint_of_lengths_and_frames_alone():
    expected = frames().fingerprint()
    assert FrameCorpus(PIECES, ["elsewhere"] * len(PIECES)).fingerprint() == expected
    changed = [piece.copy() for piece in PIECES]
    changed[3][2, 1] = not changed[3][2, 1]
    joined = [np.concatenate(PIECES[:2]), *PIECES[2:]]
    different = [PIECES[::-1], PIECES[:-1], changed, joined]
    prints = {FrameCorpus(pieces, [""] * len(pieces)).fingerprint() for pieces in different}
    assert len(prints | {expected}) == 5


def test_the_last_tenth_of_the_pieces_is_held_out_at_least_one():
    corpus = frames()
    train, valid = corpus.split()
    assert (len(train.pieces), len(valid.pieces)) == (10, 1)
    assert (train.where[0], valid.where[0]) == ("piece 0", "piece 10")
    many = FrameCorpus(PIECES * 3, corpus.where * 3)
    assert [len(part.pieces) for part in many.split()] == [30, 3]
    two = FrameCorpus(PIECES[:2], corpus.where[:2])
    assert [len(part.pieces) for part in two.split()] == [1, 1]


def test_a_single_piece_cannot_be_split():
    with pytest.raises(InputError, match="piece 0: the only piece; expected at least 2"):
        FrameCorpus(PIECES[:1], ["piece 0"]).split()


def test_each_piece_begins_after_silence():
    for block, piece in zip(frames().blocks(KEYS), PIECES, strict=True):
        assert block.first
        assert block.inputs.dtype == np.float32
        assert not block.inputs[0].any()
        np.testing.assert_array_equal(block.targets, piece)


def test_tokens_are_one_stream_that_begins_with_an_end(tmp_path, monkeypatch):
    corpus = write_tokens(tmp_path / "tokens.bin", TEXT, WORDS)
    blocks = list(corpus.blocks(len(WORDS)))
    assert len(blocks) > 2
    assert max(len(block.targets) for block in blocks) == token_file.LONGEST_BLOCK
    assert [block.first for block in blocks] == [True] + [False] * (len(blocks) - 1)
    np.testing.assert_array_equal(
        np.concatenate([block.inputs for block in blocks]), np.append(END, corpus.ids[:-1].astype(int))
    )
    monkeypatch.setattr(token_file, "OUTCOMES", 3 * len(WORDS))  # so many probabilities in memory at once
    assert max(len(block.targets) for block in corpus.blocks(len(WORDS))) == 3
    assert max(len(block.targets) for block in corpus.blocks(10**6)) == 1
