"""The part of an exported step that copies: see `unrolled.models.pointer`."""

import numpy as np

from unrolled.arrays import Tree
from unrolled.export.graph import Graph
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.models.pointer import SPECIAL

__all__ = ["known", "with_copies"]

_LEAST = 1e-30  # of a probability: so low, and finite, is what can be neither generated nor copied


def known(g: Graph, model: EncoderDecoder, ids: str) -> str:
    """Ids of an extended vocabulary, all beyond the model's own as 0, the unknown one."""
    inside = g.add("Less", [ids, g.numbers(model.output.outcomes)], f"{ids}_inside")
    return g.add("Mul", [ids, g.add("Cast", [inside], f"{ids}_mask", to=7)], f"{ids}_known")


def with_copies(g: Graph, model: EncoderDecoder, params: Tree, features: str, scores: str) -> None:
    """Features (B, R), scores (B, V) and the attention (B, S) to ``sources`` (B, S) → the ``log_probabilities``."""
    sources, vocabulary = g.input("sources", ["B", "S"], ids=True), g.numbers(model.output.outcomes)
    weights = [g.constant("pointer_W", params.W), g.constant("pointer_b", params.b)]
    gate = g.add("Sigmoid", [g.add("Gemm", [features, *weights], "gate_odds", transB=1)], "gate")
    generated = g.add("Mul", [g.add("Softmax", [scores], "generated_alone", axis=-1), gate], "generated")
    last = g.add("Unsqueeze", [g.add("ReduceMax", [sources], "last", keepdims=0), g.numbers(0)], "last_row")
    extra = g.add("Sub", [g.add("Add", [last, g.numbers(1)], "width"), vocabulary], "extra_or_fewer")
    extra = g.add("Max", [extra, g.numbers(0)], "extra")
    rows = g.add("Shape", [scores], "score_rows", start=0, end=1)
    zeros = g.add("ConstantOfShape", [g.add("Concat", [rows, extra], "extra_shape", axis=0)], "not_generated")
    every = g.add("Concat", [generated, zeros], "generated_of_all", axis=1)
    own = g.add("GreaterOrEqual", [sources, g.numbers(SPECIAL)], "can_be_copied")
    rest = g.add("Sub", [g.constant("whole", np.array(1, np.float32)), gate], "share_of_copies")
    looked = g.add("Mul", ["attention", g.add("Cast", [own], "copied_mask", to=1)], "looked")
    copied = g.add("Mul", [looked, rest], "copied")
    mixed = g.add("ScatterElements", [every, sources, copied], "mixed", axis=1, reduction="add")
    finite = g.add("Max", [mixed, g.constant("least", np.array(_LEAST, np.float32))], "mixed_finite")
    g.add("Log", [finite], "log_probabilities")
