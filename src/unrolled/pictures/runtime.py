"""A network of fixed parameters runs without torch: in ONNX Runtime where it is installed, else on numpy."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Tree, map_tree
from unrolled.errors import InputError
from unrolled.models.picture_encoder import centred
from unrolled.models.picture_network import PictureNetwork

__all__ = ["ENGINES", "Run", "runner"]

Run: TypeAlias = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pictures (B, H, W, C) → the grid's features (B, S, F)."""


def runner(network: PictureNetwork, params: Tree, engine: str | None = None, threads: int = 1) -> Run:
    """The network as a function of pictures; ``engine`` is one of `ENGINES`, None the fastest that is installed."""
    if engine is None:
        engine = "onnxruntime" if find_spec("onnx") and find_spec("onnxruntime") else "numpy"
    if engine not in ENGINES:
        raise InputError(f"engine {engine!a}; expected one of {', '.join(ENGINES)}")
    forward, like = ENGINES[engine](network, params, threads), np.zeros(1, np.float32)

    def run(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        cells = np.prod(network.grid(*pictures.shape[1:3]), dtype=int)
        features = np.empty((len(pictures), cells, network.outputs), np.float32)
        for picture, found in zip(pictures, features, strict=True):
            # One by one: the arrays between the layers of one picture stay in the cache, and a batch gains nothing.
            found[:] = forward(centred(NUMPY, picture[None], like)).reshape(found.shape)
        return features

    return run


_Forward: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def _by_numpy(network: PictureNetwork, params: Tree, threads: int) -> _Forward:
    return lambda x: network.forward(NUMPY, params, x)


def _by_onnxruntime(network: PictureNetwork, params: Tree, threads: int) -> _Forward:
    import onnxruntime

    from unrolled.export.picture_network import picture_graph

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    model = picture_graph(network, params).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"pictures": x})[0]


def _by_torch(network: PictureNetwork, params: Tree, threads: int) -> _Forward:
    from unrolled.nn.published import without_gradients

    return without_gradients(network.forward, map_tree(np.asarray, params))


ENGINES: dict[str, Callable[[PictureNetwork, Tree, int], _Forward]] = {
    "onnxruntime": _by_onnxruntime,
    "torch": _by_torch,
    "numpy": _by_numpy,
}
"""What can run a network, by name."""
