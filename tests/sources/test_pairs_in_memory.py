import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.pairs import read_pairs

PAIRS = [("a man", "ein Mann"), ("a dog", "ein Hund"), ("a cat", "eine Katze")]
SOURCES, TARGETS = [list(side) for side in zip(*PAIRS, strict=True)]


def pairs_of(examples):
    return list(zip(examples.inputs, examples.targets, strict=True))


@pytest.mark.parametrize(
    "data",
    [
        PAIRS,
        tuple(PAIRS),
        iter(PAIRS),
        [list(pair) for pair in PAIRS],
        [SOURCES, TARGETS],
        (SOURCES, TARGETS),
        (np.array(SOURCES), np.array(TARGETS)),
        zip(SOURCES, TARGETS, strict=True),
    ],
    ids=["tuples", "tuple", "iterator", "lists", "sides", "tuple of sides", "arrays", "zip"],
)
def test_pairs_in_collections(data):
    examples = read_pairs(data)
    assert pairs_of(examples) == PAIRS
    assert examples.where == ["pair 0", "pair 1", "pair 2"]


def test_two_pairs_are_tuples():
    assert pairs_of(read_pairs(PAIRS[:2])) == PAIRS[:2]
    assert pairs_of(read_pairs((SOURCES[:2], TARGETS[:2]))) == PAIRS[:2]
    with pytest.raises(InputError, match="expected tuples"):
        read_pairs([SOURCES[:2], TARGETS[:2]])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library):
    frames = pytest.importorskip(library)
    frame = frames.DataFrame({"n": [1, 2, 3], "target": TARGETS, "source": SOURCES})
    assert pairs_of(read_pairs(frame)) == PAIRS
    assert pairs_of(read_pairs(frame, ("target", "source"))) == [pair[::-1] for pair in PAIRS]
    assert pairs_of(read_pairs(frames.DataFrame({"en": SOURCES, "de": TARGETS}))) == PAIRS
    assert pairs_of(read_pairs((frame["source"], frame["target"]))) == PAIRS
    with pytest.raises(InputError, match="columns n, target, source; expected two of them"):
        read_pairs(frame, ("en", "de"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((SOURCES, TARGETS[:2]), "3 sources and 2 targets"),
        ([*PAIRS, ("a", "b", "c")], "pair 3: .*; expected a path, tuples"),
        ([*PAIRS, "a"], "pair 3: 'a'; expected a path, tuples"),
        ([*PAIRS, ("a", None)], "pair 3: the target is missing"),
        ([*PAIRS, (1, "a")], "pair 3: the source: 1 "),
        ([*PAIRS, ("", "a")], "pair 3: the source is empty"),
        (["a man", "a dog"], "2 texts without targets, as 'a man'"),
        (3, "int; expected a path"),
        ([], "0 pairs of texts"),
    ],
)
def test_what_is_no_pair_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_pairs(data)
