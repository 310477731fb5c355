"""Traces: a model's memory and its decision at steps of an input, as rows of a picture."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.inference.stream import Stream
from unrolled.inputs import Input

__all__ = ["rounded", "trace"]


def trace(stream: Stream, input: Input, raw: Any, moments: int) -> dict[str, Any]:
    """Let a new stream read a raw input → words, rows and decisions at ``moments`` steps, evenly spread.

    Words name the steps; rows are the outputs of the last layer; decisions are the probabilities of each outcome.
    """
    names, steps = input.names(raw), input.example(raw)
    ends = np.linspace(0, len(steps), min(moments, len(steps)) + 1)[1:].round().astype(int)
    if stream.frozen.streams:
        pieces = [stream.feed_traced(piece) for piece in np.split(steps, ends[:-1])]
        outputs, decisions = (np.stack([piece[i][-1] for piece in pieces]) for i in (0, 1))
    else:
        stream.feed_steps(steps)
        outputs, decisions = stream.outputs(ends), stream.traced_beginnings(ends)
    return {"words": [names[end - 1] for end in ends], **rounded(outputs, decisions)}


def rounded(outputs: NDArray[np.floating], decisions: NDArray[np.floating]) -> dict[str, Any]:
    """Outputs (T, H), decisions (T, K) → rows of whole numbers, -127 … 127 for -1 … 1; decisions in five digits."""
    return {
        "rows": np.clip(np.rint(outputs * 127), -127, 127).astype(int).tolist(),
        "decisions": [[round(float(share), 5) for share in row] for row in decisions],
    }
