"""Whether the native extension is here, and fit for use."""

import hashlib
import warnings
from pathlib import Path

from unrolled.errors import InputError

__all__ = ["NATIVE", "check_interface"]

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
    from unrolled import _native
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
    check_interface(getattr(_native, "interface", None))
    try:
        _native.info()
    except RuntimeError as error:  # UNROLLED_ISA names something that cannot run here
        raise InputError(str(error)) from error
