import numpy as np
import pytest

from unrolled import InputError
from unrolled.inputs import restore_encoder
from unrolled.inputs.dna import Letters
from unrolled.inputs.numbers import Numbers
from unrolled.inputs.sound import Sound
from unrolled.inputs.text import Words

ONES = np.ones(2, np.float32)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"mean": ONES}, "lacks 'scale'"),
        ({"mean": ONES.astype(float), "scale": ONES}, r"float64 \(2,\) and float32"),
        ({"mean": ONES[:, None], "scale": ONES[:, None]}, "expected float32"),
        ({"mean": np.float32(1), "scale": np.float32(1)}, "expected float32"),
        ({"mean": ONES, "scale": np.ones(3, np.float32)}, "expected float32"),
        ({"mean": ONES, "scale": 0 * ONES}, "expected what is above 0"),
    ],
)
def test_means_that_are_none_are_refused(arrays, message):
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    with pytest.raises(InputError, match=message):
        restore_encoder("numbers", None, arrays, "")


@pytest.mark.parametrize("length", [[-1], [2**40], [8.0], [[8]], [], 8])
def test_a_length_that_is_none_is_refused(length):
    with pytest.raises(InputError, match="expected a whole number from 0 to 4,096"):
        restore_encoder("dna", None, {"length": np.asarray(length)}, "")


@pytest.mark.parametrize("banks", [8000.0, [], [8000.0], [1.0] * 9])
def test_filter_banks_that_are_none_are_refused(banks):
    saved = {"mean": np.zeros(40, np.float32), "scale": np.ones(40, np.float32), "banks": np.asarray(banks)}
    if np.size(banks) > 1:
        with pytest.raises(InputError, match="filter bank settings"):
            Sound.restored(saved)
    else:
        assert Sound.restored(saved).banks.bins == 40


@pytest.mark.parametrize("factor", [0, -1, 1e30, np.nan])
def test_rarities_that_are_none_are_refused(factor):
    arrays, texts = Words.fit("tf-idf", ["a b", "a"], "word", 10).saved()
    with pytest.raises(InputError, match="expected 1 to 100"):
        Words.restored("tf-idf", {"idf": arrays["idf"] * np.float32(factor)}, texts["tokenizer.json"])


def test_what_was_saved_is_restored():
    encoder = Numbers.fit([np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)])
    again = restore_encoder("numbers", None, encoder.saved()[0], "")
    np.testing.assert_array_equal(again.encode(np.ones((3, 2))), encoder.encode(np.ones((3, 2))))
    letters = Letters.fit(["ACGT" * 2_000] * 2)
    assert letters.length == restore_encoder("dna", None, letters.saved()[0], "").length == 4_096
    assert len(letters.document(letters.encode("ACGT" * 2_000))[1]) == letters.features


@pytest.mark.parametrize("large", [1e300, 3.3e38, np.inf, np.nan])
def test_numbers_too_large_are_refused(large):
    encoder = Numbers(np.zeros(2, np.float32), np.full(2, 0.5, np.float32))
    with pytest.raises(InputError, match="step 1 of the input is not a finite number"):
        encoder.encode([[0, 0], [large, 0]])
