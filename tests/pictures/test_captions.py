"""Pictures as a model reads them: their pixels, or what a pretrained network finds."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unrolled.arrays import map_tree
from unrolled.errors import InputError
from unrolled.inputs.captions import CaptionTexts
from unrolled.models.efficientnet_lite import EFFICIENTNET_LITE
from unrolled.pictures import choice
from unrolled.pictures.captions import Captions
from unrolled.pictures.choice import learn_reader
from unrolled.pictures.looking import Looking
from unrolled.pictures.pixels import Pixels
from unrolled.pictures.pretrained import Pretrained
from unrolled.pictures.runtime import runner

RNG = np.random.default_rng(0)
COLOURED = RNG.integers(0, 256, (30, 40, 3), np.uint8)
GREY = np.repeat(RNG.integers(0, 256, (24, 24, 1), np.uint8), 3, 2)
PHOTO = RNG.integers(0, 256, (80, 100, 3), np.uint8)
TEXTS = CaptionTexts.learn(["a dog runs", "a cat sleeps on the left"], 50)


def pretrained() -> Pretrained:
    """A network of random weights."""
    network = EFFICIENTNET_LITE["efficientnet-lite0"].network()
    return Pretrained("efficientnet-lite0", map_tree(np.float32, network.initial(np.random.default_rng(1))))


@pytest.fixture(scope="module")
def looking() -> Looking:
    return Looking(pretrained())


def test_pictures_without_colour_have_one_channel() -> None:
    reader = learn_reader("cnn", None, [GREY, GREY[:20, :20]])
    assert reader.saved() == {"encoder": "cnn", "size": 22, "channels": 1}
    assert reader.read(GREY).values.shape == (22, 22, 1)
    coloured = reader.read(np.full((22, 22, 3), (255, 0, 0), np.uint8)).values
    assert coloured.tolist() == np.full((22, 22, 1), 76).tolist()  # red, as bright as it looks
    assert learn_reader("cnn", 20, [GREY, COLOURED]).saved() == {"encoder": "cnn", "size": 20, "channels": 3}


def test_a_path_its_bytes_and_its_pixels_are_one_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(COLOURED).save(path)
    captions = Captions(TEXTS, Pixels(16, 3))
    ways = (path, str(path), path.read_bytes(), COLOURED, Image.fromarray(COLOURED))
    seen = [captions.source(captions.checked(raw)).inputs for raw in ways]
    assert all((one == seen[0]).all() for one in seen)
    Image.fromarray(PHOTO).save(path)  # another picture by the same name is read again
    assert (captions.source(str(path)).inputs != seen[0]).any()
    for wrong in (3, None, ["a.png"]):
        with pytest.raises(InputError, match=f"the input is {type(wrong).__name__}; expected a picture"):
            captions.checked(wrong)


def test_the_cells_are_named_row_by_row() -> None:
    encoded = Captions(TEXTS, Pixels(16, 3)).source(COLOURED)
    assert encoded.grid is not None
    assert encoded.grid[:2] == (4, 4)
    assert [encoded.names[at] for at in (0, 1, 4, 15)] == [
        "row 1, column 1", "row 1, column 2", "row 2, column 1", "row 4, column 4",
    ]  # fmt: skip


def test_a_picture_that_is_too_small_is_told() -> None:
    captions = Captions(TEXTS, Pixels(64, 3))
    assert "40 × 30 pixels; the model reads 64 × 64" in captions.about(captions.source(COLOURED[:30]), COLOURED[:30])
    assert captions.about(captions.source(PHOTO), PHOTO) == ""


def test_a_glossary_is_refused() -> None:
    with pytest.raises(InputError, match="the glossary is of no use"):
        Captions(TEXTS, Pixels(16, 3)).source(COLOURED, {"dog": "hound"})


def test_pixels_are_compared_by_means_of_squares() -> None:
    plain = Pixels(32, 3).plain(np.full((32, 32, 3), 51, np.uint8))
    assert plain.shape == (256,)
    np.testing.assert_allclose(plain, 0.2, atol=1e-6)


def test_features_are_found_once_and_mirrored_where_no_side_is_spoken_of(
    looking: Looking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    captions = Captions(TEXTS, looking, varies=True)
    captions.prepare([PHOTO, PHOTO], tmp_path)
    picture, ids = captions.pair(PHOTO, "a dog runs")
    assert (picture.shape, picture.dtype, len(ids)) == ((49, 320), np.float16, 3)
    varied = [captions.varied(PHOTO, "a dog runs", np.random.default_rng(i))[0] for i in range(8)]
    mirrored = [(one != picture).any() for one in varied]
    assert 0 < sum(mirrored) < 8
    own = looking.read(np.ascontiguousarray(PHOTO[:, ::-1])).values
    np.testing.assert_allclose(varied[mirrored.index(True)].astype(float), own.astype(float), atol=2e-2, rtol=2e-2)
    sided = [captions.varied(PHOTO, "a cat sleeps on the left", np.random.default_rng(i))[0] for i in range(8)]
    assert all((one == picture).all() for one in sided)
    monkeypatch.setattr("unrolled.pictures.features.runner", None)  # what the folder has is not computed again
    captions.release()
    captions.prepare([PHOTO], tmp_path)
    assert (captions.pair(PHOTO, "a dog runs")[0] == picture).all()
    captions.release()


def test_features_are_standardised_by_the_network_itself() -> None:
    network, picture = pretrained(), RNG.integers(0, 256, (1, 224, 224, 3), np.uint8)
    plain = runner(network.network, network.params)(picture)[0]
    mean, deviation = plain.mean(0), plain.std(0)
    other = network.standardised(mean, deviation)
    np.testing.assert_allclose(
        runner(other.network, other.params)(picture)[0], (plain - mean) / deviation, atol=1e-2, rtol=1e-2
    )


def test_a_model_folder_needs_no_package(looking: Looking) -> None:
    captions = Captions(TEXTS, Looking(Pretrained.restore(looking.name, looking.tensors()["encoder"], "")))
    again = Captions.restored(captions.saved(), captions.tensors().__getitem__)
    expected = captions.source(PHOTO).inputs
    for other in (again, pickle.loads(pickle.dumps(captions))):
        assert (other.source(PHOTO).inputs == expected).all()
    for damaged in ({"encoder": "eye"}, {"encoder": "cnn", "size": 10**6, "channels": 3}, {"encoder": []}, {}, []):
        with pytest.raises(InputError, match=r"pictures\.json"):
            Captions.restored(captions.saved() | {"pictures.json": json.dumps(damaged)}, captions.tensors().__getitem__)
    with pytest.raises(InputError, match=r"encoder\.safetensors: its arrays are not those"):
        Captions.restored(captions.saved(), lambda _: {"W": np.zeros(3, np.float16)})


def test_photos_are_read_by_a_network_that_knows_photos(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    assert choice._chosen([PHOTO, PHOTO, GREY]) == "efficientnet-lite0"
    assert choice._chosen([PHOTO, COLOURED, GREY]) == "cnn"
    monkeypatch.setattr(choice, "find_spec", lambda _: None)
    assert choice._chosen([PHOTO]) == "cnn"
    assert "unrolled[images]" in caplog.text
