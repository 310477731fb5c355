"""Which tokens of an answer count as copied."""

import numpy as np

from unrolled.inference.translations import copied


def test_a_token_is_copied_that_stands_where_it_looked_most():
    attention = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7]], np.float32)
    assert copied([7, 9, 8], np.array([7, 8, 9]), attention) == [True, True, False]
    assert copied([], np.array([7]), attention[:0, :1]) == []
