import numpy as np
import pytest

from unrolled import InputError
from unrolled.data.pair_batches import PairBatches

RNG = np.random.default_rng(0)
END = 1
PAIRS = [
    (np.append(RNG.integers(2, 50, size), END), RNG.integers(2, 50, max(size + int(RNG.integers(-2, 3)), 1)))
    for size in np.minimum(RNG.geometric(0.08, 12_000) + 2, 40).tolist()
]


def test_an_epoch_has_every_pair_once_in_an_order_of_its_own():
    batches = PairBatches(PAIRS[:100], END, 8, seed=3)
    orders = []
    for epoch in range(2):
        seen = []
        for index in range(len(batches)):
            batch = batches.at(epoch * len(batches) + index)
            for source, length, inputs, targets, end in zip(*batch, strict=True):
                assert inputs[0] == END
                assert targets[end - 1] == END
                assert (inputs[1:end] == targets[: end - 1]).all()
                assert not targets[end:].any()
                seen.append((*source[:length].tolist(), -1, *targets[:end].tolist()))
        orders.append(seen)
    expected = sorted((*source.tolist(), -1, *target.tolist(), END) for source, target in PAIRS[:100])
    assert [sorted(seen) for seen in orders] == [expected, expected]
    assert orders[0] != orders[1]


def test_little_of_a_batch_is_padding():
    batches = PairBatches(PAIRS, END, 64)
    assert np.mean([batches.at(step).padding for step in range(len(batches))]) < 0.05
    assert batches.items == sum(len(target) + 1 for _, target in PAIRS)


def test_any_step_can_be_asked_for_first_and_pairs_vary_again_at_each():
    def vary(row, rng):
        return PAIRS[row][0], rng.integers(2, 50, 3)

    batches = PairBatches(PAIRS[:20], END, 4, vary=vary)
    later, first = batches.at(7), batches.at(2)
    again = PairBatches(PAIRS[:20], END, 4, vary=vary)
    for one, other in ((again.at(2), first), (again.at(7), later)):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(batches.at(0).targets, batches.at(5).targets)
    assert sum(len(batch.sources) for batch in batches.all()) == 20


def test_training_starts_from_how_frequent_tokens_are():
    shares = np.exp(PairBatches([(np.array([2, END]), np.array([3, 3, 4]))], END, 1).log_shares(10))
    assert shares.sum() == pytest.approx(1)
    assert shares[3] > shares[4] == shares[END] > 10 * shares[5] > 0


def test_no_pairs_are_refused():
    with pytest.raises(InputError, match="no pairs; expected at least 1"):
        PairBatches([], END, 4)
