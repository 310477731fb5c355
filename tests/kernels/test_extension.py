"""What the extension says of itself: whether it belongs here, and what each recurrent kernel is."""

import subprocess
import sys

import pytest

from unrolled import InputError
from unrolled.cells import CELLS
from unrolled.kernels.extension import KERNELS, NATIVE, check_interface


def test_another_build_or_one_without_a_stamp_is_refused() -> None:
    for built in (None, "0" * 64):
        with pytest.raises(InputError, match=r"built from other sources .* build it again: make check"):
            check_interface(built)


@pytest.mark.skipif(not NATIVE, reason="the native extension is not installed")
def test_an_old_extension_is_refused_before_any_call() -> None:
    program = "from unrolled import _native\ndel _native.interface\nimport unrolled.kernels"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "InputError: unrolled's native extension was built from other sources" in run.stderr


@pytest.mark.parametrize("name", KERNELS)
def test_the_native_table_and_the_cell_say_the_same(name: str) -> None:
    (cell,) = (cell for cell in CELLS.values() if cell.kernel == name)
    kernel = KERNELS[name]
    shapes = kernel.weight_shapes(5, 7)
    assert shapes[:2] == (cell.shapes(5, 7).U, cell.shapes(5, 7).W)
    assert cell.state._fields == (("h", "c") if kernel.has_c else ("h",))
    assert kernel.kept_with(zoneout=True) == kernel.kept
    assert kernel.kept_with(zoneout=False) == (kernel.kept if kernel.gates > 1 else 0)
