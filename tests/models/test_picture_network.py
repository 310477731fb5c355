import numpy as np
import pytest
import torch

from unrolled import InputError
from unrolled.arrays import NUMPY, flatten, map_tree
from unrolled.cells import CELLS
from unrolled.layers import ATTENTIONS, Dense, Embedding, Recurrent
from unrolled.models.efficientnet_lite import EFFICIENTNET_LITE, folded
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder
from unrolled.models.picture_encoder import GridEncoder, PictureEncoder, centred
from unrolled.models.picture_network import PictureNetwork, small_network
from unrolled.nn import TORCH

RNG = np.random.default_rng(0)


def test_a_small_network_ends_in_the_cells_and_features_asked_for():
    for size, cells in ((32, 4), (64, 4), (48, 4), (28, 7), (33, 4), (5, 4)):
        network = small_network(1, size, 64, cells)
        height, width = network.grid(size, size)
        assert height == width <= cells
        params = map_tree(np.float32, network.initial(RNG))
        x = RNG.normal(size=(2, size, size, 1)).astype(np.float32)
        grid = network.forward(NUMPY, params, x)
        assert grid.shape == (2, height, width, network.outputs) == (2, height, width, 64)
        assert 0.1 < grid.std() < 3
        assert map_tree(np.shape, params) == network.shapes()
    assert sum(len(block.layers) for block in small_network(3, 32).blocks) == 9


def test_a_residual_block_adds_nothing_at_first():
    network = small_network(3, 32, 64)
    block, params = network.blocks[1], network.initial(RNG)["1"]
    x = RNG.normal(size=(1, 8, 8, 16))
    assert block.residual
    np.testing.assert_array_equal(block.forward(NUMPY, params, x), x)
    params["1"]["b"] += 1
    np.testing.assert_array_equal(block.forward(NUMPY, params, x), x + 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pictures_are_centred_in_the_type_of_the_parameters(dtype):
    pictures = np.array([[0, 127, 255]], dtype)
    for like in (np.zeros(2, np.float32), np.zeros(2)):
        y = centred(NUMPY, pictures, like)
        assert y.dtype == (like.dtype if dtype == np.uint8 else np.result_type(dtype, like))
        np.testing.assert_allclose(y, [[-127 / 128, 0, 1]], atol=1e-6)
        z = centred(TORCH, torch.from_numpy(pictures), torch.from_numpy(like))
        assert z.numpy().dtype == y.dtype
        np.testing.assert_allclose(z.numpy(), y, atol=1e-6)


def pictures_to_words(encoder):
    decoder = Recurrent(CELLS["gru"], 5, (6,))
    return EncoderDecoder.of(encoder, Embedding(11, 5), ATTENTIONS["additive"], decoder, None, Dropouts())


@pytest.mark.parametrize("kind", ["pictures", "grids"])
def test_an_encoder_of_pictures_takes_the_place_of_one_of_texts(kind):
    if kind == "pictures":
        encoder, sources = (
            PictureEncoder(small_network(3, 16, 20), Dense(20, 24)),
            RNG.integers(0, 256, (2, 16, 16, 3), np.uint8),
        )
    else:
        encoder, sources = GridEncoder(Dense(7, 24), 0.5), RNG.normal(size=(2, 16, 7)).astype(np.float16)
    model = pictures_to_words(encoder)
    params, tokens = map_tree(np.float32, model.initial(RNG)), np.array([[1, 2], [3, 4]])
    memory = model.read(NUMPY, params, sources)
    assert memory.values.shape == (2, 16, 24)
    assert memory.values.dtype == np.float32
    features, attention, _ = model.forward(NUMPY, params, memory, tokens, model.start(NUMPY, params, memory))
    assert attention.shape == (2, 2, 16)

    held = map_tree(lambda a: torch.from_numpy(a).requires_grad_(), params)
    memory = model.read(TORCH, held, torch.from_numpy(sources))
    start = model.start(TORCH, held, memory)
    again, _, _ = model.forward(TORCH, held, memory, torch.from_numpy(tokens), start)
    np.testing.assert_allclose(again.detach().numpy(), features, atol=1e-5)
    again.square().sum().backward()
    silent = [name for name, p in flatten(held).items() if p.grad is None and not name.startswith("output")]
    assert silent == []


def published_state(network):
    """A state as packages carry it, random, and the names of its layers in order."""
    layers, state = [], {}
    for number, block in enumerate(network.blocks):
        kinds = [("expand", 0), ("depthwise", 1), ("project", 2)][-len(block.layers) :]
        for layer, (kind, at) in zip(block.layers, kinds, strict=True):
            name = f"_blocks.{number - 1}._{kind}_conv" if number else "_conv_stem"
            normalisation = f"_blocks.{number - 1}._bn{at}" if number else "_bn0"
            o, k, _, i = layer.shapes().W
            state[f"{name}.weight"] = RNG.normal(size=(o, i, k, k)) / np.sqrt(i * k * k)
            for part in ("weight", "bias", "running_mean", "running_var"):
                state[f"{normalisation}.{part}"] = RNG.uniform(0.5, 1.5, o)
            layers.append((layer, name, normalisation))
    return state, layers


def test_the_sizes_of_efficientnet_lite():
    networks = {name: kind.network() for name, kind in EFFICIENTNET_LITE.items()}
    assert [len(network.blocks) for network in networks.values()] == [17, 22, 22]
    assert [network.outputs for network in networks.values()] == [320, 320, 352]
    numbers = [sum(np.prod(shape) for shape in flatten(network.shapes()).values()) for network in networks.values()]
    assert [round(int(n) / 1e6, 2) for n in numbers] == [2.94, 3.7, 4.33]
    assert networks["efficientnet-lite0"].grid(224, 224) == (7, 7)


def test_batch_normalisation_joins_its_layer():
    network = PictureNetwork(EFFICIENTNET_LITE["efficientnet-lite0"].network().blocks[:2])
    state, layers = published_state(network)
    params = folded(network, state, "here")
    first, name, normalisation = layers[0]
    x = RNG.normal(size=(1, 8, 8, 3))
    W = torch.from_numpy(state[f"{name}.weight"])
    parts = (
        torch.from_numpy(state[f"{normalisation}.{part}"]) for part in ("running_mean", "running_var", "weight", "bias")
    )
    y = torch.nn.functional.pad(torch.from_numpy(x).permute(0, 3, 1, 2), (0, 1, 0, 1))
    y = torch.nn.functional.batch_norm(torch.nn.functional.conv2d(y, W, stride=2), *parts, eps=1e-3)
    expected = torch.nn.functional.relu6(y).permute(0, 2, 3, 1)
    np.testing.assert_allclose(first.forward(NUMPY, params["0"]["0"], x), expected.numpy(), atol=1e-5)


def test_a_state_of_something_else_is_refused():
    network = PictureNetwork(EFFICIENTNET_LITE["efficientnet-lite0"].network().blocks[:5])
    state, _ = published_state(network)
    wrong = {**state, "_conv_stem.weight": RNG.normal(size=(32, 3, 5, 5))}
    with pytest.raises(InputError, match="here: its arrays have other shapes"):
        folded(network, wrong, "here")
    del state["_blocks.3._bn1.bias"]
    with pytest.raises(InputError, match=r"here: holds no _blocks\.3\._bn1\.bias"):
        folded(network, state, "here")
