import json

import numpy as np
import pytest

from unrolled import InputError
from unrolled.data.labels import Labels
from unrolled.sources.labelled import labelled

SAVED = {"kind": "text", "labels": ["x", "y"], "counts": [2, 1], "temperature": 1.5, "accuracy": 0.75}


def test_labels_are_sorted_and_a_single_label_is_refused():
    assert Labels.of(labelled(["a", "b", "c"], ["y", "x", "y"])).labels == ["x", "y"]
    with pytest.raises(InputError, match="all 2 examples have the label 'x', as input 0 has; expected at least 2"):
        Labels.of(labelled(["a", "b"], ["x", "x"]))


def test_a_label_is_its_number_and_an_unknown_label_is_refused():
    examples = labelled(["a", "b", "c"], ["y", "x", "y"])
    assert Labels.of(examples).encode(examples).tolist() == [1, 0, 1]
    other = labelled(["a", "b"], ["x", "z"])
    with pytest.raises(InputError, match="input 1: the label 'z' is not in the training part: x, y"):
        Labels.of(examples).encode(other, "in the training part")


def test_rare_labels_weigh_as_much_as_frequent_ones():
    labels = Labels("text", ["x", "y"]).counted(np.array([0, 0, 0, 1]))
    assert labels.counts == [3, 1]
    assert labels.most_frequent == "x"
    assert (labels.weights() * labels.counts).tolist() == pytest.approx([2, 2])


def test_saved_labels_are_restored():
    labels = Labels.from_json(json.dumps(SAVED), "labels.json", ("text",))
    assert labels == Labels("text", ["x", "y"], [2, 1], 1.5, 0.75)
    assert Labels.from_json(labels.to_json(), "labels.json", ("text",)) == labels


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "smell"}, "kind is 'smell'; expected one of text, dna"),
        ({"labels": ["x"]}, "at least two texts"),
        ({"labels": ["x", 1]}, "at least two texts"),
        ({"counts": [1]}, "a whole number for each label"),
        ({"counts": [1, -1]}, "a whole number for each label"),
        ({"counts": [1, True]}, "a whole number for each label"),
        ({"temperature": 0}, "temperature is 0; expected a number from 1e-09"),
        ({"accuracy": True}, "accuracy is True; expected a number from 0"),
        ({"more": 1}, "expected kind, labels, counts, temperature, accuracy"),
    ],
)
def test_damaged_labels_are_refused(change, message):
    with pytest.raises(InputError, match=f"labels.json: .*{message}"):
        Labels.from_json(json.dumps(SAVED | change), "labels.json", ("text", "dna"))
