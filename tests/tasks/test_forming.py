"""Answers of an encoder–decoder as they form, and what else may follow a part of one."""

import copy

import numpy as np
import pytest

from unrolled import InputError
from unrolled.arrays import flatten, unflatten
from unrolled.inputs.pairs import PairTexts
from unrolled.tasks.transduction import LearntPairs
from unrolled.tasks.translate import Translator
from unrolled.text.tokens import END, UNKNOWN

PAIRS = [("one two three", "eins zwei drei"), ("two three one", "zwei drei eins"), ("three one two", "drei eins zwei")]
RAW = "two one three"


@pytest.fixture(scope="module")
def model():
    """One that has learnt nothing: its weights are as they begin, which is quicker to have."""
    task = Translator(width=8, embedding=4, dropout=0.0, varied=False, tokens="word")
    sources, targets = zip(*PAIRS, strict=True)
    task.learnt_ = LearntPairs(PairTexts.learn(task, sources, targets), sources[0])
    task.weights_ = task.recipe().model(task.learnt_).initial(np.random.default_rng(0))
    return task


def test_the_last_of_what_forms_is_what_is_answered(model):
    *steps, last = model.forming(RAW, n_best=3, beam=4)
    expected = model.align([RAW], n_best=3, beam=4)[0]
    assert [one.translation for one in last] == [one.translation for one in expected]
    assert [*map(len, steps)] == [1] * len(steps)
    assert len(steps) >= len(last[0].ids)
    assert all(len(one.ids) <= number for number, (one,) in enumerate(steps, start=1))
    begun = list(expected[0].ids[:1])
    assert all(list(one.ids[:1]) == begun for one in [*model.forming(RAW, prefix=begun)][-1])
    assert [one.translation.text for one in [*model.forming("")][-1]] == [""]
    (drawn,) = model.forming(RAW, temperature=1.0)
    assert drawn[0].translation == model.align([RAW], temperature=1.0)[0][0].translation


def test_what_else_may_follow(model):
    prefix = list(model.align([RAW])[0][0].ids[:1])
    tokens = model.following(RAW, prefix, 3)
    assert len(set(tokens)) == 3
    assert not {END, UNKNOWN} & set(tokens)
    found = model.alternatives(RAW, prefix, 3)
    begun = [list(one.ids[:2]) for one in found]
    assert [ids for ids in ([*prefix, token] for token in tokens) if ids in begun] == begun  # some may read the same
    assert len({one.translation.text for one in found}) == len(found) > 1
    with pytest.raises(InputError, match="the prefix has the token 99"):
        model.alternatives(RAW, [99], 3)


def test_weights_mean_what_they_meant(model):
    """The answer of known weights, as a saved model must give it in later versions, too."""
    known = copy.copy(model)
    known.weights_ = unflatten({name: 4 * values for name, values in flatten(model.weights_).items()})
    begun = known.prefix_ids(RAW, "drei eins zwei")
    (answer,) = known.align([RAW], prefixes=[begun], beam=1)[0]
    assert list(answer.ids) == [2, 3, 4]
    assert answer.translation.text == "drei eins zwei"
    assert answer.translation.score == pytest.approx(0.066307, abs=1e-5)
    np.testing.assert_allclose(answer.attention[0], [0.0928, 0.1548, 0.0596, 0.6928], atol=1e-4)
