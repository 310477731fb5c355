"""What codecs whose inputs are texts have in common: a text needs nothing made ready, and is what baselines read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["RawTexts"]


class RawTexts:
    """The part of `unrolled.inputs.codec.Codec` that concerns raw texts."""

    reads = "text"
    media_types: Sequence[str] = ()

    def checked(self, raw: Any) -> str:
        """See `Codec`."""
        if not isinstance(raw, str):
            raise InputError(f"the input is {type(raw).__name__}; expected a text")
        return raw

    def prepare(self, inputs: Sequence[str], folder: Path) -> None:
        """Nothing takes long."""

    def release(self) -> None:
        """Nothing was made ready."""

    def example(self, raw: str) -> str:
        """The text itself."""
        return raw

    def plain(self, inputs: Sequence[str]) -> Sequence[str]:
        """The texts themselves."""
        return inputs

    def tensors(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """None."""
        return {}
