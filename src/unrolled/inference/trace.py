"""How the memory and the decision grew while an input was read: rows of numbers for a picture."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.inference.listener import Listener

__all__ = ["growth", "shown"]


def growth(listener: Listener, given: Any, moments: int) -> dict[str, Any]:
    """Read ``given`` → words, rows, decisions at so many of its steps, evenly spread, the last among them; labels.

    Words name the steps, rows are the last layer's outputs, decisions the probabilities of each of the labels.
    """
    encoder = listener.reading.encoder
    names, steps = encoder.names(given), encoder.encode(given)
    outputs, decisions = listener.feed_steps(steps)
    ends = np.linspace(0, len(steps), min(moments, len(steps)) + 1)[1:].round().astype(int)
    if listener.reads_anew:
        outputs, decisions = listener.outputs()[ends - 1], listener.anew(ends)
    else:
        outputs, decisions = outputs[ends - 1], decisions[ends - 1]
    words = [names[end - 1] for end in ends]
    return {"words": words, **shown(outputs, decisions), "labels": list(listener.reading.labels)}


def shown(outputs: NDArray[np.floating], decisions: NDArray[np.floating]) -> dict[str, Any]:
    """Outputs (T, H), decisions (T, C) → rows of whole numbers, -127 … 127 for -1 … 1; decisions in five digits."""
    return {
        "rows": np.clip(np.rint(outputs * 127), -127, 127).astype(int).tolist(),
        "decisions": [[round(float(share), 5) for share in each] for each in decisions],
    }
