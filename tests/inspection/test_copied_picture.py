import numpy as np
import pytest

from unrolled import InputError
from unrolled.inference.translations import Aligned, Translation
from unrolled.inspection import draw_copied, write_picture
from unrolled.inspection.figures import LIGHT

SOURCE = ["Hello", ",", " Ann", " owes", " $5", ".", "<eos>"]


def aligned(source=SOURCE, target=("ann", " owes", " me"), copied=(True, True, False)):
    attention = np.full((len(target), len(source)), 0.01, np.float32)
    attention[np.arange(len(target)), [2, 3, 0][: len(target)]] = 0.9
    return Aligned(Translation("Ann owes me", 0.5), source, target, attention, [5, 6, 7], copied)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_all_words_are_there_and_copied_ones_are_underlined():
    figure = draw_copied(LIGHT, aligned())
    assert [text for text in texts(figure) if len(text) < 10] == [
        "ann",
        "owes",
        "me",
        "Hello",
        ",",
        "Ann",
        "owes",
        "$5",
        ".",
    ]
    assert len(figure.axes[0].lines) == 4  # two words, in the answer and in the document
    grounds = {round(patch.get_x(), 3) for patch in figure.axes[0].patches}
    assert len(grounds) == 3


def test_long_documents_are_wrapped_within_the_page():
    figure = draw_copied(LIGHT, aligned([*SOURCE[:6], *[" word"] * 300, "<eos>"]))
    axes = figure.axes[0]
    assert max(text.get_position()[0] for text in axes.texts) < figure.get_figwidth()
    assert len({text.get_position()[1] for text in axes.texts}) > 5


def test_an_empty_document_is_refused_and_a_picture_is_the_same_each_time(tmp_path):
    with pytest.raises(InputError, match="the input is empty"):
        draw_copied(LIGHT, aligned(["<eos>"], (), ()))
    for name in ("one.png", "other.png"):
        write_picture(str(tmp_path / name), lambda look: draw_copied(look, aligned()))
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
