"""Reads strokes without torch: for each frame how probable it is that it means each key, or none."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled import settings
from unrolled.arrays import NUMPY, Tree, flatten, map_tree, unflatten
from unrolled.errors import InputError
from unrolled.storage.model_folder import ModelFolder
from unrolled.storage.strict_json import parse_json, to_json
from unrolled.storage.tensor_file import Tensors
from unrolled.strokes.features import read_strokes
from unrolled.strokes.layouts import LAYOUTS, Layout, layout_named, layout_of
from unrolled.strokes.network import NetworkSize, StrokeNetwork

__all__ = ["STROKES", "StrokeReader"]

STROKES = "strokes"
_SETTINGS = f"{STROKES}.json"


class StrokeReader:
    """A network of some size and its parameters, and the ``default`` layout, which it was taught words over."""

    def __init__(self, size: NetworkSize, params: Tree, default: Layout) -> None:
        self.size, self.default = size, default
        self.params = map_tree(lambda array: np.asarray(array, np.float32), params)
        self._network = StrokeNetwork.of(size)

    @property
    def layouts(self) -> list[Layout]:
        """Those that `layout` knows by name, its own first."""
        return [self.default, *(layout for name, layout in LAYOUTS.items() if name != self.default.name)]

    def shown(self) -> list[dict[str, Any]]:
        """What a page needs to draw the keys of `layouts`."""
        return [layout.shown() for layout in self.layouts]

    def layout(self, name: str | None = None) -> Layout:
        """The layout of this name, or its own one; InputError for an unknown name."""
        return self.default if name is None or name == self.default.name else layout_named(name)

    def frames(
        self, points: NDArray[np.float64], layout: Layout | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A stroke (N, 3), as `checked_stroke` gives it → log p of no key (T,), and of each of the layout's (T, P)."""
        layout = layout or self.default
        read = read_strokes([points], [layout.key_centres])
        with np.errstate(all="ignore"):  # of weights that are too large: the answer is checked
            log_p = self._network.forward(NUMPY, self.params, read.features, read.points, read.keys)[0]
        if not np.isfinite(log_p).all():
            raise InputError("what the network reads from a stroke is not finite; expected a model as it was trained")
        return np.ascontiguousarray(log_p[:, 0]), np.ascontiguousarray(log_p[:, 1:])

    def tensors(self) -> dict[str, Tensors]:
        """What a model folder holds of it: tensors by the name of their file."""
        return {STROKES: flatten(self.params)}

    def texts(self) -> dict[str, str]:
        """And texts by the name of theirs."""
        about = {"network": settings.to_dict(self.size), "layout": self.default.to_dict()}
        return {_SETTINGS: to_json(about, _SETTINGS, indent=2)}

    @classmethod
    def restored(cls, folder: ModelFolder) -> Self | None:
        """What `tensors` and `texts` gave, from a model folder; None where it was never taught strokes."""
        if _SETTINGS not in folder.files:
            return None
        where = str(folder.folder / _SETTINGS)
        about = parse_json(folder.text(_SETTINGS).encode(), where)
        if not isinstance(about, dict) or about.keys() != {"network", "layout"}:
            raise InputError(f'{where}: expected an object with "network" and "layout"')
        try:
            size = settings.from_dict(NetworkSize, about["network"])
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        shapes = {name: tuple(shape) for name, shape in flatten(StrokeNetwork.of(size).shapes()).items()}
        tensors = folder.tensors(STROKES, shapes)
        return cls(size, unflatten(tensors), layout_of(about["layout"], where))
