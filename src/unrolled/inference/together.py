"""Many streams that read at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.stream import Stream
from unrolled.inputs import LONGEST

__all__ = ["feed_together"]


def feed_together(streams: Sequence[Stream], steps: Sequence[NDArray[Any]]) -> None:
    """Let each stream read its steps, of any lengths, all in one batch: the same bits as one by one.

    Raises InputError, and no stream has read anything, where streams and steps differ in number, a stream is listed
    twice, the streams are of different models, or steps are wrong.
    """
    if len(streams) != len(steps):
        raise InputError(f"{len(streams)} streams and {len(steps)} rows of ids; expected as many of each")
    if len({id(stream) for stream in streams}) != len(streams):
        raise InputError("a stream stands among the streams twice; expected each once, or a branch of it")
    if any(stream.frozen is not streams[0].frozen for stream in streams):
        raise InputError("the streams are of different models; expected streams of one model")
    if streams and not streams[0].frozen.streams:
        for stream, row in zip(streams, steps, strict=True):
            stream.feed_steps(row)
        return
    expanded = [stream.expanded(row) for stream, row in zip(streams, steps, strict=True)]
    fed = [(stream, row) for stream, row in zip(streams, expanded, strict=True) if len(row)]
    if not fed:
        return
    longest = max(len(row) for _, row in fed)  # side by side, each row would take the memory of the longest
    for group in [[one] for one in fed] if longest > LONGEST else [fed]:
        states = np.stack([stream.state_array for stream, _ in group])
        features, states = streams[0].frozen.read([row for _, row in group], states)
        for b, (stream, row) in enumerate(group):
            stream.take(features[b].copy(), states[b].copy(), row)  # not the whole batch, kept alive by a row
            stream.steps += len(row)
