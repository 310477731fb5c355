"""Each vectorizer alone and as a step of scikit-learn's pipelines."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline

from unrolled.errors import InputError
from unrolled.text.cutting import words
from unrolled.text.vectorize import VECTORIZERS, Count, OneHot, Sequences, TfIdf, Word2Vec
from unrolled.text.word_vectors import WordVectors

FIXED_MYSELF, HAD_IT_FIXED = "I had fixed my laptop", "I had my laptop fixed"
TEXTS = [FIXED_MYSELF, HAD_IT_FIXED, "My laptop, my friend!", "a friend had a friend's laptop", ""]
SETTINGS = {"word2vec": {"size": 7, "min_count": 1, "epochs": 2}}


def made(name):
    return VECTORIZERS[name](**SETTINGS.get(name, {}))


@pytest.fixture(params=VECTORIZERS)
def name(request):
    return request.param


def rows(transformed):
    """The vectors as a list of arrays."""
    return list(transformed) if isinstance(transformed, Sequences) else list(transformed.toarray())


def test_two_orders_of_the_same_words_are_one_bag_and_two_sequences(name):
    one, other = rows(made(name).fit(TEXTS).transform([FIXED_MYSELF, HAD_IT_FIXED]))
    assert one.shape == other.shape
    assert np.array_equal(one, other) == (not VECTORIZERS[name].keeps_order)
    assert np.abs(one).sum() > 0
    if VECTORIZERS[name].keeps_order:
        np.testing.assert_array_equal(one[[0, 1, 3, 4, 2]], other)


def test_the_two_kinds_keep_what_their_table_says():
    assert {name: kind.keeps_order for name, kind in VECTORIZERS.items()} == {
        "count": False,
        "tf-idf": False,
        "one-hot": True,
        "word2vec": True,
    }


def test_shapes_types_and_names_of_steps(name):
    vectorizer = made(name).fit(TEXTS)
    transformed = vectorizer.transform(["my laptop and my unheard-of friend", ""])
    assert len(rows(transformed)) == 2
    if vectorizer.keeps_order:
        assert transformed[0].shape == (len(vectorizer.words("my laptop and my unheard-of friend")), vectorizer.width)
        assert transformed[1].shape == (0, vectorizer.width)
        assert not transformed[0][4].any()  # unheard-of
        np.testing.assert_array_equal(transformed[0][0], transformed[0][3])
    else:
        assert transformed.shape == (2, vectorizer.width)
        assert transformed[1].nnz == 0
    assert transformed[0].dtype == np.float32


@pytest.mark.parametrize("settings", [{}, {"vocabulary": 3}, {"min_documents": 2}, {"lowercase": False}], ids=str)
def test_bags_are_scikit_learns(settings):
    theirs = {
        "analyzer": lambda text: words(text, settings.get("lowercase", True)),
        "max_features": settings.get("vocabulary"),
        "min_df": settings.get("min_documents", 1),
    }
    for own, peer in ((Count(**settings), CountVectorizer(**theirs)), (TfIdf(**settings), TfidfVectorizer(**theirs))):
        expected = peer.fit_transform(TEXTS)
        transformed = own.fit_transform(TEXTS)
        assert own.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()
        assert transformed.has_sorted_indices
        np.testing.assert_allclose(transformed.toarray(), expected.toarray(), rtol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_bags_of_random_texts_have_scikit_learns_words(seed):
    """Many words occur equally often, so that which of them are kept is the order of ties alone."""
    rng = np.random.default_rng(seed)
    names = [f"w{number}" for number in range(rng.integers(2, 400))]
    texts = [" ".join(rng.choice(names, rng.integers(0, 30))) for _ in range(rng.integers(1, 60))] + ["w0"]
    for vocabulary in (1, 7, 50, 200, None):
        for min_documents in (1, 2):
            theirs = {"analyzer": str.split, "max_features": vocabulary, "min_df": min_documents}
            pairs = ((Count, CountVectorizer(**theirs)), (TfIdf, TfidfVectorizer(**theirs)))
            for own, peer in ((kind(vocabulary=vocabulary, min_documents=min_documents), peer) for kind, peer in pairs):
                try:
                    expected = peer.fit_transform(texts)
                except ValueError:
                    with pytest.raises(InputError, match=f"no word occurs in {min_documents} of"):
                        own.fit(texts)
                    continue
                transformed = own.fit_transform(texts)
                assert list(own.vocabulary_) == peer.get_feature_names_out().tolist()
                np.testing.assert_allclose(transformed.toarray(), expected.toarray(), rtol=1e-6)
                if own.arrays().keys() > {"tokens"}:
                    np.testing.assert_array_equal(own.idf_, peer.idf_.astype(np.float32))


def test_one_hot_has_the_most_frequent_words_first():
    vectorizer = OneHot(vocabulary=3).fit(["b a", "b c c b", "d"])
    assert list(vectorizer.vocabulary_) == ["b", "c", "a"]
    (transformed,) = vectorizer.transform(["a d B"])
    np.testing.assert_array_equal(transformed, [[0, 0, 1], [0, 0, 0], [1, 0, 0]])
    assert OneHot(lowercase=False).fit(["B b"]).width == 2


def test_word2vec_reads_a_file_and_finds_words_in_other_letters(tmp_path):
    WordVectors(["Paris", "sky"], np.array([[1.0, 2], [3, 4]])).write(tmp_path / "v.txt")
    (transformed,) = Word2Vec(file=tmp_path / "v.txt").fit(["whatever"]).transform(["PARIS the sky"])
    np.testing.assert_array_equal(transformed, [[1, 2], [0, 0], [3, 4]])


def test_word2vec_is_deterministic_in_its_seed():
    texts = TEXTS * 20
    one, again, other = (Word2Vec(size=5, seed=seed).fit(texts).vectors_ for seed in (1, 1, 2))
    assert one.tokens == again.tokens
    np.testing.assert_array_equal(one.vectors, again.vectors)
    assert not np.array_equal(one.vectors, other.vectors)


def test_sequences_are_a_list_whose_arrays_are_made_when_asked_for():
    transformed = OneHot().fit(TEXTS).transform(TEXTS)
    assert len(transformed) == len(TEXTS)
    np.testing.assert_array_equal(transformed[-1], transformed[len(TEXTS) - 1])
    assert [one.shape for one in transformed[1:3]] == [one.shape for one in list(transformed)[1:3]]
    with pytest.raises(IndexError):
        transformed[len(TEXTS)]


def test_scikit_learn_clones_and_sets_it(name):
    vectorizer = made(name).fit(TEXTS)
    twin = clone(vectorizer)
    assert twin.get_params() == vectorizer.get_params()
    with pytest.raises(InputError, match="has learnt nothing yet"):
        twin.transform(TEXTS)
    assert twin.set_params(lowercase=False) is twin
    assert not twin.lowercase
    with pytest.raises(InputError, match="no setting 'lowercaes'; it has lowercase"):
        twin.set_params(lowercaes=False)


REVIEWS = ["a good film", "film, good and funny", "bad film", "so bad a film", "a funny good film", "long bad film"] * 5
LABELS = [1, 1, 0, 0, 1, 0] * 5


@pytest.mark.parametrize("vectorizer", [Count(), TfIdf()], ids=["count", "tf-idf"])
def test_bags_are_steps_of_a_pipeline(vectorizer):
    pipeline = Pipeline([("vectors", vectorizer), ("decision", LogisticRegression())])
    assert cross_val_score(pipeline, REVIEWS, LABELS, cv=3).mean() == 1
    search = GridSearchCV(pipeline, {"vectors__vocabulary": [1, None]}, cv=2).fit(REVIEWS, LABELS)
    assert search.best_params_ == {"vectors__vocabulary": None}
    assert "funny" in search.best_estimator_[:-1].get_feature_names_out()


class SumsOfSteps(ClassifierMixin, BaseEstimator):
    """A user's estimator that takes a list of arrays (T, width), T at least 1."""

    def fit(self, X, y):
        self.inner_ = LogisticRegression(C=100).fit(self._features(X), y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X):
        return self.inner_.predict(self._features(X))

    def _features(self, X):
        return np.stack([one.sum(0) for one in X])


@pytest.mark.parametrize("vectorizer", [OneHot(), Word2Vec(size=8, epochs=20)], ids=["one-hot", "word2vec"])
def test_sequences_are_steps_of_a_pipeline_with_a_users_estimator(vectorizer):
    pipeline = Pipeline([("vectors", vectorizer), ("decision", SumsOfSteps())])
    assert pipeline.fit(REVIEWS, LABELS).score(REVIEWS, LABELS) == 1
    assert clone(pipeline).fit(REVIEWS, LABELS).predict(["bad film"]).tolist() == [0]


def test_what_was_learnt_comes_back_from_its_arrays(name):
    vectorizer = made(name).fit(TEXTS)
    settings = vectorizer.get_params()
    again = type(vectorizer).from_arrays(vectorizer.arrays(), **settings)
    assert again.get_params() == settings
    for one, other in zip(rows(vectorizer.transform(TEXTS)), rows(again.transform(TEXTS)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_read_back_and_fitted_on_words_they_need_neither_scikit_learn_nor_gensim_nor_scipy(tmp_path):
    for name in VECTORIZERS:
        np.savez(tmp_path / f"{name}.npz", **made(name).fit(TEXTS).arrays())
    program = f"""
import sys
for missing in ("sklearn", "gensim", "scipy", "torch"):
    sys.modules[missing] = None
import numpy as np
from unrolled.text.vectorize import VECTORIZERS
for name, kind in VECTORIZERS.items():
    made = kind.from_arrays(dict(np.load(f"{tmp_path}/{{name}}.npz")))
    transformed = made.transform(["my laptop"])[0] if kind.keeps_order else made.sparse(made.words("my laptop"))[1]
    print(name, transformed.shape)
print(*(len(VECTORIZERS[name]().fit(["a b"]).arrays()["tokens"]) for name in ("count", "tf-idf", "one-hot")))
for call in (VECTORIZERS["word2vec"]().fit, made.vectors_.train):
    try:
        call(["a b"])
    except Exception as error:
        print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[:4] == ["count (2,)", "tf-idf (2,)", "one-hot (2, 10)", "word2vec (2, 7)"]
    assert lines[4] == "3 3 3"  # "a\nb": these three learn without any of them, too
    assert len(lines) == 7
    assert all("MissingExtra learning word vectors needs gensim" in line for line in lines[5:])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no word to learn from|no word occurs"),
        (["", "  "], "no word to learn from|no word occurs"),
        ("one text", "texts is the one text 'one text'; expected a list"),
        (["fine", 5], "text 1 is 5; expected a str"),
        ([None], "text 0 is None"),
    ],
    ids=str,
)
def test_bad_texts_are_refused(name, texts, message):
    with pytest.raises(InputError, match=message):
        made(name).fit(texts)


@pytest.mark.parametrize(
    ("vectorizer", "message"),
    [
        (Count(vocabulary=0), "vocabulary is 0; expected at least 1"),
        (TfIdf(min_documents=0), "min_documents is 0"),
        (Count(min_documents=9), "no word occurs in 9 of 5 texts"),
        (OneHot(lowercase="yes"), "lowercase is 'yes'"),
        (Word2Vec(algorithm="glove"), "algorithm is 'glove'; expected one of skip-gram, cbow"),
        (Word2Vec(size=0), "width is 0"),
        (Word2Vec(file="missing.vec"), r"missing\.vec: No such file"),
        (Word2Vec(min_count=1000), "no word occurs 1000 times"),
    ],
    ids=str,
)
def test_bad_settings_are_refused_by_fit(vectorizer, message):
    with pytest.raises(InputError, match=message):
        vectorizer.fit(TEXTS)


TOKENS = np.frombuffer(b"a\nb", np.uint8)


@pytest.mark.parametrize(
    ("name", "arrays", "message"),
    [
        ("count", {}, "without its tokens"),
        ("count", {"tokens": np.ones(3)}, "without its tokens"),
        ("count", {"tokens": np.frombuffer(b"a\xff", np.uint8)}, "not valid utf-8 at byte 1"),
        ("count", {"tokens": np.frombuffer(b"a\na", np.uint8)}, "1 of 2 words"),
        ("one-hot", {"tokens": np.zeros(0, np.uint8)}, "words; expected each once"),
        ("tf-idf", {"tokens": TOKENS}, "idf is"),
        ("tf-idf", {"tokens": TOKENS, "idf": np.ones(3, np.float32)}, "idf is float32"),
        ("tf-idf", {"tokens": TOKENS, "idf": np.full(2, np.nan, np.float32)}, "finite"),
        ("word2vec", {"tokens": TOKENS, "vectors": np.ones((3, 2), np.float32)}, "2 words have vectors"),
        ("word2vec", {"tokens": TOKENS}, "2 words have vectors"),
    ],
)
def test_damaged_arrays_are_refused(name, arrays, message):
    with pytest.raises(InputError, match=message):
        VECTORIZERS[name].from_arrays(arrays)


def test_words_are_those_of_the_tokenizer():
    assert words("I don't KNOW: 3.5 of U.S. \ud800") == ["i", "don't", "know", ":", "3.5", "of", "u.s", ".", "\ufffd"]
    assert words("Ä b", lowercase=False) == ["Ä", "b"]
    assert words(" \n") == []
