"""The native kernels: accuracy over every magnitude, special values, and the same bits wherever an element lies."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import unrolled
from unrolled import kernels
from unrolled.errors import InputError

INFINITY = np.float32(np.inf)
SMALLEST = np.float32(2.0**-126)
ELEMENTWISE = {"exp": np.exp, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh}

# Largest errors in units of the last place, over every float32 (measured once): native/activations.h states them.
BOUND = {"exp": 1.06, "sigmoid": 2.41, "tanh": 2.5}

# Every 1009th of the 2^32 bit patterns: all magnitudes, both signs, infinities and NaNs of many kinds; and the region
# where the functions bend, more densely.
SWEEP = np.concatenate(
    [
        np.arange(0, 2**32, 1009, dtype=np.int64).astype(np.uint32).view(np.float32),
        np.linspace(-104, 104, 500_001, dtype=np.float32),
        np.array([0, -0.0, np.inf, -np.inf, np.nan, 88.72283, 88.72284, -87.33654, -87.33655], np.float32),
    ]
)

WORKER = """
import sys
import numpy as np
from unrolled import kernels
folder = sys.argv[1]
x = np.load(folder + "/x.npy")
cuts = np.cumsum(np.arange(64) % 37)
results = {"isa": kernels.info()["instruction_set"]}
for name in ("exp", "sigmoid", "tanh"):
    function = getattr(kernels, name)
    results[name] = function(x)
    results[name + "_pieces"] = np.concatenate([function(piece) for piece in np.split(x[:cuts[-1]], cuts[:-1])])
rows = np.load(folder + "/rows.npy")
results["softmax"] = kernels.softmax(rows)
results["log_sum_exp"] = kernels.log_sum_exp(rows)
np.savez(folder + "/y.npz", **results)
"""


def in_fresh_python(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def rows_of_many_sizes() -> NDArray[np.float32]:
    rows = np.random.default_rng(1).normal(size=(8, 1003)).astype(np.float32)
    return rows * np.array([[0], [0.1], [1], [3], [10], [30], [100], [1e6]], np.float32)


@pytest.fixture(scope="module", params=kernels.info()["available"])
def forced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.float32]]:
    """What a process forced to one instruction set computes."""
    folder = tmp_path_factory.mktemp(request.param)
    np.save(folder / "x.npy", SWEEP)
    np.save(folder / "rows.npy", rows_of_many_sizes())
    run = in_fresh_python(WORKER, str(folder), UNROLLED_ISA=request.param)
    assert run.returncode == 0, run.stderr
    with np.load(folder / "y.npz") as results:
        assert results["isa"] == request.param
        return dict(results)


def test_the_extension_is_built_and_current() -> None:
    info = kernels.info()
    assert info["native"] is True
    assert info["version"] == unrolled.__version__
    assert info["available"][-1] == "plain"
    assert info["instruction_set"] in info["available"]
    assert info["compiler"]
    assert "-ffp-contract=off" in info["flags"]
    assert "native" not in info["flags"]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_stated_error_bound_holds_over_all_magnitudes(forced: dict[str, NDArray[np.float32]], name: str) -> None:
    with np.errstate(all="ignore"):
        exact = ELEMENTWISE[name](SWEEP.astype(np.float64))
        tested = (np.abs(exact) >= SMALLEST) & (np.abs(exact) <= np.finfo(np.float32).max)
    exact, got = exact[tested], forced[name][tested].astype(np.float64)
    last_place = np.exp2(np.floor(np.log2(np.abs(exact))) - 23)
    assert tested.sum() > 500_000
    assert np.max(np.abs(got - exact) / last_place) <= BOUND[name]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_ends_saturate_and_nothing_is_denormal(forced: dict[str, NDArray[np.float32]], name: str) -> None:
    y = forced[name]
    assert np.array_equal(np.isnan(SWEEP), np.isnan(y))
    low, high = {"exp": (0, INFINITY), "sigmoid": (0, 1), "tanh": (-1, 1)}[name]
    assert np.all(y[SWEEP < -88] == low)
    assert np.all(y[SWEEP > 89] == high)
    assert np.all((y >= low) & (y <= high) | np.isnan(y))
    denormal = (y != 0) & (np.abs(y) < SMALLEST)
    assert not np.any(denormal & (np.abs(SWEEP) >= SMALLEST))


def test_tanh_is_odd_and_keeps_tiny_values(forced: dict[str, NDArray[np.float32]]) -> None:
    tiny = np.abs(SWEEP) < 2.0**-25
    assert np.array_equal(forced["tanh"][tiny].view(np.uint32), SWEEP[tiny].view(np.uint32))
    negated = kernels.tanh(-SWEEP).view(np.uint32) ^ kernels.tanh(SWEEP).view(np.uint32)
    assert np.all((negated == 2**31) | np.isnan(SWEEP))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_element_is_the_same_wherever_it_lies(forced: dict[str, NDArray[np.float32]], name: str) -> None:
    pieces = forced[name + "_pieces"]
    assert np.array_equal(pieces.view(np.uint32), forced[name][: len(pieces)].view(np.uint32))


def test_softmax_and_log_sum_exp_agree_with_float64(forced: dict[str, NDArray[np.float32]]) -> None:
    exact = rows_of_many_sizes().astype(np.float64)
    total = kernels.log_sum_exp(exact)
    np.testing.assert_allclose(forced["log_sum_exp"], total, rtol=1.3e-7)
    shares, depth = kernels.softmax(exact), exact.max(axis=-1, keepdims=True) - exact
    rounded = 2.0**-24 * depth  # what x - max itself loses in float32
    assert np.all(np.abs(forced["softmax"] - shares) <= shares * (5e-7 + rounded) + SMALLEST)
    np.testing.assert_allclose(np.log(np.exp(exact[:7]).sum(axis=-1)), total[:7], rtol=1e-13)


def test_a_row_is_the_same_in_any_company() -> None:
    rows = rows_of_many_sizes()
    for columns in (1, 7, 8, 9, 1003):
        block = np.ascontiguousarray(rows[:, :columns])
        assert np.array_equal(kernels.softmax(block)[5:6], kernels.softmax(block[5:6]))
        assert np.array_equal(kernels.log_sum_exp(block)[5:6], kernels.log_sum_exp(block[5:6]))


def test_a_long_row_loses_nothing() -> None:
    row = np.full((1, 1_000_000), 0.1, np.float32)
    assert kernels.log_sum_exp(row)[0] == np.float32(np.log(1e6) + np.float64(row[0, 0]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_of_infinities_have_a_defined_answer(dtype: type) -> None:
    rows = np.array([[-np.inf, -np.inf], [0, -np.inf], [np.inf, 0], [np.nan, 0], [0, np.nan]], dtype)
    np.testing.assert_array_equal(kernels.log_sum_exp(rows), np.array([-np.inf, 0, np.inf, np.nan, np.nan], dtype))
    with np.errstate(invalid="ignore"):
        assert np.isnan(kernels.softmax(rows)).tolist() == [
            [True] * 2,
            [False] * 2,
            [True, False],
            [True] * 2,
            [True] * 2,
        ]
    assert kernels.log_sum_exp(np.zeros((3, 0), dtype)).tolist() == [-np.inf] * 3
    assert kernels.log_sum_exp(np.zeros((0, 4), dtype)).shape == (0,)
    assert kernels.softmax(np.zeros((2, 0), dtype)).shape == (2, 0)


@pytest.mark.parametrize("function", [kernels.exp, kernels.sigmoid, kernels.tanh, kernels.softmax])
def test_any_shape_and_any_strides(function: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> None:
    whole = np.random.default_rng(2).normal(size=(6, 5, 12)).astype(np.float32)
    before = whole.copy()
    views = [whole, whole[:, :, 3:9], whole.transpose(2, 0, 1), whole[::-1, ::2, ::-3], whole[:1, :0], whole[0, 0]]
    for view in views:
        y = function(view)
        assert y.shape == view.shape
        assert y.dtype == np.float32
        assert y.flags.c_contiguous
        assert np.array_equal(y, function(view.copy()))
    assert np.array_equal(whole, before)


def test_no_axes_and_other_dtypes() -> None:
    assert kernels.exp(np.array(0, np.float32)).shape == ()
    for dtype, tolerance in ((np.float16, 2e-3), (np.float64, 1e-15), (np.dtype(">f4"), 1e-6)):
        x = np.linspace(-8, 8, 41).astype(dtype)
        for name, exact in ELEMENTWISE.items():
            y = getattr(kernels, name)(x)
            assert y.dtype == x.dtype.newbyteorder("=")
            np.testing.assert_allclose(y.astype(np.float64), exact(x.astype(np.float64)), rtol=tolerance)
    extremes = np.array([-1e4, 1e4, -np.inf, np.inf])
    assert kernels.sigmoid(extremes).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("function", [kernels.softmax, kernels.log_sum_exp])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_needs_an_axis(function: Callable[[NDArray[np.floating]], object], dtype: type) -> None:
    with pytest.raises(InputError, match="single number"):
        function(np.array(1.0, dtype))


@pytest.mark.parametrize("name", ["sse9", "neon" if "avx2" in kernels.info()["available"] else "avx2"])
def test_an_instruction_set_that_is_not_here_is_refused(name: str) -> None:
    run = in_fresh_python("import unrolled.kernels", UNROLLED_ISA=name)
    assert run.returncode == 1
    assert f'InputError: UNROLLED_ISA is "{name}", but this build can run only' in run.stderr


def test_without_the_extension_numpy_computes_and_one_warning_says_so(tmp_path: Path) -> None:
    program = """
import sys, warnings
import numpy as np
sys.modules["unrolled._native"] = None
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from unrolled import kernels
    x = np.load(sys.argv[1])
    for name in ("exp", "sigmoid", "tanh", "softmax", "log_sum_exp"):
        print(getattr(kernels, name)(x).dtype)
        np.save(sys.argv[2] + name, getattr(kernels, name)(x))
print(kernels.info()["native"], kernels.info()["instruction_set"], len(caught), caught[0].message)
print(kernels.KERNELS, kernels.RECURRENT)
"""
    rows = rows_of_many_sizes()
    np.save(tmp_path / "x.npy", rows)
    run = in_fresh_python(program, str(tmp_path / "x.npy"), f"{tmp_path}/")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[:5] == ["float32"] * 5
    assert run.stdout.splitlines()[5].startswith("False numpy 1 unrolled's native extension is missing")
    assert "pip install" in run.stdout
    assert run.stdout.splitlines()[-1] == "{} ()"
    for name in ("exp", "sigmoid", "tanh", "softmax", "log_sum_exp"):
        reference = np.load(tmp_path / f"{name}.npy")
        np.testing.assert_allclose(getattr(kernels, name)(rows), reference, rtol=2e-6, atol=1e-37)


def test_only_arrays_of_real_numbers_are_taken() -> None:
    for wrong in (None, [1.0], np.array("word"), np.array([1j]), np.array([None]), np.array([True])):
        for function in (kernels.exp, kernels.sigmoid, kernels.tanh, kernels.softmax, kernels.log_sum_exp):
            with pytest.raises(InputError, match="expected an array of real numbers"):
                function(wrong)
    np.testing.assert_allclose(kernels.softmax(np.arange(3)), np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum())
