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
    assert numbers.augments
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


@pytest.mark.parametrize("raw", [[["a", "b"]], [[1, 2], [3]], {}])
def test_what_is_no_numbers_is_refused(numbers, raw):
    with pytest.raises(InputError, match=r"the input is (list|dict); expected numbers \(T, 2\)"):
        numbers.encode(raw)


def test_a_text_of_numbers_is_a_series(numbers):
    whole = numbers.encode([[1, -2], [2.5, 1e1], [3, 0]])
    for text in ("1 2.5 3; -2 10 0", "1,2.5,3:-2,1e1,0", " 1, 2.5  3;-2\t10 0 "):
        np.testing.assert_array_equal(numbers.encode(text), whole)
    assert numbers.names("1 2.5 3; -2 10 0") == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a text", "the input is 'a text'; expected numbers, as .* not 'a'"),
        ("", "the input is ''; expected numbers"),
        ("1 2;", "expected numbers"),
        ("1 nan; 2 3", "not 'nan'"),
        ("1 2 3; 1 2", "the channels of '1 2 3; 1 2' have 2 and 3 numbers"),
        ("1 2 3", r"shape \(3, 1\); expected \(T, 2\)"),
        ("1 inf; 2 3", "step 1 of the input is not a finite number"),
    ],
)
def test_a_text_that_is_no_series_is_refused(numbers, text, message):
    with pytest.raises(InputError, match=message):
        numbers.encode(text)


def test_several_rows_of_long_series_are_one_step(caplog):
    long = Numbers()
    long.learn([ROWS[:1].repeat(600, 0), np.concatenate([ROWS] * 20)])
    assert long.convolution == 9
    assert (long.rows, long.width, long.features[0].width, long.length) == (3, 6, 4, 600)
    assert "3 after one another are read as one step" in caplog.text
    steps = long.encode(ROWS[:7])
    np.testing.assert_array_equal(steps.reshape(-1, 2)[:7], long.scale.normal(ROWS[:7]))
    np.testing.assert_array_equal(steps[2], np.tile(long.scale.normal(ROWS[6:7]), 3).ravel())
    assert long.names(ROWS[:7]) == ["0", "3", "6"]
    assert long.augment(steps, np.random.default_rng(0)).shape[1] == 6
    live = long.live()
    pieces = [live.read({"numbers": ROWS[:4].tolist()}), live.read({"numbers": ROWS[4:7].tolist()})]
    np.testing.assert_array_equal(np.concatenate(pieces), steps[:2])
    assert live.pending
    assert not live.fresh().pending


def test_series_of_different_channels_are_refused():
    with pytest.raises(InputError, match="some series have 1 channels, some 2; expected as many in all"):
        Numbers().learn([ROWS, ROWS[:, :1]])


def test_files_to_predict_have_labels_or_not(tmp_path, numbers):
    one = Numbers()
    one.learn([ROWS[:5, :1], ROWS[5:10, :1]])
    (tmp_path / "labelled.tsv").write_text("1\t1\t2\t3\t4\t5\n2\t6\t7\t8\t9\t0\n")
    (tmp_path / "bare.csv").write_text("1,2,3,4,5\n6,7,8,9,0\n")
    for name in ("labelled.tsv", "bare.csv"):
        rows = one.read_rows(tmp_path / name)
        assert [row.values.ravel().tolist() for row in rows] == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 0]]
        with pytest.raises(InputError, match="holds 2 series; expected one"):
            one.read_file(tmp_path / name)
    (tmp_path / "one.txt").write_text("1\n2\n3.5\n")
    assert one.read_file(tmp_path / "one.txt").tolist() == [[1], [2], [3.5]]
    (tmp_path / "walk.csv").write_text("x,y\n1,2\n3,4\n")
    assert numbers.read_file(tmp_path / "walk.csv").tolist() == [[1, 2], [3, 4]]
    (tmp_path / "words.csv").write_text("x,y\na,b\n")
    with pytest.raises(InputError, match=r"value 1 is 'a'; expected a finite number"):
        numbers.read_file(tmp_path / "words.csv")


@pytest.mark.parametrize("shape", [(3,), (0, 2), (3, 1), (1, 3, 2)])
def test_numbers_of_another_shape_are_refused(numbers, shape):
    with pytest.raises(InputError, match=r"the input has shape .*; expected \(T, 2\), T at least 1"):
        numbers.encode(np.zeros(shape))


def test_what_was_saved_is_restored(numbers, folder_of):
    restored = Numbers()
    restored.restore(folder_of(*numbers.saved()))
    np.testing.assert_array_equal(restored.encode(np.ones((3, 2))), numbers.encode(np.ones((3, 2))))
    assert (restored.rows, restored.convolution, restored.length) == (1, numbers.convolution, 0)
    assert numbers.convolution == 0  # as its series are short
    old = Numbers()
    old.restore(folder_of(numbers.scale.arrays(), {}))  # as version 0.1.0 saved it
    assert (old.rows, old.convolution, old.length) == (1, 0, 0)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"mean": ONES}, "lacks 'scale'"),
        ({"mean": ONES.astype(float), "scale": ONES}, r"float64 \(2,\) and float32"),
        ({"mean": ONES[:, None], "scale": ONES[:, None]}, "expected float32"),
        ({"mean": np.float32(1), "scale": np.float32(1)}, "expected float32"),
        ({"mean": ONES, "scale": np.ones(3, np.float32)}, "expected float32"),
        ({"mean": ONES, "scale": 0 * ONES}, "expected what is above 0"),
        ({"mean": ONES, "scale": ONES, "steps": np.array([0, 9, 0])}, "expected 3 whole numbers"),
        ({"mean": ONES, "scale": ONES, "steps": np.array([1, 9])}, "expected 3 whole numbers"),
    ],
)
def test_means_that_are_none_are_refused(folder_of, arrays, message):
    folder = folder_of({name: np.asarray(value) for name, value in arrays.items()}, {})
    with pytest.raises(InputError, match=message):
        Numbers().restore(folder)


@pytest.mark.parametrize("wrong", [["1", 2], [True, 2], [None, 2], [[1], 2], [10**400, 2], [1e39, 2], 5])
def test_a_message_holds_numbers_alone_and_a_wrong_one_changes_nothing(numbers, wrong):
    live = numbers.live()
    with pytest.raises(InputError, match=r"the input is list; expected numbers \(T, 2\)|step 1 .* not a finite number"):
        live.read({"numbers": [[1, 2], wrong]})
    assert not live.pending
    np.testing.assert_array_equal(live.read({"numbers": [[1, 2]]}), numbers.encode([[1, 2]]))
