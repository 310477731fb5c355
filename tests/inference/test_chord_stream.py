import numpy as np
import pytest

from unrolled.arrays import NUMPY, map_tree
from unrolled.errors import InputError
from unrolled.inference.chord_stream import ChordStream
from unrolled.models import ChordModel

MODEL = ChordModel(6, (5,))
PARAMS = map_tree(lambda shape: np.random.default_rng(3).uniform(-0.8, 0.8, shape).astype(np.float32), MODEL.shapes())
FRAMES = np.random.default_rng(0).random((600, 6)) < 0.4


def test_a_stream_says_what_the_model_says():
    inputs = np.concatenate([np.zeros((1, 6)), FRAMES]).astype(np.float32)[None]
    features, _ = MODEL.forward(NUMPY, PARAMS, inputs)
    expected = MODEL.log_odds(PARAMS, features[0])
    stream = ChordStream(MODEL, PARAMS)
    np.testing.assert_allclose(stream.log_odds(), expected[0], rtol=1e-5)
    stream.feed(FRAMES[:1]).feed(FRAMES[:0])
    np.testing.assert_allclose(stream.log_odds(), expected[1], rtol=1e-5)
    branch = stream.branch().feed(FRAMES[1:])
    np.testing.assert_allclose(branch.log_odds(), expected[600], rtol=1e-4)
    np.testing.assert_allclose(stream.probabilities(), 1 / (1 + np.exp(-expected[1])), rtol=1e-5)


@pytest.mark.parametrize("shape", [(6,), (2, 5), (1, 1, 6)])
def test_frames_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"expected \(T, 6\)"):
        ChordStream(MODEL, PARAMS).feed(np.zeros(shape))
