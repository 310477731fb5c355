from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from unrolled import InputError
from unrolled.sources.in_memory import check_paths, labelled, of_frame, shape_of

TEXTS = ["good film", "bad film", "fine day"]


@pytest.mark.parametrize(
    "inputs",
    [
        TEXTS,
        tuple(TEXTS),
        (text for text in TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, object),
        np.array(TEXTS)[:, None],
        pd.Series(TEXTS, index=[7, 8, 9]),
        pl.Series(TEXTS),
        pd.DataFrame({"any": TEXTS}),
        pl.DataFrame({"text": TEXTS, "year": [1, 2, 3]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_texts_as_people_hold_them(inputs):
    examples = labelled(inputs, [1, 0, 1], columns=("text", "label"))
    assert (examples.kind, examples.inputs, examples.targets) == ("text", TEXTS, [1, 0, 1])


@pytest.mark.parametrize(
    "inputs",
    [
        np.arange(12.0).reshape(3, 4),
        np.arange(12).reshape(3, 4, 1),
        list(np.arange(12.0).reshape(3, 4)),
        np.arange(12).reshape(3, 4).tolist(),
        pd.DataFrame(np.arange(12).reshape(3, 4)),
        pl.DataFrame(np.arange(12).reshape(3, 4)),
        pd.Series(list(np.arange(12.0).reshape(3, 4))),
    ],
    ids=lambda value: f"{type(value).__name__} {getattr(value, 'shape', '')}",
)
def test_series_of_numbers_as_people_hold_them(inputs):
    examples = labelled(inputs, ["a", "b", "a"])
    assert examples.kind == "numbers"
    np.testing.assert_array_equal(examples.inputs, np.arange(12).reshape(3, 4, 1))


def test_dna_and_clips_are_told_apart_from_texts_and_numbers():
    assert labelled(["ACGTACGTN", "ttttggggccr"], [0, 1]).kind == "dna"
    assert labelled(["ACT", "A CAT"], [0, 1]).kind == "text"
    clips = labelled([(np.zeros(5), 8_000), (np.zeros(3), np.int64(8_000))], [0, 1])
    assert (clips.kind, clips.inputs[1][1]) == ("sound", 8_000)
    assert labelled(["ACT"], [0], kind="dna").kind == "dna"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["p", "n", "p"], ["p", "n", "p"]),
        (np.array([3, 2, 3], np.int8), [3, 2, 3]),
        ([True, False, True], [True, False, True]),
        ([1, 1.0, 2], [1.0, 1.0, 2.0]),
        ([Decimal("1"), Decimal("2.0"), Decimal("1")], [1.0, 2.0, 1.0]),
        (np.array([["p"], ["n"], ["p"]]), ["p", "n", "p"]),
        ([[1], [0], [1]], [1, 0, 1]),
        (np.eye(3)[[2, 0, 1]], [2, 0, 1]),
        (np.eye(3, dtype=bool)[[2, 0, 1]], [2, 0, 1]),
        (pd.get_dummies(pd.Series(["p", "n", "p"])), ["p", "n", "p"]),
        (pd.Series(["p", "n", "p"], dtype="category"), ["p", "n", "p"]),
        (pd.Series([1, 0, 1], dtype="Int64"), [1, 0, 1]),
        (pl.DataFrame({"label": [1, 0, 1]}), [1, 0, 1]),
        ((label for label in "pnp"), ["p", "n", "p"]),
    ],
)
def test_labels_keep_their_type(labels, expected):
    targets = labelled(TEXTS, labels).targets
    assert targets == expected
    assert [type(target) for target in targets] == [type(value) for value in expected]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([1, 0, np.nan], np.float32), "input 2: the label is nan"),
        (np.array(["2020", "2021", "NaT"], "M8[Y]"), "input 2: the label is None"),
        (pd.to_datetime(pd.Series(["2020", "2021", None])), "input 2: the label is NaT"),
        (pd.Series([1, 0, pd.NA], dtype="Int64"), "input 2: the label is <NA>"),
        (pl.Series([1, 0, None]), "input 2: the label is None"),
        (np.array(["p", "n", np.nan]), "the labels: number 2 is 'nan' in an array of texts"),
        ([1, 0, "1"], "input 2: the label is '1', that of input 0 is 1; expected labels of one type"),
        ([1, 0, True], "input 2: the label is True"),
        ([0.5, 1.5, 0.5], "input 0: the label is 0.5. Unknown label type: continuous"),
        ([1, 0, float("inf")], "input 2: the label is inf"),
        (["p", "n", " "], "input 2: the label is empty"),
        (["p", "n", b"p"], "input 2: the label is b'p'"),
        (np.ones((3, 2)), "input 0: its labels are .* a single 1"),
        (np.zeros((3, 2)), "input 0: its labels are"),
        ([["a", "b"], ["a"], []], "the labels have different lengths"),
        (["p", "n"], "3 inputs and 2 labels"),
        ("pnp", "the labels: 'pnp'"),
        (None, "the labels: None"),
    ],
)
def test_what_is_no_label_is_named(labels, message):
    with pytest.raises(InputError, match=message):
        labelled(TEXTS, labels)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["a", "b", None], "input 2 is missing: None"),
        (["a", "b", float("nan")], "input 2 is missing: nan"),
        (pd.Series(["a", "b", None]), "input 2 is missing"),
        (["a", 5, "b"], r"input 1: 5 \(int\); expected a text"),
        (["a", "b", b"c"], "input 2: b'c' .* decode it first"),
        (np.array(["a", "b", np.nan]), "the inputs: number 2 is 'nan'"),
        ([["good", "film"], ["bad"], ["day"]], "input 0: list; .* join its words"),
        ([1.0, 2.0, 3.0], "input 0: .* Reshape your data"),
        (np.zeros((3, 4), complex), "input 0: Complex data not supported"),
        (csr_matrix(np.eye(3)), "the inputs: a sparse matrix"),
        (pd.DataFrame({"a": TEXTS, "b": TEXTS}), "a frame with the columns a, b"),
        ({"a": 1}, "the inputs: dict; expected a list"),
        (np.array("text"), "the inputs: ndarray of shape"),
    ],
)
def test_what_is_no_input_is_named_by_its_own_number(inputs, message):
    with pytest.raises(InputError, match=message):
        labelled(inputs, ["p", "n", "p"])


def test_groups_are_names():
    assert labelled(TEXTS, [1, 0, 1], pd.Series([7, 7, 8])).groups == ["7", "7", "8"]
    with pytest.raises(InputError, match="3 inputs and 1 groups"):
        labelled(TEXTS, [1, 0, 1], ["a"])
    with pytest.raises(InputError, match="input 1: the group is nan"):
        labelled(TEXTS, [1, 0, 1], [1.0, np.nan, 1.0])


def test_a_frame_with_both():
    frame = pl.DataFrame({"review": TEXTS, "mood": [1, 0, 1], "who": ["a", "b", "a"]})
    examples = of_frame(frame, ("review", "mood"), "who")
    assert examples is not None
    assert (examples.inputs, examples.targets, examples.groups) == (TEXTS, [1, 0, 1], ["a", "b", "a"])
    with pytest.raises(InputError, match="no column 'text'; the frame has review, mood, who"):
        of_frame(frame, ("text", "label"))
    assert of_frame("table.csv", ("text", "label")) is None


def test_inputs_without_labels_are_no_missing_paths(tmp_path):
    with pytest.raises(InputError, match="3 texts without labels, as 'good film'"):
        check_paths(TEXTS)
    with pytest.raises(InputError, match=r"ndarray of shape .* without labels"):
        check_paths(np.zeros((3, 4)))
    for path in ("a table.csv", tmp_path, ["a.csv", "b.csv"], [tmp_path]):
        check_paths(path)


def test_the_shape_of_nested_collections():
    assert shape_of("text") == ()
    assert shape_of([[1, 2], [3]]) == (2, 2)
    assert shape_of([np.zeros((3, 2))]) == (1, 3, 2)
    assert shape_of(pd.DataFrame(np.zeros((3, 2)))) == (3, 2)
    assert shape_of(pd.Series([np.zeros(4)])) == (1, 4)
