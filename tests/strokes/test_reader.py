"""The network that reads strokes, and its files."""

import json
from pathlib import Path

import numpy as np
import pytest

from unrolled.arrays import NUMPY, map_tree
from unrolled.errors import InputError
from unrolled.storage.model_folder import ModelFolder, write_model_folder
from unrolled.strokes.features import read_strokes
from unrolled.strokes.layouts import LAYOUTS, Layout
from unrolled.strokes.network import NetworkSize, StrokeNetwork
from unrolled.strokes.reader import StrokeReader

SIZE = NetworkSize("gru", 8, 2)
QWERTY, RUSSIAN = LAYOUTS["qwerty"], LAYOUTS["йцукен"]
STROKE = np.array([[0.0, 0.0, 0.0], [2.0, 1.0, 0.1], [2.1, 1.0, 0.4], [8.0, 0.0, 0.6]])


@pytest.fixture(scope="module")
def reader() -> StrokeReader:
    network = StrokeNetwork.of(SIZE)
    rng = np.random.default_rng(0)
    return StrokeReader(SIZE, map_tree(lambda a: rng.normal(0, 0.3, a.shape), network.initial(rng)), QWERTY)


def test_the_probabilities_of_a_frame_sum_to_one(reader: StrokeReader) -> None:
    blank, keys = reader.frames(STROKE)
    assert blank.dtype == keys.dtype == np.float32
    np.testing.assert_allclose(np.exp(blank) + np.exp(keys).sum(1), 1, rtol=1e-5)


def test_each_key_is_read_once_though_letters_share_it(reader: StrokeReader) -> None:
    blank, keys = reader.frames(STROKE, RUSSIAN)
    assert keys.shape == (len(blank), len(RUSSIAN.key_centres))
    assert len(RUSSIAN.key_centres) < len(RUSSIAN.keys)


def test_keys_are_known_by_their_place_alone(reader: StrokeReader) -> None:
    """Other letters on the same keys change nothing."""
    backwards = Layout("backwards", tuple((row[::-1], indent) for row, indent in QWERTY.rows))
    _, keys = reader.frames(STROKE)
    _, other = reader.frames(STROKE, backwards)
    for place, centre in enumerate(QWERTY.key_centres):
        same = np.flatnonzero((backwards.key_centres == centre).all(1)).item()
        np.testing.assert_allclose(other[:, same], keys[:, place], atol=1e-5)


def test_strokes_read_together_as_alone(reader: StrokeReader) -> None:
    other = STROKE[:, [1, 0, 2]] * [1, 0.2, 1]
    read = read_strokes([STROKE, other], [QWERTY.key_centres] * 2)
    together = StrokeNetwork.of(SIZE).forward(NUMPY, reader.params, read.features, read.points, read.keys, read.lengths)
    for row, stroke in enumerate((STROKE, other)):
        blank, keys = reader.frames(stroke)
        np.testing.assert_allclose(together[row, : len(blank), 0], blank, atol=1e-5)
        np.testing.assert_allclose(together[row, : len(blank), 1:], keys, atol=1e-4)


def test_its_files_bring_it_back(reader: StrokeReader, tmp_path: Path) -> None:
    write_model_folder(tmp_path / "m", {"task": "next-word"}, reader.tensors(), reader.texts())
    again = StrokeReader.restored(ModelFolder.open(tmp_path / "m"))
    assert again is not None
    for before, after in zip(reader.frames(STROKE), again.frames(STROKE), strict=True):
        np.testing.assert_array_equal(before, after)
    write_model_folder(tmp_path / "none", {"task": "next-word"}, {}, {})
    assert StrokeReader.restored(ModelFolder.open(tmp_path / "none")) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network": {"width": 10**6}}, "width is 1000000"),
        ({"network": {"cell": "gru", "width": 9, "layers": 2}}, "strokes.safetensors"),
        ({"layout": {"name": "x", "rows": 3}}, "rows is 3"),
        ({"more": 1}, 'expected an object with "network" and "layout"'),
    ],
)
def test_files_that_do_not_fit_are_refused(reader: StrokeReader, tmp_path: Path, change, said: str) -> None:
    about = json.loads(reader.texts()["strokes.json"]) | change
    write_model_folder(tmp_path / "m", {}, reader.tensors(), {"strokes.json": json.dumps(about)})
    with pytest.raises(InputError) as caught:
        StrokeReader.restored(ModelFolder.open(tmp_path / "m"))
    assert said in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_an_answer_that_is_not_finite_is_an_error(reader: StrokeReader) -> None:
    broken = StrokeReader(SIZE, map_tree(lambda a: a + np.float32(np.nan), reader.params), QWERTY)
    with pytest.raises(InputError, match="not finite"):
        broken.frames(STROKE)
