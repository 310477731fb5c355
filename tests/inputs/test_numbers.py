import numpy as np
import pytest

from unrolled import InputError
from unrolled.inputs import base
from unrolled.inputs.numbers import Numbers, Scale

ONES = np.ones(2, np.float32)
ROWS = np.random.default_rng(0).normal([5, -1], [2, 0.1], (30, 2)).astype(np.float32)


@pytest.fixture
def numbers() -> Numbers:
    fitted = Numbers()
    fitted.learn([ROWS[:10], ROWS[10:]])
    return fitted


def test_each_feature_gets_mean_0_and_variance_1(numbers):
    steps = numbers.example(ROWS)
    np.testing.assert_allclose(steps.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(steps.std(0), 1, rtol=1e-4)
    assert steps.dtype == np.float32
    assert (numbers.vocabulary, numbers.width, numbers.features[0].width) == (0, 2, 4)


def test_a_feature_that_never_changes_stays_finite():
    numbers = Numbers()
    numbers.learn([np.full((4, 1), 3, np.float32)])
    np.testing.assert_array_equal(numbers.encode([3, 4]), [[0], [1]])  # one feature needs no columns


def test_names_vector_and_batch(numbers):
    raw = [[5, -1], [7, -0.9], [3, -1.1]]
    steps = numbers.example(raw)
    assert numbers.names(raw) == ["0", "1", "2"]
    assert numbers.expand(steps) is steps
    places, values = numbers.document(steps)
    np.testing.assert_array_equal(places, range(4))
    np.testing.assert_allclose(values, [*steps.mean(0), *steps.std(0)])
    batch, lengths = numbers.collate([steps, steps[:1]])
    assert batch.shape == (2, 3, 2)
    np.testing.assert_array_equal(lengths, [3, 1])
    assert not numbers.augments
    assert numbers.random(np.random.default_rng(0), 7).shape == (7, 2)


def test_rows_that_come_bit_by_bit_are_the_whole(numbers):
    raw, live = ROWS[:9].tolist(), numbers.live().fresh()
    pieces = [live.read(message) for message in ({"numbers": raw[:4]}, {}, {"numbers": raw[4:]})]
    np.testing.assert_array_equal(np.concatenate(pieces), numbers.encode(raw))


def test_all_steps_of_a_long_input_are_read(numbers):
    assert len(numbers.example(np.zeros((5_000, 2)))) == 5_000


def test_of_an_enormous_input_it_is_said_how_much_is_left_out(numbers, monkeypatch, caplog):
    monkeypatch.setattr(base, "MOST", 8)
    steps = numbers.encode(ROWS)
    np.testing.assert_array_equal(numbers.example(ROWS), steps[:8])
    np.testing.assert_array_equal(numbers.bounded(steps, end=True), steps[-8:])
    messages = [record.message for record in caplog.records]
    assert messages == [f"an input has 30 steps: the {side} 8 are read, 22 are left out" for side in ("first", "last")]


@pytest.mark.parametrize("large", [1e300, 3.3e38, np.inf, np.nan])
def test_numbers_too_large_are_refused(large):
    numbers = Numbers()
    numbers.scale = Scale(np.zeros(2, np.float32), np.full(2, 0.5, np.float32))
    with pytest.raises(InputError, match="step 1 of the input is not a finite number"):
        numbers.encode([[0, 0], [large, 0]])


@pytest.mark.parametrize("raw", ["text", [["a", "b"]], [[1, 2], [3]], {}])
def test_what_is_no_numbers_is_refused(numbers, raw):
    with pytest.raises(InputError, match=r"the input is (str|list|dict); expected numbers \(T, 2\)"):
        numbers.encode(raw)


@pytest.mark.parametrize("shape", [(3,), (0, 2), (3, 1), (1, 3, 2)])
def test_numbers_of_another_shape_are_refused(numbers, shape):
    with pytest.raises(InputError, match=r"the input has shape .*; expected \(T, 2\), T at least 1"):
        numbers.encode(np.zeros(shape))


def test_what_was_saved_is_restored(numbers, folder_of):
    restored = Numbers()
    restored.restore(folder_of(*numbers.saved()))
    np.testing.assert_array_equal(restored.encode(np.ones((3, 2))), numbers.encode(np.ones((3, 2))))


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
def test_means_that_are_none_are_refused(folder_of, arrays, message):
    folder = folder_of({name: np.asarray(value) for name, value in arrays.items()}, {})
    with pytest.raises(InputError, match=message):
        Numbers().restore(folder)
