import mmap
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.data.windows import Windows
from unrolled.errors import InputError

SIZES = {"count": st.integers(2, 400), "batch": st.integers(1, 12), "length": st.integers(1, 40)}


@given(**SIZES)
def test_every_token_is_a_target_once_and_in_order(count, batch, length):
    windows = Windows(np.arange(count, dtype=np.uint16), batch, length)
    rows = np.concatenate([targets for _, targets in windows], axis=1)  # (B, steps)
    assert rows.shape == (windows.batch, windows.steps)
    np.testing.assert_array_equal(rows.ravel(), np.arange(1, 1 + rows.size))
    assert count - 1 - rows.size < windows.batch


@given(**SIZES)
def test_a_window_goes_on_where_the_one_before_ended(count, batch, length):
    windows = list(Windows(np.arange(count), batch, length))
    assert all(inputs.shape == targets.shape for inputs, targets in windows)
    assert all(inputs.shape[1] == length for inputs, _ in windows[:-1])
    assert 1 <= windows[-1][0].shape[1] <= length
    for inputs, targets in windows:
        np.testing.assert_array_equal(inputs + 1, targets)
    for (_, before), (after, _) in pairwise(windows):
        np.testing.assert_array_equal(before[:, -1], after[:, 0])


@given(**SIZES)
def test_rows_become_fewer_before_they_become_shorter_than_a_window(count, batch, length):
    windows = Windows(np.zeros(count, np.uint16), batch, length)
    assert windows.batch == 1 or windows.steps >= length
    assert windows.batch == batch or (windows.batch + 1) * length > count - 1


def test_windows_are_whole_numbers_of_64_bits_and_counted_from_either_end():
    windows = Windows(np.arange(11, dtype=np.uint16), 2, 2)
    assert len(windows) == 3
    inputs, targets = windows[-1]
    assert inputs.dtype == targets.dtype == np.int64
    np.testing.assert_array_equal(inputs, [[4], [9]])
    for outside in (3, -4):
        with pytest.raises(IndexError):
            windows[outside]


def test_too_little_is_refused():
    for count in (0, 1):
        with pytest.raises(InputError, match="at least 2"):
            Windows(np.zeros(count, np.uint16), 4, 4)
    with pytest.raises(InputError, match="at least 1 row"):
        Windows(np.zeros(9, np.uint16), 0, 4)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_window_of_a_mapped_file_reads_nothing_else(tmp_path):
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # a hole of 1 GiB: nothing on disk
    script = f"""
import numpy as np
from unrolled.data.windows import Windows
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * {mmap.PAGESIZE}
windows = Windows(np.memmap({str(path)!r}, np.uint16, "r"), 8, 35)
windows[0]
before = resident()
for number in range(0, len(windows), len(windows) // 10):
    windows[number]
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert int(done.stdout) < 64 << 20
