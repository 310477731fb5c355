import io
import json
import math
import re
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.tensor_file import HEADER_LIMIT, Shapes, encode_tensors, read_tensors

GOOD = encode_tensors({"U": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.arange(5, dtype=np.uint8)}, "here")


def read(content: bytes, expected: Shapes | None = None) -> dict[str, NDArray[Any]]:
    return read_tensors(io.BytesIO(content), len(content), "here", expected)[0]


def tensor_file(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def place(dtype: object = "F32", shape: object = (2,), offsets: object = (0, 8), **more: object) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets, **more}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "out of bounds"),
        (b"\x01", "out of bounds"),
        (tensor_file({}, length=2**63), "out of bounds"),
        (tensor_file({}, length=9), "out of bounds"),
        (tensor_file(b"{}" + b" " * HEADER_LIMIT), "out of bounds"),
        (tensor_file(b"[" * 1000), "nested deeper"),
        (tensor_file([]), "no JSON object"),
        (tensor_file(b'{"w": 1, "w": 1}'), "occurs twice"),
        (tensor_file({"__metadata__": {"format": "pt"}}), "tensors alone"),
        (tensor_file({"w": []}), "needs dtype, shape"),
        (tensor_file({"w": place(code="import os")}, bytes(8)), "needs dtype, shape"),
        (tensor_file({"w": place("object")}, bytes(8)), "unknown type"),
        (tensor_file({"w": place("BF16", (4,))}, bytes(8)), "unknown type"),
        (tensor_file({"w": place(["F32"])}, bytes(8)), "unknown type"),
        (tensor_file({"w": place(shape=(-2,))}, bytes(8)), "impossible"),
        (tensor_file({"w": place(shape=(2.0,))}, bytes(8)), "impossible"),
        (tensor_file({"w": place(shape=(True, 2))}, bytes(8)), "impossible"),
        (tensor_file({"w": place(shape="2")}, bytes(8)), "impossible"),
        (tensor_file({"w": place(shape=[2, *[1] * 8])}, bytes(8)), "impossible"),
        (tensor_file({"w": place(shape=(2**40, 2**40))}, bytes(8)), "impossible"),
        (tensor_file({"w": place(shape=(0, 2**48, 2**48), offsets=(0, 0))}), "impossible"),
        (tensor_file({"w": place(shape=(2**62, 4, 2))}, bytes(8)), "impossible"),
        (tensor_file({"w": place(shape=(2**40,))}, bytes(8)), "needs 4398046511104 bytes, its place has 8"),
        (tensor_file({"w": place(shape=(2**40,), offsets=(0, 2**42))}, bytes(8)), "the file holds"),
        (tensor_file({"w": place(shape=(3,))}, bytes(8)), "needs 12 bytes, its place has 8"),
        (tensor_file({"w": place(offsets=(8, 0))}, bytes(8)), "its place has -8"),
        (tensor_file({"w": place(offsets=(0, 8, 8))}, bytes(8)), "impossible"),
        (tensor_file({"w": place(offsets=(8, 16))}, bytes(16)), "gap"),
        (tensor_file({"w": place(), "v": place(offsets=(4, 12))}, bytes(12)), "overlaps"),
        (tensor_file({"w": place(), "v": place()}, bytes(8)), "overlaps"),
        (tensor_file({"a": place("U8", (1,), (0, 1)), "w": place(offsets=(1, 9))}, bytes(9)), "aligned"),
        (tensor_file({"w": place()}, bytes(4)), "the file holds"),
        (tensor_file({"w": place()}, bytes(12)), "the file holds"),
        (tensor_file({"w": place()}, struct.pack("<2f", 1, math.nan)), "'w' holds a number that is not finite"),
        (tensor_file({"w": place("F16", (4,))}, b"\x00\x7c" * 4), "'w' holds a number that is not finite"),
    ],
)
def test_a_bad_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=f"^here: .*{re.escape(message)}"):
        read(content)


def test_a_file_that_ends_early_is_refused() -> None:
    for length in range(len(GOOD)):
        with pytest.raises(InputError, match=r"^here: "):
            read_tensors(io.BytesIO(GOOD[:length]), len(GOOD), "here", None)
        with pytest.raises(InputError, match=r"^here: "):
            read(GOOD[:length])


def test_a_wrong_shape_is_refused_before_memory_is_taken() -> None:
    content = encode_tensors({"w": np.zeros((2048, 2048), np.float32)}, "here")  # 16 MiB
    stream = io.BytesIO(content)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"the settings in config\.json need \(2048, 1024\)"):
        read_tensors(stream, len(content), "here", {"w": (2048, 1024)})
    assert tracemalloc.get_traced_memory()[1] < 500_000
    stream.seek(0)
    read_tensors(stream, len(content), "here", {"w": (2048, 2048)})
    assert tracemalloc.get_traced_memory()[1] < 2**24 + 2**22 + 500_000  # the file once, one byte a number to check it
    tracemalloc.stop()


SIZES = (
    st.integers(-1, 40) | st.sampled_from([2**31, 2**32, 2**40, 2**48, 2**63, 2**64, 10**30]) | st.none() | st.floats()
)
PLACES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F16", "F32", "F64", "I8", "U64", "BF16", "BOOL", "C64", "O", None, 4]),
        "shape": st.lists(SIZES, max_size=4) | st.just([1] * 70) | st.none(),
        "data_offsets": st.lists(SIZES, min_size=1, max_size=3) | st.tuples(st.just(0), SIZES),
    }
)
FITTING = st.tuples(st.sampled_from([("F32", 4), ("I8", 1), ("F64", 8)]), st.lists(st.integers(0, 3), max_size=4)).map(
    lambda it: place(it[0][0], it[1], (0, it[0][1] * math.prod(it[1])))
)
HEADERS = st.dictionaries(st.text(max_size=3) | st.just("__metadata__"), PLACES | FITTING, max_size=3)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(header=HEADERS, data=st.binary(max_size=40), zeros=st.integers(0, 40))
def test_no_header_lets_anything_but_input_errors_escape(header: dict[str, Any], data: bytes, zeros: int) -> None:
    ends = [at["data_offsets"][-1] for at in header.values() if type(at["data_offsets"][-1]) is int]
    size = max(ends, default=0) if zeros % 2 else zeros  # often the size that the header asks for
    content = tensor_file(header, data.ljust(size if 0 <= size <= 1000 else 0, b"\0"))
    tracemalloc.start()
    try:
        tensors = read(content)
    except InputError as error:
        assert str(error).startswith("here: ")  # noqa: PT017
        return
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000
    library = safetensors.numpy.load(content)  # what we accept, the library accepts and reads alike
    assert tensors.keys() == library.keys()
    for key, values in library.items():
        np.testing.assert_array_equal(tensors[key], values, strict=True)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    flips=st.lists(st.tuples(st.integers(0, 10**4), st.integers(1, 255)), min_size=1, max_size=3),
    cut=st.integers(0, 999),
)
def test_no_flipped_byte_lets_anything_but_input_errors_escape(flips: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(GOOD[: len(GOOD) - cut] if cut < len(GOOD) // 2 else GOOD)
    for where, mask in flips:
        content[where % len(content)] ^= mask
    try:
        tensors = read(bytes(content))
    except InputError:
        return
    for key, values in safetensors.numpy.load(bytes(content)).items():
        np.testing.assert_array_equal(tensors[key], values, strict=True)
