import numpy as np
import pytest

from unrolled import InputError
from unrolled.baselines import Sizes, choice
from unrolled.baselines.choice import Part
from unrolled.baselines.examples import BEST
from unrolled.inputs.features import Fixed, Grams

RNG = np.random.default_rng(0)


def counts(steps):
    return np.arange(3), np.bincount(steps, minlength=3).astype(np.float32)


def same(steps):
    return steps


SIZES = Sizes(2, (Fixed("counts", counts, 3), Grams("runs", same, 2)))


def ordered(examples):
    """Ones and twos, each once: which comes first is the label, and counts cannot tell."""
    targets = RNG.integers(0, 2, examples)
    return Part([np.array([0, 1, 2, 0] if target else [0, 2, 1, 0]) for target in targets], targets)


def counted(examples):
    """The label is whether there are more ones than twos."""
    encoded = [RNG.integers(0, 3, 30) for _ in range(examples)]
    return Part(encoded, np.array([int((one == 1).sum() > (one == 2).sum()) for one in encoded]))


@pytest.mark.parametrize("few", [0, 500])
def test_the_best_on_what_is_held_out_is_chosen_and_named(monkeypatch, few):
    monkeypatch.setattr(choice, "FEW", few)
    assert BEST.fit(counted(60), counted(30), SIZES).name == "counts + logistic regression"
    part = ordered(40)
    fitted = BEST.fit(part, ordered(20), SIZES)
    assert fitted.name == "runs + logistic regression"
    ((probabilities, targets),) = fitted.predictions(part)
    np.testing.assert_array_equal(probabilities.argmax(1), targets)
    again = BEST.restore(fitted.arrays(), SIZES)
    assert (again.name, again.loss(part)) == (fitted.name, fitted.loss(part))


def test_folds_hold_every_example_out_once_and_equal_parts_are_read_once():
    part, other = ordered(23), counted(9)
    for pool, folds in (choice._folds(part, part), choice._folds(part, other)):
        assert len(pool.encoded) in (23, 32)
        assert sorted(np.concatenate([held for _, held in folds])) == list(range(len(pool.encoded)))
        for fit, held in folds:
            assert not set(fit) & set(held)
            for target in (0, 1):
                assert abs((pool.targets[held] == target).sum() - (pool.targets == target).sum() / 5) <= 1
    assert choice._folds(ordered(1), ordered(1))[1] == []


def test_a_group_is_held_out_as_a_whole():
    speakers = np.array(["ann", "bob", "eve", "joe", "kim", "lea", "max"])[RNG.integers(0, 7, 60)]
    part = ordered(60)
    train, valid = (Part(part.encoded[a:b], part.targets[a:b], speakers[a:b].tolist()) for a, b in ((0, 45), (45, 60)))
    pool, folds = choice._folds(train, valid)
    assert list(pool.groups) == speakers.tolist()
    assert sorted(np.concatenate([held for _, held in folds])) == list(range(60))
    assert len(folds) == choice.FOLDS
    for fit, held in folds:
        assert not set(speakers[fit]) & set(speakers[held])
    assert choice._folds(part, Part(part.encoded, part.targets, ["ann"] * 60))[0].groups is None
    alone = Part(part.encoded, part.targets, ["ann"] * 60)
    assert choice._folds(alone, alone)[1] == []  # nothing can be held out


def test_of_much_data_a_sample_is_read_and_the_name_says_so(monkeypatch):
    part = counted(50)
    assert len(Part.sample(part, 50, 1_500).encoded) == 50
    assert len(Part.sample(part, 20, 10**6).encoded) == 20
    assert len(Part.sample(part, 50, 100).encoded) == 3
    assert len(Part.sample(part, 50, 1).encoded) == 1
    monkeypatch.setattr(choice, "FIT", (20, 10**6))
    fitted = BEST.fit(part, part, SIZES)
    assert fitted.name.endswith(" (of 20 examples)")
    assert BEST.restore(fitted.arrays(), SIZES).name == fitted.name


@pytest.mark.parametrize("examples", [1, 2, 3])
def test_next_to_nothing_is_learnt_from(examples):
    fitted = BEST.fit(ordered(examples), ordered(1), SIZES)
    assert np.isfinite(fitted.loss(ordered(5)))


def test_arrays_without_a_kind_are_those_of_the_first():
    part = counted(30)
    arrays = dict(BEST.fit(part, part, SIZES).arrays())
    old = BEST.restore({name: arrays[name] for name in ("W", "b")}, SIZES)
    assert old.name == "counts + logistic regression"
    for damage in (
        {"kind": np.frombuffer(b"magic", np.uint8)},
        {"kind": arrays["kind"][None]},
        {"kind": arrays["kind"].astype(np.int64)},
        {"examples": np.array([-1])},
        {"examples": np.array([1.0])},
        {"W": arrays["W"][:1]},
    ):
        with pytest.raises(InputError, match="the baseline"):
            BEST.restore(arrays | damage, SIZES)
