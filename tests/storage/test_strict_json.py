import json
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.errors import InputError
from unrolled.storage.strict_json import DEPTH_LIMIT, parse_json, to_json


def test_strict_json_reads_what_is_strict_and_bounded() -> None:
    value = {'ä\\"[': ["[[[[" * DEPTH_LIMIT, -0.5, 10**30, True, None, {}], "": "\\"}
    assert parse_json(json.dumps(value).encode(), "x") == value
    deep = "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT
    assert parse_json(deep.encode(), "x") == json.loads(deep)
    with pytest.raises(InputError, match=r"^x: .*nested deeper than 32"):
        parse_json(f"[{deep}]".encode(), "x")


IN_TEXTS = [
    ["\\[" * 40],
    ['"[' * 40, "\\"],
    ["\\" * 4, *[[]] * 40],
    {"{" * 40: 1, '\\"': "}"},
]


@pytest.mark.parametrize("value", IN_TEXTS)
def test_marks_within_strings_are_no_levels(value) -> None:
    assert parse_json(json.dumps(value).encode(), "x") == value


@pytest.mark.parametrize("text", ["\\", '\\"', '"', "a\\\\"])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_levels_after_any_string_count(text: str, opened: str, closed: str) -> None:
    document = f"[{json.dumps(text)}, {opened * 32}1{closed * 32}]"
    assert json.loads(document)
    with pytest.raises(InputError, match="nested deeper than 32"):
        parse_json(document.encode(), "x")


@pytest.mark.parametrize("number", ["1e999", "-1e400", "9" * 309, "-" + "9" * 400, "1" + "0" * 5_000])
def test_a_number_beyond_the_range_of_float_is_refused(number: str) -> None:
    with pytest.raises(InputError, match=r"the number .* is too large"):
        parse_json(f"[{number}]".encode(), "x")


def test_the_largest_whole_number_and_digits_in_a_text_are_read() -> None:
    largest = int(np.finfo(np.float64).max)
    assert parse_json(json.dumps([largest, -largest, "9" * 400]).encode(), "x") == [largest, -largest, "9" * 400]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [{"score": -float("inf")}]])
def test_what_is_not_finite_is_not_written(value) -> None:
    with pytest.raises(InputError, match="the answer holds a number that is not finite"):
        to_json(value, "the answer")


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
