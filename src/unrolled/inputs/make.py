"""The encoder for a kind of input, learnt or restored."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inputs.base import Encoder
from unrolled.inputs.dna import Letters
from unrolled.inputs.numbers import Numbers
from unrolled.inputs.sound import Sound
from unrolled.inputs.text import Words
from unrolled.sources.labelled import Examples
from unrolled.text.tokens import Kind

__all__ = ["VECTORIZERS", "make_encoder", "restore_encoder"]

VECTORIZERS = {"count": "count", "tf-idf": "tf-idf", "one-hot": "one-hot", "word2vec": "ids", "learned": "ids"}
"""How words may become numbers, and what the encoder then gives: the vectors of ids are the model's own."""


def make_encoder(examples: Examples, vectorizer: str | None, tokens: str, vocabulary: int) -> Encoder:
    """Learn what stands between raw inputs and a model; InputError where ``vectorizer`` is not for such inputs."""
    _check(examples.kind, vectorizer)
    if examples.kind == "text":
        return Words.fit(
            VECTORIZERS[vectorizer or "learned"], cast(list[str], examples.inputs), cast(Kind, tokens), vocabulary
        )
    if examples.kind == "dna":
        return Letters.fit(cast(list[str], examples.inputs))
    if examples.kind == "sound":
        return Sound.fit(cast(list[tuple[NDArray[np.float32], int]], examples.inputs))
    return Numbers.fit(cast(list[NDArray[np.float32]], examples.inputs))


def restore_encoder(kind: str, vectorizer: str | None, arrays: Mapping[str, NDArray[Any]], tokenizer: str) -> Encoder:
    """The encoder from what its `saved` gave; InputError where that is not whole."""
    _check(kind, vectorizer)
    try:
        if kind == "text":
            return Words.restored(VECTORIZERS[vectorizer or "learned"], arrays, tokenizer)
        if kind == "dna":
            return Letters.restored(arrays)
        if kind == "sound":
            return Sound.restored(arrays)
        return Numbers.restored(arrays)
    except KeyError as error:
        raise InputError(f"the encoder of {kind} lacks {error}") from None


def _check(kind: str, vectorizer: str | None) -> None:
    if kind != "text" and vectorizer not in (None, *(("one-hot",) if kind == "dna" else ())):
        raise InputError(f"vectorizer is {vectorizer}, the inputs are {kind}; {vectorizer} vectors are for text alone")
