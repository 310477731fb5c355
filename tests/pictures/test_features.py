"""Features are found once for each different content, and a stopped run goes on where it was."""

import io

import numpy as np
import pytest

from unrolled import InputError
from unrolled.arrays import map_tree
from unrolled.layers import Convolution2d
from unrolled.models.efficientnet_lite import EfficientNetLite
from unrolled.models.picture_network import Block, PictureNetwork
from unrolled.pictures import Pretrained, features, features_of, runner

pillow = pytest.importorskip("PIL.Image")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """A tiny one in the place of those that are known by name; how many pictures it looked at."""

    class Tiny(EfficientNetLite):
        def network(self):
            return PictureNetwork((Block((Convolution2d(3, 5, 3, 4),)),))

    tiny = {"tiny": Tiny(1, 1, 8)}
    monkeypatch.setattr("unrolled.pictures.pretrained.EFFICIENTNET_LITE", tiny)
    shapes = tiny["tiny"].network().shapes()
    return Pretrained("tiny", map_tree(lambda shape: RNG.normal(size=shape).astype(np.float32), shapes))


@pytest.fixture
def looked_at(monkeypatch):
    seen = []

    def counting(*arguments):
        run = runner(*arguments)
        return lambda pictures: [seen.append(1), run(pictures)][1]

    monkeypatch.setattr(features, "runner", counting)
    return seen


def pictures(count):
    return [RNG.integers(0, 256, (8, 8, 3), np.uint8) for _ in range(count)]


def test_of_files_bytes_arrays_and_images_in_their_order_each_once(tmp_path, network, looked_at):
    arrays, files = pictures(3), []
    for i, array in enumerate(arrays):
        content = io.BytesIO()
        pillow.fromarray(array).save(content, "png")
        files.append(tmp_path / f"{i}.png")
        files[-1].write_bytes(content.getvalue())
    expected = runner(network.network, network.params)(np.stack(arrays))
    raws = [files[1], str(files[0]), files[1].read_bytes(), files[2], arrays[1], pillow.fromarray(arrays[1])]
    found = features_of(raws, network, tmp_path)
    assert found.shape == (6, 4, 5)
    assert len(looked_at) == 4  # three files, and an array that is also an image
    np.testing.assert_allclose(found[:], expected[[1, 0, 1, 2, 1, 1]], rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(found[[3, 0]], found[:][[3, 0]])
    assert found[2].dtype == np.float16
    again = features_of(raws[::-1], network, tmp_path)
    assert len(looked_at) == 4
    np.testing.assert_array_equal(again[:], found[:][::-1])


def test_mirrored_pictures_and_other_weights_have_rows_of_their_own(tmp_path, network):
    (picture,) = pictures(1)
    plain = features_of([picture], network, tmp_path)
    mirrored = features_of([picture], network, tmp_path, mirrored=True)
    by_hand = runner(network.network, network.params)(picture[None, :, ::-1])
    np.testing.assert_allclose(mirrored[:], by_hand, rtol=1e-3, atol=1e-3)
    doubled = Pretrained("tiny", map_tree(lambda array: 2 * array, network.params))
    other = features_of([picture], doubled, tmp_path)
    np.testing.assert_allclose(other[:], 2 * plain[:], rtol=1e-3)


def test_a_stopped_run_goes_on(tmp_path, network, looked_at, monkeypatch):
    raws = pictures(5)
    monkeypatch.setattr(features, "_BLOCK", 2)

    def stopped(blocks, *about):
        for number, (_, block) in enumerate(blocks):
            if number == 2:
                raise KeyboardInterrupt
            yield block

    with monkeypatch.context() as patched:
        patched.setattr(features, "track", stopped)
        with pytest.raises(KeyboardInterrupt):
            features_of(raws, network, tmp_path)
    for path in tmp_path.iterdir():  # and half a row, as a kill may leave it
        path.write_bytes(path.read_bytes() + b"half")
    looked_at.clear()
    found = features_of(raws, network, tmp_path)
    assert len(looked_at) == 1
    np.testing.assert_allclose(found[:], runner(network.network, network.params)(np.stack(raws)), rtol=1e-3, atol=1e-3)


def test_what_is_no_picture_is_named_and_what_was_found_before_is_kept(tmp_path, network, looked_at, monkeypatch):
    monkeypatch.setattr(features, "_BLOCK", 1)
    good = pictures(2)
    with pytest.raises(InputError, match=r"captions\.csv:3"):
        features_of([good[0], b"", good[1]], network, tmp_path, where=["a:1", "captions.csv:3", "a:4"])
    looked_at.clear()
    assert len(features_of(good, network, tmp_path)) == 2
    assert len(looked_at) == 1
    with pytest.raises(InputError, match=r"captions\.csv:9: .*gone\.png"):
        features_of([tmp_path / "gone.png"], network, tmp_path, where=["captions.csv:9"])
    with pytest.raises(InputError, match="cannot be written"):
        features_of(good, network, tmp_path / "missing")


def test_no_picture(tmp_path, network):
    assert features_of([], network, tmp_path).shape == (0, 4, 5)
