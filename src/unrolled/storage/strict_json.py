"""JSON as RFC 8259 defines it, read and written within bounds: no NaN, no infinity, no name twice, no deep nesting."""

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

import numpy as np

from unrolled.errors import InputError

__all__ = ["DEPTH_LIMIT", "parse_json", "to_json"]

DEPTH_LIMIT = 32
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_HUGE = b"0" * 309  # a whole number of fewer digits has a float
_ALIKE = bytes.maketrans(b"123456789", b"000000000")

_LEVELS = np.zeros(256, np.int8)
_LEVELS[list(b"[{")], _LEVELS[list(b"]}")] = 1, -1


def parse_json(data: bytes, where: str) -> Any:
    """Parse `data`; raises InputError, its message beginning with `where`, for anything but strict JSON.

    Every number in it is in the range of float.
    """
    try:
        text = data.decode()
        _check_depth(data)
        value = json.loads(
            text,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_in_range if _HUGE in data.translate(_ALIKE) else None,  # a call for each number takes time
            object_pairs_hook=_without_repeats,
        )
        if _SURROGATE.search(text):  # "\ud800" alone parses, and would fail wherever it is printed
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not the JSON that was expected: {error}") from error
    return value


def to_json(value: Any, where: str, indent: int | None = None, compact: bool = False) -> str:
    """Write a value as strict JSON, which has no NaN and no infinity: where it holds one InputError says so."""
    separators = (",", ":") if compact else None
    try:
        return json.dumps(value, indent=indent, separators=separators, allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        raise InputError(
            f"{where} holds a number that is not finite ({error}); expected finite numbers alone: the weights of the "
            "model, or the numbers that it reads, may be too large"
        ) from error


def _check_depth(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") <= DEPTH_LIMIT:
        return
    bare = data.replace(rb"\\", b"__").replace(rb"\"", b"__")  # every quote left begins or ends a string
    marks = np.frombuffer(bare, np.uint8)
    levels = _LEVELS[marks] * (np.cumsum(marks == ord('"'), dtype=np.uint8) % 2 == 0)  # 0 within strings
    if np.cumsum(levels[levels != 0], dtype=np.int64).max(initial=0) > DEPTH_LIMIT:
        raise ValueError(f"nested deeper than {DEPTH_LIMIT} levels")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number


def _in_range(digits: str) -> int:
    if not math.isfinite(float(digits)):
        raise ValueError(f"the number {digits[:40]}… of {len(digits.lstrip('-'))} digits is too large")
    return int(digits)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        repeated = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the name {repeated[:80]!a} occurs twice in one object")
    return values
