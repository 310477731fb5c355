"""The n-gram against the paper's equations, written slowly over dictionaries."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.baselines import NGram, Sizes
from unrolled.baselines.ngram import ngram
from unrolled.data.token_file import write_tokens
from unrolled.errors import InputError
from unrolled.text.tokens import Tokenizer

ORDERS = (1, 2, 3, 5, 8)


class SlowKneserNey:
    """Chen & Goodman 1999, equations 24 to 27 with recursion down to the uniform distribution."""

    def __init__(self, ids, vocabulary_size, order):
        self.vocabulary_size = vocabulary_size
        text = [1, *ids]
        seen = {
            k: Counter(tuple(text[i : i + k]) for i in range(k == 1, len(text) - k + 1)) for k in range(1, order + 1)
        }
        self.counts = dict(seen)
        for k in range(1, order):
            before = defaultdict(set)
            for gram in seen[k + 1]:
                before[gram[1:]].add(gram[0])
            self.counts[k] = {gram: len(before[gram]) or times for gram, times in seen[k].items()}
        self.discounts = {k: self.estimate(list(counts.values())) for k, counts in self.counts.items()}

    @staticmethod
    def estimate(counts):
        n = [counts.count(k) for k in range(5)]
        if 0 in n[1:]:
            return [0, 0.5, 1.0, 1.5]
        y = n[1] / (n[1] + 2 * n[2])
        discounts = [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]
        return [0, *discounts] if min(discounts) > 0 else [0, 0.5, 1.0, 1.5]

    def probability(self, context, word):
        k = len(context) + 1
        shorter = self.probability(context[1:], word) if context else 1 / self.vocabulary_size
        after = {gram[-1]: count for gram, count in self.counts[k].items() if gram[:-1] == context}
        if not after:
            return shorter
        own = after.get(word, 0)
        left = sum(self.discounts[k][min(count, 3)] for count in after.values())
        return (own - self.discounts[k][min(own, 3)] + left * shorter) / sum(after.values())


def corpus(seed, length, vocabulary_size):
    """Skewed and repetitive, so that every count of counts is met."""
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, vocabulary_size + 1)
    return random.choice(vocabulary_size, length, p=weights / weights.sum())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("length", "vocabulary_size"), [(0, 2), (1, 3), (2, 3), (4, 4), (30, 3), (300, 12), (300, 80)])
def test_equals_the_equations(order, length, vocabulary_size):
    ids = corpus(length, length, vocabulary_size)
    model, slow = NGram.fit(ids, vocabulary_size, order), SlowKneserNey(ids.tolist(), vocabulary_size, order)
    for held_out in (corpus(1, 12, vocabulary_size), ids[:12]):
        text = [1, *held_out.tolist()]
        contexts = [tuple(text[max(0, i - order + 1) : i]) for i in range(1, len(text))]
        expected = np.array([[slow.probability(u, w) for w in range(vocabulary_size)] for u in contexts])
        expected = expected.reshape(len(held_out), vocabulary_size)
        rows = np.concatenate([np.empty((0, vocabulary_size)), *(p for p, _ in model.distributions(held_out, 5))])
        np.testing.assert_allclose(rows, expected, rtol=2e-6, atol=0)
        own = expected[np.arange(len(held_out)), held_out]
        np.testing.assert_allclose(model.log_probabilities(held_out), np.log(own), rtol=0, atol=2e-6)


def test_the_paper_s_discounts_are_met():
    """The comparison above is worth something only if some level's discounts come from counts of counts."""
    slow = SlowKneserNey(corpus(300, 300, 80).tolist(), 80, 3)
    assert sum(discounts != [0, 0.5, 1.0, 1.5] for discounts in slow.discounts.values()) >= 2


@pytest.mark.parametrize("order", ORDERS)
def test_every_distribution_sums_to_one_and_leaves_nothing_out(order):
    model = NGram.fit(corpus(2, 5000, 300), 300, order)
    for probabilities, targets in model.distributions(corpus(3, 700, 400) % 300, block=256):
        assert probabilities.dtype == np.float32
        assert probabilities.shape == (len(targets), 300)
        assert probabilities.min() > 0
        np.testing.assert_allclose(probabilities.sum(axis=1, dtype=np.float64), 1, rtol=0, atol=1e-6)


@pytest.mark.parametrize("order", ORDERS)
def test_one_context_equals_the_stream(order):
    ids = corpus(4, 2000, 50)
    model = NGram.fit(ids, 50, order)
    text = corpus(5, 20, 50)
    stream = np.concatenate([p for p, _ in model.distributions(text, block=3)])
    for place in range(len(text)):
        np.testing.assert_array_equal(model.distribution(text[:place].tolist()), stream[place])


def test_blocks_do_not_change_the_answer(monkeypatch):
    ids = corpus(6, 3000, 40)
    model = NGram.fit(ids, 40)
    whole = model.log_probabilities(ids[:100])
    monkeypatch.setattr("unrolled.baselines.ngram.ROWS", 2)
    np.testing.assert_array_equal(model.log_probabilities(ids[:100]), whole)


def test_an_unseen_context_falls_back_to_the_shorter_one():
    model = NGram.fit(np.array([2, 3, 1, 2, 3, 1]), 6, 3)
    np.testing.assert_array_equal(model.distribution([5, 4, 4]), model.distribution([4, 5, 5]))
    np.testing.assert_allclose(model.distribution([5, 2]), model.distribution([4, 4, 2]))
    assert model.distribution([4, 2]).argmax() == 3


def test_an_empty_corpus_gives_the_uniform_distribution():
    model = NGram.fit(np.array([], np.int64), 4)
    np.testing.assert_allclose(model.distribution([2, 3]), 0.25)
    assert model.log_probabilities(np.array([], np.int64)).shape == (0,)
    assert list(model.distributions(np.array([], np.int64))) == []


def test_no_more_than_the_limit_is_read():
    ids = corpus(7, 500, 20)
    model = NGram.fit(np.append(ids, 10**6), 20, limit=500)
    assert model.fitted_tokens == 500
    np.testing.assert_array_equal(model.log_probabilities(ids), NGram.fit(ids, 20).log_probabilities(ids))


@pytest.mark.parametrize(
    ("ids", "vocabulary_size", "order"), [([0, 5], 5, 3), ([-1], 5, 3), ([2], 5, 0), ([2], 5, 9), ([0], 1, 2)]
)
def test_a_wrong_call_raises(ids, vocabulary_size, order):
    with pytest.raises(ValueError, match="expected"):
        NGram.fit(np.array(ids), vocabulary_size, order)


def test_a_context_outside_the_vocabulary_raises():
    with pytest.raises(ValueError, match="expected 0 to 4"):
        NGram.fit(np.array([2, 3]), 5).distribution([2, 5])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("length", [0, 1, 2000])
def test_arrays_bring_the_same_model_back(order, length):
    ids = corpus(8, length, 300)
    model = NGram.fit(ids, 300, order)
    stored = model.arrays()
    back = NGram.from_arrays({name: stored[name].copy() for name in sorted(stored)})
    assert (back.order, back.vocabulary_size, back.fitted_tokens) == (order, 300, length)
    np.testing.assert_array_equal(back.log_probabilities(ids), model.log_probabilities(ids))
    assert all(values.dtype.itemsize <= 2 for name, values in stored.items() if name != "tokens")


def test_memory_maps_are_read(tmp_path):
    ids = corpus(9, 1000, 30).astype(np.uint16)
    ids.tofile(tmp_path / "tokens")
    mapped = np.memmap(tmp_path / "tokens", np.uint16, "r")
    expected = NGram.fit(ids, 30).log_probabilities(ids)
    np.testing.assert_array_equal(NGram.fit(mapped, 30).log_probabilities(mapped), expected)


STORED = NGram.fit(corpus(10, 60, 6), 6, 3).arrays()
DTYPES = st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int64, np.float32, np.bool_])


@st.composite
def damaged(draw):
    """The arrays of a good model after one to three random injuries."""
    stored = {name: values.copy() for name, values in STORED.items()}
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(stored)))
        values = stored[name]
        kind = draw(st.sampled_from(["value", "length", "cast", "shape", "drop", "add", "swap"]))
        if kind == "value" and values.size:
            values.flat[draw(st.integers(0, values.size - 1))] = draw(st.integers(0, 255)) % 128
        elif kind == "length":
            stored[name] = np.resize(values, draw(st.integers(0, 2 * values.size + 1)))
        elif kind == "cast":
            stored[name] = values.astype(draw(DTYPES))
        elif kind == "shape":
            stored[name] = values.reshape(draw(st.sampled_from([(1, -1), (-1, 1)]))) if values.size else values
        elif kind == "drop":
            del stored[name]
        elif kind == "add":
            stored[draw(st.sampled_from(["4.counts", "4.words", "0.counts", ".counts", "7.sizes", "x"]))] = values
        else:
            other = draw(st.sampled_from(sorted(stored)))
            stored[name], stored[other] = stored[other], values
        if not stored:
            break
    return stored


@settings(max_examples=400, deadline=None, derandomize=True)
@given(damaged())
def test_damaged_arrays_give_a_clear_error_or_a_valid_model(stored):
    try:
        model = NGram.from_arrays(stored)
    except InputError:
        return
    text = corpus(11, 20, 6) % model.vocabulary_size
    for probabilities, _ in model.distributions(text):
        assert probabilities.min() > 0
        np.testing.assert_allclose(probabilities.sum(axis=1, dtype=np.float64), 1, rtol=0, atol=1e-6)
    assert np.isfinite(model.log_probabilities(text)).all()


def with_word(place, word):
    """The two-grams' last words with one of them changed."""
    words = STORED["2.words"].copy()
    words[place] = word
    return words


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tokens", np.array([3], np.int64)),
        ("1.counts", np.array([3], np.uint8)),
        ("1.counts", np.array([[3, 3]], np.uint8)),
        ("2.words", STORED["2.words"][::-1]),
        ("2.words", STORED["2.words"] + np.uint8(6)),
        ("2.words", with_word(-1, 6)),  # the first id outside, where the order still holds
        ("2.words", with_word(1, STORED["2.words"][0])),  # the same n-gram twice
        ("2.counts", np.zeros_like(STORED["2.counts"])),
        ("2.counts", STORED["2.counts"][1:]),
        ("3.sizes", STORED["3.sizes"][1:]),
        ("3.sizes", STORED["3.sizes"] * np.uint8(2)),
        ("3.counts", STORED["3.counts"].astype(np.float32)),
    ],
)
def test_the_damaged_array_is_named(name, values):
    with pytest.raises(InputError, match=name):
        NGram.from_arrays(STORED | {name: values})


def test_it_is_a_baseline_of_a_corpus(tmp_path):
    text = ["the sky is blue", "the sea is blue and wide"] * 30
    words = Tokenizer.train("word", text, 20)
    part, sizes = write_tokens(tmp_path / "tokens", text, words), Sizes(len(words))
    fitted = ngram(3).fit(part, part, sizes)
    assert fitted.name == "Kneser–Ney 3-gram"
    assert fitted.loss(part) == pytest.approx(-fitted.log_probabilities(part.ids).mean())
    blocks = list(fitted.predictions(part))
    np.testing.assert_array_equal(np.concatenate([targets for _, targets in blocks]), part.ids)
    nats = [-np.log(p[np.arange(len(t)), t].astype(np.float64)) for p, t in blocks]
    assert np.concatenate(nats).mean() == pytest.approx(fitted.loss(part), rel=1e-5)
    again = ngram(3).restore(fitted.arrays(), sizes)
    assert again.loss(part) == fitted.loss(part)
    with pytest.raises(InputError, match=f"knows {len(words)} tokens; expected the 99 of tokenizer.json"):
        ngram(3).restore(fitted.arrays(), Sizes(99))
