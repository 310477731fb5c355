"""The recipe of tasks that learn to write a text for an input: pairs, an encoder–decoder, and simple ways to compare.

    texts       pairs of texts → ids and back
    model       encoder, attention, decoder
    baselines   what a good engineer would try first
    measures    how well all do
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Tree
from unrolled.data.examples import Examples
from unrolled.data.pair_batches import PairBatches
from unrolled.errors import InputError
from unrolled.inputs.pairs import PairSettings, PairTexts
from unrolled.log import Log
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.progress import remark
from unrolled.sources.pairs import read_pairs
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.fitted import Fitted
from unrolled.tasks.recipe import Prepared, Source, Tensors
from unrolled.text.tokens import END

if TYPE_CHECKING:
    from unrolled.training import Problem

__all__ = ["LearntPairs", "TextBaseline", "TransductionSettings", "Transduction"]

Ids = NDArray[np.int64]

HELD_OUT, MOST_HELD_OUT = 0.05, 2_000  # share of the pairs for validation where none are named; never more than these,
LEAST = 20  # and none of fewer different sources


class TransductionSettings(PairSettings, Protocol):
    """What a task of pairs says, beside its model."""

    columns: str
    delimiter: str | None
    smoothing: float
    varied: bool


class TextBaseline(Protocol):
    """A simple way to answer a text with a text."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    def answers(self, sources: Sequence[str]) -> list[str]:
        """An answer to each source."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it learnt."""


@dataclass
class LearntPairs:
    """All that a fit learns beside the weights. The baselines of a loaded model are read when first asked for."""

    texts: PairTexts
    read_baselines: Callable[[], list[TextBaseline]] | None = None
    fitted_baselines: list[TextBaseline] = field(default_factory=list)
    remark: str = ""
    mixed_loss: float | None = None

    @property
    def baselines(self) -> list[TextBaseline]:
        """What the network is compared with, the strongest last."""
        if self.read_baselines is not None:
            self.fitted_baselines, self.read_baselines = self.read_baselines(), None
        return self.fitted_baselines
