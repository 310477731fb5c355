import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.errors import InputError
from unrolled.storage.strict_json import DEPTH_LIMIT, parse_json


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


def test_many_names_of_which_the_last_comes_twice_are_soon_refused() -> None:
    names = [*map(str, range(20_000)), "19999"]
    began = process_time()
    with pytest.raises(InputError, match="'19999' occurs twice"):
        parse_json(f"{{{','.join(f'{json.dumps(name)}:1' for name in names)}}}".encode(), "x")
    assert process_time() - began < 1  # a search for each name would take ten seconds
