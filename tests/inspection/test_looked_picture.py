import numpy as np
import pytest

from unrolled import InputError
from unrolled.inference.translations import Aligned, Translation
from unrolled.inputs.codec import Grid
from unrolled.inspection import draw_looked
from unrolled.inspection.figures import DARK

PICTURE = np.full((40, 60, 3), 200, np.uint8)


def aligned(grid, words=6):
    attention = np.zeros((words, 6), np.float32)
    attention[np.arange(words), np.arange(words) % 6] = 1
    names = [f" w{i}" for i in range(words)]
    return Aligned(Translation("w0 w1", 0.5), ["c"] * 6, names, attention, list(range(words)), (), grid)


def test_each_word_has_a_picture_that_is_light_where_it_looked():
    figure = draw_looked(DARK, aligned(Grid(2, 3, (0.0, 0.0, 1.0, 0.5))), PICTURE)
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == ["the picture", *(f"w{i}" for i in range(6))]
    for i, axes in enumerate(shown[1:]):
        shade = np.asarray(axes.images[1].get_array())[..., 3]
        assert shade.shape == (2, 3)
        assert shade.ravel().argmin() == i
        assert axes.images[1].get_extent() == [0, 60, 20, 0]


def test_an_answer_to_a_text_is_refused():
    with pytest.raises(InputError, match="no picture"):
        draw_looked(DARK, aligned(None), PICTURE)
