"""Layers: frozen tables of sizes with pure functions `forward` over a tree of parameters."""

from unrolled.layers.attention import ATTENTIONS, Attention, Covering, Memory
from unrolled.layers.convolution import Convolution
from unrolled.layers.convolution2d import Convolution2d
from unrolled.layers.dense import Dense
from unrolled.layers.dilated import Dilated
from unrolled.layers.dropout import dropout
from unrolled.layers.embedding import Embedding
from unrolled.layers.pooling import POOLINGS, Pooling
from unrolled.layers.recurrent import Recurrent

__all__ = [
    "ATTENTIONS",
    "POOLINGS",
    "Attention",
    "Convolution",
    "Covering",
    "Convolution2d",
    "Dense",
    "Dilated",
    "Embedding",
    "Memory",
    "Pooling",
    "Recurrent",
    "dropout",
]
