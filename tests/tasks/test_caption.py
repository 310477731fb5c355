"""Captions: what the task reads and says of itself; `test_pair_contract.py` has the rest."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unrolled import Captioner, InputError, Training
from unrolled.settings import Layout

PICTURES = [np.full((16, 16, 3), shade, np.uint8) for shade in (0, 80, 160, 240)]
CAPTIONS = ["A dark night.", "Fog.", "A cloud.", "Snow on a field."]


@pytest.fixture(scope="module")
def task() -> Captioner:
    quick = Training(epochs=2, batch=2)
    data = list(zip(PICTURES, CAPTIONS, strict=True))
    return Captioner(encoder="cnn", width=8, embedding=4, layers=2, training=quick).fit(data, show=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    for number, picture in enumerate(PICTURES[:2]):
        Image.fromarray(picture).save(tmp_path / "deep" / f"{number}.png")
    (tmp_path / "table.csv").write_text("file,said\ndeep/1.png,Fog\ndeep/9.png,none\n")
    return tmp_path


def test_it_says_what_it_is(task: Captioner) -> None:
    assert task.describe() == (
        f"{task.codec_.vocabulary} words: cnn reads 4 × 4 cells, general attention, 2 × 8 gru units write"
    )
    about = task.metadata()
    assert (about["card"], about["reads"], about["encoder"], about["grid"]) == ("caption", "picture", "cnn", [4, 4])
    assert "image/jpeg" in task.media_types
    assert [baseline.name for baseline in task.learnt_.baselines] == ["most frequent", "nearest picture"]


def test_it_reads_one_picture_a_folder_and_a_table(task: Captioner, folder: Path) -> None:
    path = folder / "deep" / "0.png"
    assert task.read_several(path) is None
    assert task.read_input(path) == str(path)
    assert task.predict(str(path)) == task.predict(PICTURES[0]) == task.predict(path.read_bytes())
    rows = list(task.read_several(folder) or ())
    assert [row.columns for row in rows] == [{"picture": "deep/0.png"}, {"picture": "deep/1.png"}]
    found, missing = task.read_several(folder / "table.csv", Layout(columns="file")) or ()
    assert found.input == str(folder / "deep" / "1.png")
    assert found.columns == {"file": "deep/1.png", "said": "Fog"}
    assert isinstance(missing.input, InputError)


def test_short_and_long_captions_are_as_those_learnt(task: Captioner) -> None:
    short, long = (task.align([PICTURES[0]], length=name)[0][0] for name in ("short", "long"))
    assert len(short.ids) <= 3
    assert len(long.ids) >= 4


def test_what_was_made_ready_for_training_is_forgotten(task: Captioner) -> None:
    assert not task.captions_.reader._recent.ready


def test_bad_pictures_are_named(task: Captioner, folder: Path) -> None:
    (folder / "deep" / "2.jpg").write_text("hello")
    data = [(str(folder / "deep" / "2.jpg"), "Hello."), (PICTURES[0], "Night.")]
    for use in (Captioner(encoder="cnn").fit, task.tune, task.evaluate):
        with pytest.raises(InputError, match=r"2\.jpg: no picture but text"):
            use(data)
    with pytest.raises(InputError, match="expected one of efficientnet-lite0, "):
        Captioner(encoder="vgg").fit(data)
