import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from unrolled import InputError
from unrolled.inputs import features
from unrolled.inputs.features import BREAK, Fixed, Grams, moments, resampled, values_at

RNG = np.random.default_rng(0)
DOCUMENTS = [RNG.integers(0, 5, length) for length in (7, 0, 1, 12, 3, 9)]


def same(steps):
    return steps


def dense(learnt, encoded):
    table = np.zeros((len(encoded), learnt.width))
    for row, (places, values) in zip(table, learnt.vectors(encoded), strict=True):
        row[places] = values
    return table


@pytest.mark.parametrize("block", [1, 8, 2**20])
def test_tf_idf_of_runs_is_that_of_scikit_learn(monkeypatch, block):
    monkeypatch.setattr(features, "_BLOCK", block)
    texts = [" ".join(map(str, document)) for document in DOCUMENTS]
    library = TfidfVectorizer(ngram_range=(1, 3), sublinear_tf=True, token_pattern=r"\d")
    expected = library.fit_transform(texts).toarray()
    ours = dense(Grams("runs", same, 3).learn(DOCUMENTS, 1_000), DOCUMENTS)
    assert ours.shape == expected.shape
    np.testing.assert_allclose(np.sort(ours), np.sort(expected), atol=1e-6)  # columns stand in another order
    np.testing.assert_allclose(ours @ ours.T, expected @ expected.T, atol=1e-6)


def test_no_run_crosses_a_break_and_the_most_frequent_are_kept():
    grams = Grams("runs", same, 2)
    document = np.array([1, 2, BREAK, 1, 2])
    assert grams.learn([document], 9).width == 3  # 1, 2 and 1 2, but not 2 1
    often = grams.learn([np.array([3, 4]), np.array([4]), np.array([4, 5])], 1)
    (places, values), (none, _) = often.vectors([np.array([4, 9, 4]), np.array([9])])
    assert (places.tolist(), values.tolist(), none.tolist()) == ([0], [1.0], [])


def test_what_was_learnt_is_restored():
    grams = Grams("runs", same, 2)
    learnt = grams.learn(DOCUMENTS, 50)
    again = grams.restore(learnt.arrays())
    np.testing.assert_array_equal(dense(again, DOCUMENTS), dense(learnt, DOCUMENTS))
    runs, idf = learnt.keys, learnt.idf
    for damaged in (
        {},
        {"runs": runs},
        {"runs": runs.astype(np.int64), "idf": idf},
        {"runs": runs, "idf": idf.astype(np.float64)},
        {"runs": runs, "idf": idf[1:]},
        {"runs": runs[::-1], "idf": idf},
        {"runs": runs[None], "idf": idf[None]},
        {"runs": runs, "idf": idf * 0},
    ):
        with pytest.raises(InputError, match="the baseline's"):
            grams.restore(damaged)


def test_nothing_to_learn_from_gives_empty_vectors():
    learnt = Grams("runs", same, 2).learn([np.zeros(0, np.int64)], 9)
    assert learnt.width == 0
    assert [len(places) for places, _ in learnt.vectors(DOCUMENTS)] == [0] * len(DOCUMENTS)
    assert learnt.vectors([]) == []


def test_fixed_features_need_no_learning():
    fixed = Fixed("first", lambda steps: (np.arange(1), steps[:1].astype(np.float32)), 1)
    assert fixed.learn([], 9) is fixed.restore(fixed.arrays()) is fixed
    assert [values.tolist() for _, values in fixed.vectors([np.array([3, 4])])] == [[3.0]]


@pytest.mark.parametrize(("length", "parts"), [(1, 4), (3, 4), (9, 4), (8, 1)])
def test_moments_are_those_of_each_stretch_of_time(length, parts):
    steps = RNG.normal(size=(length, 2)).astype(np.float32)
    places, values = moments(steps, parts)
    np.testing.assert_array_equal(places, range(4 * parts))
    first = steps[: max(length // parts, 1)]
    np.testing.assert_allclose(values[:4], [*first.mean(0), *first.std(0)], atol=1e-6)
    assert np.isfinite(values).all()


def test_series_are_brought_to_one_length():
    steps = np.stack([np.arange(5), 10 - np.arange(5)], 1).astype(np.float32)
    np.testing.assert_array_equal(resampled(steps, 5), steps)
    np.testing.assert_allclose(resampled(steps, 3), steps[[0, 2, 4]])
    np.testing.assert_allclose(resampled(steps, 9)[:, 0], np.arange(9) / 2)
    np.testing.assert_array_equal(resampled(steps[:1], 3), steps[[0, 0, 0]])
    np.testing.assert_array_equal(values_at(steps, 1)[1], steps[0])
