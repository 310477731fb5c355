"""An extension that was built from other sources is told from the one that belongs here."""

import subprocess
import sys

import pytest

from unrolled import InputError
from unrolled.kernels.extension import NATIVE, check_interface


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
