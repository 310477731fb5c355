import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.errors import InputError
from unrolled.strict_json import DEPTH_LIMIT, parse_json


def test_strict_json_reads_what_is_strict_and_bounded() -> None:
    value = {'ä\\"[': ["[[[[" * DEPTH_LIMIT, -0.5, 10**30, True, None, {}], "": "\\"}
    assert parse_json(json.dumps(value).encode(), "x") == value
    deep = "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT
    assert parse_json(deep.encode(), "x") == json.loads(deep)
    with pytest.raises(InputError, match=r"^x: .*nested deeper than 32"):
        parse_json(f"[{deep}]".encode(), "x")


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0d8e1-.NaIfintyrul ', max_size=60).map(str.encode))
def test_strict_json_agrees_with_the_library_or_refuses(data: bytes) -> None:
    try:
        value = parse_json(data, "x")
    except InputError:
        return
    assert value == json.loads(data)
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
