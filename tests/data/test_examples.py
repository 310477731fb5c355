import dataclasses

import numpy as np
import pytest

from unrolled import InputError
from unrolled.data.examples import Examples
from unrolled.sources.labelled import labelled


def test_a_split_has_every_label_and_parts_no_equal_inputs():
    texts = [f"text {i % 40}" for i in range(200)]
    examples = labelled(texts, ["a" if i % 40 < 30 else "b" for i in range(200)])
    rest, held_out = examples.split(0.2, 0)
    assert not set(rest.inputs) & set(held_out.inputs)
    assert sorted([*rest.inputs, *held_out.inputs]) == sorted(texts)
    assert (held_out.targets.count("a"), held_out.targets.count("b")) == (30, 10)
    assert examples.split(0.2, 0)[1].inputs == held_out.inputs != examples.split(0.2, 1)[1].inputs


def test_inputs_with_several_labels_are_learnt_from_so_that_no_label_is_only_measured():
    examples = labelled(["a"] * 2 + ["b", "c", "d", "e"], ["x", "rare", "x", "x", "y", "y"])
    for seed in range(8):
        rest, _ = examples.split(0.5, seed)
        assert set(rest.targets) == {"x", "y", "rare"}


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ([4, 4, 4, 4, 4, 4], 0.1, 2),  # a tenth of each alone would be none of any
        ([90, 10], 0.2, 20),
        ([1, 1, 38], 0.1, 4),
        ([2, 2], 0.01, 1),
    ],
)
def test_every_label_gives_its_share(counts, share, expected):
    labels = [f"label {number}" for number, count in enumerate(counts) for _ in range(count)]
    rest, held_out = labelled([f"text {row}" for row in range(len(labels))], labels).split(share, 0)
    assert (len(held_out), set(rest.targets)) == (expected, set(labels))
    for number, count in enumerate(counts):
        assert abs(held_out.targets.count(f"label {number}") - share * count) < 1


def test_a_fingerprint_tells_inputs_and_labels_apart():
    fingerprint = labelled(["a", "b"], ["x", "y"]).fingerprint()
    assert fingerprint == labelled(["a", "b"], ["x", "y"]).fingerprint()
    assert fingerprint != labelled(["a", "b"], ["y", "x"]).fingerprint()
    assert fingerprint != labelled(["ab", ""], ["x", "y"]).fingerprint()


def test_examples_are_taken_by_row():
    examples = Examples("text", ["a", "b", "c"], ["x", "y", "z"], ["1", "2", "3"])
    assert examples.take([2, 0]) == Examples("text", ["c", "a"], ["z", "x"], ["3", "1"])


def test_a_group_is_never_divided():
    groups = [f"speaker {number % 10}" for number in range(200)]
    examples = labelled([f"text {number}" for number in range(200)], ["a", "b"] * 100)
    rest, held_out = dataclasses.replace(examples, groups=groups).split(0.2, 0)
    speakers = [{groups[int(text.split()[1])] for text in part.inputs} for part in (rest, held_out)]
    assert not speakers[0] & speakers[1]
    assert (len(rest), len(held_out)) == (160, 40)
    assert len(dataclasses.replace(examples, groups=["a", "b"] * 100).split(0.1, 0)[1]) == 100  # one of two


@pytest.mark.parametrize("kind", ["sound", "numbers"])
def test_targets_may_be_arrays(kind):
    arrays = [np.full((3, 2), number, np.float32) for number in range(10)]
    inputs = [(array, 8_000) for array in arrays] if kind == "sound" else arrays
    examples = Examples(kind, inputs, arrays, [f"input {number}" for number in range(10)])
    rest, held_out = examples.split(0.5, 0)
    assert len(rest) + len(held_out) == 10
    other = Examples(kind, inputs, arrays[::-1], examples.where)
    assert examples.fingerprint() == examples.take(range(10)).fingerprint() != other.fingerprint()


def test_another_kind_is_refused_where_its_first_example_stands():
    with pytest.raises(InputError, match="input 0: numbers; expected text, what the model was made for"):
        labelled([[1.0, 2.0]], ["up"]).check_kind("text")


def test_an_input_has_all_its_targets_for_references():
    examples = Examples("pairs", ["x", "y", "x"], ["a b", "f", "k"], ["t:1", "t:2", "t:3"])
    assert examples.with_references() == (["x", "y"], [["a b", "k"], ["f"]])
