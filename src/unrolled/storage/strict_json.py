"""JSON as RFC 8259 defines it, read within bounds: no NaN, no infinity, no name twice, no deep nesting."""

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from unrolled.errors import InputError

__all__ = ["DEPTH_LIMIT", "parse_json"]

DEPTH_LIMIT = 32
_MARKS = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def parse_json(data: bytes, where: str) -> Any:
    """Parse `data`; raises InputError, its message beginning with `where`, for anything but strict JSON."""
    try:
        text = data.decode()
        _check_depth(text)
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_without_repeats)
        json.dumps(value, ensure_ascii=False).encode()  # "\ud800" alone parses, and would fail wherever it is printed
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not the JSON that was expected: {error}") from error
    return value


def _check_depth(text: str) -> None:
    depth, quoted = 0, False
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark == '"':
            quoted = not quoted
        elif not quoted and mark in "[]{}":
            depth += 1 if mark in "[{" else -1
            if depth > DEPTH_LIMIT:
                raise ValueError(f"nested deeper than {DEPTH_LIMIT} levels")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        repeated = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the name {repeated[:80]!a} occurs twice in one object")
    return values
