import numpy as np
import pytest

from unrolled.data.music_windows import PieceWindows
from unrolled.errors import InputError

LENGTHS = (7, 3, 12, 4, 1, 8, 5)
PIECES = [np.random.default_rng(i).random((length, 6)) < 0.5 for i, length in enumerate(LENGTHS)]


def read(windows, epoch=0):
    """The pieces of an epoch, put together again from its windows."""
    over, rows = [], []
    for step in range(epoch * len(windows), (epoch + 1) * len(windows)):
        inputs, targets, lengths, first = windows.at(step)
        assert inputs.shape == targets.shape == (windows.batch, lengths.max(), 6)
        if first:
            over += rows
            rows = [np.zeros((1, 6))] * windows.batch
            assert not inputs[:, 0].any()
        for b, length in enumerate(lengths):
            if length:
                np.testing.assert_array_equal(inputs[b, 0], rows[b][-1])
                np.testing.assert_array_equal(inputs[b, 1:length], targets[b, : length - 1])
                rows[b] = np.concatenate([rows[b], targets[b, :length]])
            assert not targets[b, length:].any()
    return [row[1:].astype(bool) for row in [*over, *rows] if len(row) > 1]


@pytest.mark.parametrize(("batch", "window"), [(2, 4), (3, 100), (100, 3), (1, 1)])
def test_every_epoch_holds_every_frame_once_each_after_the_one_before(batch, window):
    windows = PieceWindows(PIECES, batch, window)
    for epoch in (0, 3):
        pieces = read(windows, epoch)
        assert sorted(piece.tobytes() for piece in pieces) == sorted(piece.tobytes() for piece in PIECES)


def test_epochs_differ_and_follow_from_the_seed_alone():
    first, again, other = PieceWindows(PIECES, 2, 4), PieceWindows(PIECES, 2, 4), PieceWindows(PIECES, 2, 4, seed=1)
    assert read(first, 0)[0].shape == read(again, 0)[0].shape
    orders = {tuple(map(len, read(windows, epoch))) for windows in (first, other) for epoch in range(3)}
    assert len(orders) > 3
    np.testing.assert_array_equal(first.at(9).targets, again.at(9).targets)


def test_no_piece_is_refused():
    with pytest.raises(InputError, match="no pieces"):
        PieceWindows([], 2, 4)
