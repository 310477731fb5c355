import contextlib
import io
import struct
import warnings
import zipfile

import numpy as np
import pytest

from unrolled import InputError
from unrolled.sources.arrays_file import read_arrays

ARRAYS = {
    "whole": np.arange(6).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6.0, dtype=">f4").reshape(3, 2)),
    "texts": np.array(["a", "ö"]),
    "none": np.zeros((0, 4)),
    "one": np.float64(3),
}


def archive(save=np.savez, **arrays) -> bytes:
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def member(
    header: bytes, numbers: bytes = bytes(8), packed: int = zipfile.ZIP_STORED, version: bytes = b"\1\0"
) -> bytes:
    """An archive with the array "x", whose header is ``header``."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as inside:
        inside.writestr("x.npy", b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + numbers)
    return file.getvalue()


def says(shape: str, dtype: str = "'<f8'") -> bytes:
    return f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back_as_they_were_saved(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS)
    read = read_arrays(tmp_path / "a.npz")
    assert read.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype.isnative
        assert read[name].flags.writeable
    np.save(tmp_path / "one.npy", ARRAYS["columns"])
    np.testing.assert_array_equal(read_arrays(tmp_path / "one.npy")[""], ARRAYS["columns"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; expected a NumPy file"),
        (b"1,2,3\n", "begins with b'1,2,3.n'; expected a NumPy file"),
        (b"PK\3\4 and no more", "the archive is damaged"),
        (b"\x93NUMPY", "the header is damaged"),
        (archive(x=np.zeros(9))[:-30], "the archive is damaged"),
        (member(says("(1,)"), bytes(7)), r"8 bytes, and 7 follow"),
        (member(says("(2000000000000,)")), r"16,000,000,000,000 bytes, and 8 follow"),
        (member(says("(-1,)")), r"the header says float64 of shape \(-1,\)"),
        (member(says("(" + "1," * 33 + ")")), "expected a plain array"),
        (member(says("(1000000000000,)", "'<U0'"), b""), "expected a plain array"),
        (member(says("(1,)", "'|O'")), "array 'x': holds Python objects, which are not read"),
        (member(says("(1,)", "[('a', '<f8')]")), "holds records"),
        (member(says("(1,)", "'<q9'")), "the header is damaged"),
        (member(b"{'descr': (((\n"), "the header is damaged"),
        (member(b"(" * 9_000), "the header is damaged"),
        (member(b"\xff" * 40), "the header is damaged"),
        (member(says("(1,)"), version=b"\7\0"), r"version 7\.0 of the format"),
        (archive(x=np.array([{}, []], object)), "array 'x': holds Python objects"),
    ],
)
def test_what_is_damaged_or_claims_too_much_is_refused(content, message):
    with pytest.raises(InputError, match=message) as caught:
        read_arrays("a.npz", content)
    assert str(caught.value).startswith("a.npz")


def test_two_arrays_of_one_name_are_refused():
    file = io.BytesIO(archive(x=np.zeros(2)))
    with zipfile.ZipFile(file) as inside:
        array = inside.read("x.npy")
    with zipfile.ZipFile(file, "a") as inside, warnings.catch_warnings(action="ignore"):
        inside.writestr("x.npy", array)
    with pytest.raises(InputError, match="two arrays are called 'x'"):
        read_arrays("a.npz", file.getvalue())


def test_ways_to_pack_that_are_not_known_are_refused():
    content = bytearray(member(says("(1,)")))
    for signature, place in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        content[content.index(signature) + place] = 99
    with pytest.raises(InputError, match="packed in a way that is not read"):
        read_arrays("a.npz", bytes(content))
    content = bytearray(member(says("(1,)")))
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + place] |= 1
    with pytest.raises(InputError, match="password"):
        read_arrays("a.npz", bytes(content))


def test_an_archive_that_unpacks_to_more_than_it_may_is_refused_before():
    content = bytearray(member(says("(1,)")))
    at = content.index(b"PK\1\2") + 24
    content[at : at + 4] = struct.pack("<I", (1 << 31) + 1)
    with pytest.raises(InputError, match="claim more than 2 GB"):
        read_arrays("a.npz", bytes(content))


def test_any_change_of_bytes_is_read_or_refused():
    rng = np.random.default_rng(0)
    for save in (np.savez, np.savez_compressed):
        whole = archive(save, inputs=np.arange(12.0).reshape(3, 4), labels=np.array(["a", "b", "a"]))
        for _ in range(400):
            content = bytearray(whole)
            for place in rng.integers(0, len(content), rng.integers(1, 8)):
                content[place] = rng.integers(256)
            with contextlib.suppress(InputError):
                read_arrays("a.npz", bytes(content))


def test_folders_and_missing_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="a folder or a pipe"):
        read_arrays(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        read_arrays(tmp_path / "missing.npy")
