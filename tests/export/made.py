"""Small encoder–decoders with weights by chance, for exports."""

import numpy as np

from unrolled.arrays import flatten, unflatten
from unrolled.cells import CELLS
from unrolled.layers import Embedding, Recurrent
from unrolled.layers.attention import ATTENTIONS
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder

__all__ = ["Fitted", "V", "network"]

V = 17


class Fitted:
    """What the exporter asks of a task, with weights by chance."""

    name = "made"

    def __init__(self, model: EncoderDecoder) -> None:
        self.model = model
        rng = np.random.default_rng(0)
        shapes = flatten(model.shapes())
        self.params = unflatten({k: rng.normal(0, 0.4, shape).astype(np.float32) for k, shape in shapes.items()})

    def network(self):
        return self.model, self.params

    def describe(self) -> str:
        return "by chance"


def network(
    cell="gru", attention="additive", decoder="", upper=True, feeding=False, deep=False, copying=False, words=V
) -> EncoderDecoder:
    """One of two directions with tied vectors; ``deep``: of one and two layers with vectors of their own."""
    width, hidden = 5, 4
    encoder = Recurrent(CELLS[cell], width, (hidden, hidden) if deep else (hidden,), not deep, residual=deep)
    units = encoder.outputs
    kind = CELLS[decoder or cell]
    lower = Recurrent(kind, width + (width if feeding else 0), (units, units) if deep else (units,), residual=deep)
    above = Recurrent(kind, units + encoder.outputs, (units,)) if upper else None
    text = TextEncoder(Embedding(words + 3, width) if deep else None, encoder)
    return EncoderDecoder.of(
        text, Embedding(words, width), ATTENTIONS[attention], lower, above, Dropouts(0.5), not deep, copying
    )
