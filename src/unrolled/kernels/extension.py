"""The native extension: whether it is here and fit for use, which kernels it has, and how often they have run."""

import hashlib
import warnings
from pathlib import Path
from typing import NamedTuple, TypedDict

from unrolled.errors import InputError

__all__ = ["CALLS", "KERNELS", "NATIVE", "RECURRENT", "Info", "RecurrentKernel", "check_interface", "info"]

_INTERFACE = Path(__file__).parents[1] / "_native.pyi"


def check_interface(built: str | None) -> None:
    """Raise InputError unless the extension was ``built`` with the `_native.pyi` (its sha256) that is here.

    After an update of a clone an old extension stays: its calls would fail one by one, for no reason a user can see.
    """
    if built != hashlib.sha256(_INTERFACE.read_bytes()).hexdigest():
        raise InputError(
            "unrolled's native extension was built from other sources than those beside it; build it again: make check "
            "in a clone, else pip install --force-reinstall --no-deps --no-cache-dir unrolled"
        )


try:
    import unrolled._native as native
except ImportError as error:
    NATIVE = False
    warnings.warn(
        f"unrolled's native extension is missing ({error}): numpy computes in its place, several times slower. "
        "With a C++20 compiler at hand, install again: pip install --force-reinstall --no-deps --no-cache-dir unrolled",
        RuntimeWarning,
        stacklevel=2,
    )
else:
    NATIVE = True
    check_interface(getattr(native, "interface", None))
    try:
        native.info()
    except RuntimeError as error:  # UNROLLED_ISA names something that cannot run here
        raise InputError(str(error)) from error


class RecurrentKernel(NamedTuple):
    """What is to be known of a cell's kernel; H is the number of hidden units."""

    gates: int  # blocks of H rows in U and W
    kept: int  # blocks of H numbers that each row and step keeps for the backward pass; one block is h before zoneout
    has_c: bool  # whether the state is h and c, not h alone

    def kept_with(self, zoneout: bool) -> int:
        """Blocks to keep: none where what would be kept, h before zoneout, is the output itself."""
        return self.kept if self.kept > 1 or zoneout else 0

    def weight_shapes(self, inputs: int, hidden: int) -> tuple[tuple[int, ...], ...]:
        """The shapes of U, W, the bias of each and the peepholes for ``inputs`` features and ``hidden`` units."""
        rows = self.gates * hidden
        return (rows, inputs), (rows, hidden), (rows,), (rows,), (3 * hidden,)


KERNELS = {name: RecurrentKernel(*sizes) for name, sizes in native.recurrent_kernels().items()} if NATIVE else {}
"""The recurrent kernels by the cell's name, as the native code lists them; none where it is not installed."""

RECURRENT = tuple(KERNELS)
"""The cells that have a kernel here."""

CALLS = {"recurrent": 0, "scan": 0, "cross_entropy": 0, "read": 0}
"""How often each kernel has run in this process when numpy called it."""


class Info(TypedDict):
    """What computes: ``instruction_set`` is numpy where the extension (``native``) is missing."""

    native: bool
    instruction_set: str
    available: list[str]
    compiler: str
    flags: str
    version: str


def info() -> Info:
    """What computes here: native, instruction_set, available ones, compiler, flags and version of the extension."""
    if NATIVE:
        return {"native": True, **native.info()}
    return {"native": False, "instruction_set": "numpy", "available": [], "compiler": "", "flags": "", "version": ""}
