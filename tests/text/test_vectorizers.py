"""The mathematics of vectorizers on ids small enough to compute by hand; -1 is an unknown word."""

import numpy as np
import pytest

from unrolled.text import vectorizers

DOCUMENTS = [np.array([2, 0, 2, -1]), np.array([0]), np.array([-1]), np.array([], np.int32)]


def test_counts_are_sparse_and_leave_unknown_words_out():
    columns, counts = vectorizers.count(DOCUMENTS[0])
    assert (columns.tolist(), counts.tolist()) == ([0, 2], [1, 2])
    assert (columns.dtype, counts.dtype) == (np.int64, np.float32)
    assert all(len(vectorizers.count(ids)[0]) == 0 for ids in DOCUMENTS[2:])


def test_rare_columns_weigh_more():
    frequency = vectorizers.document_frequency(DOCUMENTS, 3)
    assert frequency.tolist() == [2, 0, 1]
    idf = vectorizers.inverse_document_frequency(frequency, len(DOCUMENTS))
    np.testing.assert_allclose(idf, np.log(5 / np.array([3, 1, 2])) + 1, rtol=1e-6)
    columns, values = vectorizers.tf_idf(DOCUMENTS[0], idf)
    assert columns.tolist() == [0, 2]
    np.testing.assert_allclose(values, np.array([idf[0], 2 * idf[2]]) / np.hypot(idf[0], 2 * idf[2]), rtol=1e-6)
    assert values.dtype == np.float32


@pytest.mark.parametrize("ids", DOCUMENTS[2:], ids=str)
def test_a_document_of_unknown_words_has_no_length_to_divide_by(ids):
    assert [len(part) for part in vectorizers.tf_idf(ids, np.ones(3, np.float32))] == [0, 0]


def test_idf_of_zeros_gives_zeros():
    assert vectorizers.tf_idf(DOCUMENTS[0], np.zeros(3, np.float32))[1].tolist() == [0, 0]


@pytest.mark.parametrize("shape", [(4,), (2, 2), (0,), (2, 0)], ids=str)
def test_one_hot_vectors_are_rows_of_the_identity(shape):
    ids = np.resize(DOCUMENTS[0], shape)
    vectors = vectorizers.one_hot(ids, 3)
    np.testing.assert_array_equal(vectors, np.vstack([np.eye(3), np.zeros(3)])[ids])
    assert vectors.dtype == np.float32


def test_unknown_words_look_up_zeros_and_change_no_vector():
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    rows = vectorizers.look_up(DOCUMENTS[0], vectors)
    np.testing.assert_array_equal(rows, [[4, 5], [0, 1], [4, 5], [0, 0]])
    np.testing.assert_array_equal(vectors, np.arange(6).reshape(3, 2))
