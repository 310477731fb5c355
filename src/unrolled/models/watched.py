"""A model with other layers in place of its own."""

from dataclasses import fields
from typing import Any

from unrolled.layers import Recurrent

__all__ = ["with_layers"]


def with_layers(model: Any, layers: Recurrent) -> Any:
    """The same model with these recurrent layers.

    A model makes its layers from its sizes, whenever they are asked for; here a class of its own has them at hand, so
    that no model needs a field that inspection alone would set.
    """
    kind = type(model)
    return type(kind.__name__, (kind,), {"layers": layers})(**{f.name: getattr(model, f.name) for f in fields(model)})
