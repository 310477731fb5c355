"""A translation memory finds the pair whose source is most like the input."""

import numpy as np
import pytest

from unrolled.baselines.nearest_sentence import NearestSentence
from unrolled.errors import InputError

SOURCES = ["A man rides a bike.", "Two dogs play in the snow.", "A woman rides a horse.", "The snow is white."]
TARGETS = ["eins", "zwei", "drei", "vier"]


def test_the_nearest_source_answers():
    memory = NearestSentence.fit(SOURCES, TARGETS)
    assert memory.answers(SOURCES) == TARGETS
    assert memory.answers(["a WOMAN on a horse", "white snow", "dogs and more dogs"]) == ["drei", "vier", "zwei"]
    assert memory.answers(["", "xyzzy"]) == ["", ""]


def test_the_cosine_is_that_of_its_definition():
    memory = NearestSentence.fit(SOURCES, TARGETS)
    features = [memory._features(source) for source in SOURCES]
    names = sorted({name for document in features for name in document})
    table = np.array([[document.count(name) for name in names] for document in features], float)
    idf = np.log((1 + 4) / (1 + (table > 0).sum(0))) + 1
    table = table * idf / np.linalg.norm(table * idf, axis=1, keepdims=True)
    rng = np.random.default_rng(0)
    for _ in range(20):
        query = " ".join(rng.choice(["a", "man", "rides", "horse", "the", "snow", "dogs"], 4))
        counts = np.array([memory._features(query).count(name) for name in names])
        assert memory.answers([query]) == [TARGETS[int((table @ (counts * idf)).argmax())]]


def test_words_are_compared_by_their_letters():
    memory = NearestSentence.fit(["nation", "cat", "phone"], ["N", "K", "F"])
    assert memory.answers(["Station", "cats", "phones"]) == ["N", "K", "F"]


def test_saved_and_restored_it_answers_the_same():
    memory = NearestSentence.fit(SOURCES, TARGETS)
    restored = NearestSentence.restore({name: array.copy() for name, array in memory.arrays().items()})
    assert restored.answers(["a horse in the snow"]) == memory.answers(["a horse in the snow"])
    with pytest.raises(InputError, match="4 sources and 0 targets"):
        NearestSentence.restore({**memory.arrays(), "targets": np.zeros(0, np.uint8)})
