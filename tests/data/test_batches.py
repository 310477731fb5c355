import numpy as np
import pytest

from unrolled import InputError
from unrolled.data.batches import Batches, pad

SEQUENCES = [np.full(length, number) for number, length in enumerate([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])]


def batches(**more):
    return Batches(SEQUENCES, np.arange(len(SEQUENCES)), pad, 3, **more)


def test_padding_is_zero_behind_each_row():
    padded, lengths = pad([np.array([1, 2, 3]), np.array([4])])
    assert padded.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert lengths.tolist() == [3, 1]
    assert pad([np.ones((2, 3)), np.ones((1, 3))])[0].shape == (2, 2, 3)


def test_an_epoch_has_every_example_once_and_its_own_order():
    every = batches()
    assert len(every) == 4
    orders = []
    for epoch in range(2):
        rows = [every.at(epoch * 4 + index) for index in range(4)]
        for inputs, lengths, targets in rows:
            for row, length, target in zip(inputs, lengths, targets, strict=True):
                assert row[:length].tolist() == SEQUENCES[target].tolist()
        orders.append([target for _, _, targets in rows for target in targets])
        assert sorted(orders[-1]) == list(range(len(SEQUENCES)))
    assert orders[0] != orders[1]


def test_any_step_can_be_asked_for_first():
    for step in (6, 2, 7):
        for array, again in zip(batches().at(step), batches().at(step), strict=True):
            np.testing.assert_array_equal(array, again)
    assert batches(seed=1).at(0)[2].tolist() != batches().at(0)[2].tolist()


def test_a_change_is_drawn_again_at_every_step_but_not_for_measuring():
    def change(sequence, rng):
        return sequence + rng.integers(1, 100)

    changed = batches(change=change)
    first, again, later = changed.at(0), batches(change=change).at(0), changed.at(len(changed))
    np.testing.assert_array_equal(first[0], again[0])
    assert first[0].max() != later[0].max()
    assert sorted(t for _, (_, _, targets) in changed.all() for t in targets) == list(range(len(SEQUENCES)))
    for rows, (inputs, lengths, targets) in changed.all():
        assert rows.tolist() == targets.tolist()
        assert [row[0] for row in inputs] == targets.tolist()
        assert (np.diff(lengths) >= 0).all()


def test_no_examples_are_refused():
    with pytest.raises(InputError, match="no examples"):
        Batches([], np.zeros(0, int), pad, 3)


def test_of_long_inputs_windows_are_read(caplog):
    rows = [np.arange(100) + 1000 * number for number in range(4)]
    windows = Batches([*rows, np.arange(3)], np.arange(5), pad, 5, longest=8)
    seen = set()
    for step in range(40):
        inputs, lengths, targets = windows.at(step)
        for row, length, target in zip(inputs, lengths, targets, strict=True):
            assert length == (3 if target == 4 else 8)
            assert target == 4 or ((np.diff(row) == 1).all() and row[0] // 1000 == target)
            seen.update(row[:length].tolist())
    assert len(seen) > 350  # all parts have their turn
    (_, (first, lengths, _)), (_, (again, _, _)) = *windows.all(), *windows.all()
    np.testing.assert_array_equal(first, again)  # for measuring, always the same ones
    assert lengths.tolist() == [3, 8, 8, 8, 8]
    assert len(set(first[1:, 0] % 1000)) > 1
    windows.tell_of_windows()
    assert "4 of 5 examples have more than 8 steps, the longest 100" in caplog.text


def test_nothing_is_told_where_all_is_read(caplog):
    batches().tell_of_windows()
    batches(longest=9).tell_of_windows()
    assert not caplog.records
