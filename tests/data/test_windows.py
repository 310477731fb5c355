import mmap
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.data.windows import TokenWindows, Window
from unrolled.errors import InputError

SIZES = {"count": st.integers(2, 400), "batch": st.integers(1, 12), "length": st.integers(1, 40)}


def read(windows):
    """All windows of an epoch."""
    return [windows.at(number) for number in range(len(windows))]


@given(**SIZES)
def test_every_token_is_a_target_once_and_in_order(count, batch, length):
    windows = TokenWindows(np.arange(count, dtype=np.uint16), batch, length)
    rows = np.concatenate([window.targets for window in read(windows)], axis=1)  # (B, steps)
    assert rows.shape == (windows.batch, windows.steps)
    np.testing.assert_array_equal(rows.ravel(), np.arange(1, 1 + rows.size))
    assert count - 1 - rows.size < windows.batch


@given(**SIZES)
def test_a_window_goes_on_where_the_one_before_ended(count, batch, length):
    windows = read(TokenWindows(np.arange(count), batch, length))
    assert all(window.inputs.shape == window.targets.shape for window in windows)
    assert all(window.inputs.shape[1] == length for window in windows[:-1])
    assert 1 <= windows[-1].inputs.shape[1] <= length
    for window in windows:
        np.testing.assert_array_equal(window.inputs + 1, window.targets)
    for before, after in pairwise(windows):
        np.testing.assert_array_equal(before.targets[:, -1], after.inputs[:, 0])
    assert [window.first for window in windows] == [True] + [False] * (len(windows) - 1)


@given(**SIZES)
def test_rows_become_fewer_before_they_become_shorter_than_a_window(count, batch, length):
    windows = TokenWindows(np.zeros(count, np.uint16), batch, length)
    assert windows.batch == 1 or windows.steps >= length
    assert windows.batch == batch or (windows.batch + 1) * length > count - 1


def test_windows_are_whole_numbers_of_64_bits_and_counted_over_all_epochs():
    windows = TokenWindows(np.arange(11, dtype=np.uint16), 2, 2)
    assert len(windows) == 3
    last = windows.at(2)
    assert last.inputs.dtype == last.targets.dtype == np.int64
    np.testing.assert_array_equal(last.inputs, [[4], [9]])
    assert last.lengths is None
    assert last.steps == 2
    for step in (3, 5, 3 * 10**9 + 1):  # every epoch reads the same ones
        again, first = windows.at(step), windows.at(step % 3)
        np.testing.assert_array_equal(again.inputs, first.inputs)
        np.testing.assert_array_equal(again.targets, first.targets)
        assert again.first is (step % 3 == 0)


def test_a_window_with_padding_counts_the_steps_that_are_none():
    x = np.zeros((3, 4, 2))
    assert Window(x, x, None, True).steps == 12
    assert Window(x, x, np.array([4, 0, 1]), True).steps == 5


def test_too_little_is_refused():
    for count in (0, 1):
        with pytest.raises(InputError, match="at least 2"):
            TokenWindows(np.zeros(count, np.uint16), 4, 4)
    with pytest.raises(InputError, match="at least 1 row"):
        TokenWindows(np.zeros(9, np.uint16), 0, 4)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_window_of_a_mapped_file_reads_nothing_else(tmp_path):
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # a hole of 1 GiB: nothing on disk
    script = f"""
import numpy as np
from unrolled.data.windows import TokenWindows
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * {mmap.PAGESIZE}
windows = TokenWindows(np.memmap({str(path)!r}, np.uint16, "r"), 8, 35)
windows.at(0)
before = resident()
for number in range(0, len(windows), len(windows) // 10):
    windows.at(number)
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert int(done.stdout) < 64 << 20
