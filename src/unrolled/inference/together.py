"""Many streams that read at once, and many conversations whose streams do.

A computation is a generator that yields what it `Awaits` of a stream and goes on once the stream has it; so those of
many can be done in one batch: the same bits as one by one.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.messages import Conversation
from unrolled.inference.stream import Stream
from unrolled.inputs import LONGEST

__all__ = ["Awaits", "Computation", "Joinable", "alone", "answer_together", "feed_together", "together"]

Result = TypeVar("Result")


class Readable(Protocol):
    """A `Stream`, or what reads and predicts as one."""

    def feed_steps(self, steps: NDArray[np.int64]) -> object:
        """Read encoded steps."""

    def probabilities(self) -> NDArray[np.float32]:
        """The probabilities of the outcomes, which it keeps until it reads on."""


class Awaits(NamedTuple):
    """What a computation waits for: that a stream has read steps or, without steps, has its probabilities."""

    stream: Readable
    steps: NDArray[Any] | None = None

    def get(self) -> None:
        """Compute it."""
        if self.steps is None:
            self.stream.probabilities()
        else:
            self.stream.feed_steps(self.steps)


Computation = Generator[Awaits, None, Result]


@runtime_checkable
class Joinable(Protocol):
    """A conversation whose answers can be computed together with those of others."""

    def receiving(self, message: Mapping[str, Any]) -> Computation[dict[str, Any]]:
        """`receive` as a computation."""


def alone(computation: Computation[Result]) -> Result:
    """The result of one computation."""
    try:
        while True:
            next(computation).get()
    except StopIteration as end:
        result: Result = end.value
        return result


def together(computations: Sequence[Computation[Result]]) -> list[Result | InputError]:
    """The result of each computation, or the InputError that it met: what they wait for is computed in one batch.

    No two of them may change the same stream.
    """
    results: dict[int, Result | InputError] = {}
    errors: dict[int, InputError] = {}
    going = dict(enumerate(computations))
    while going:
        waiting: dict[int, Awaits] = {}
        for number, computation in going.items():
            try:
                error = errors.get(number)
                waiting[number] = computation.send(None) if error is None else computation.throw(error)
            except StopIteration as end:
                results[number] = end.value
            except InputError as error:
                results[number] = error
        going = {number: going[number] for number in waiting}
        errors = _computed(waiting)
    return [results[number] for number in range(len(computations))]


def answer_together(
    conversations: Sequence[Conversation], messages: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any] | InputError]:
    """Each conversation's answer to its message, or the InputError that the message caused.

    What the models compute is computed together; of two messages to one conversation the second one waits.
    """
    answers: dict[int, dict[str, Any] | InputError] = {}
    left = dict(enumerate(zip(conversations, messages, strict=True)))
    while left:
        now = {id(conversation): number for number, (conversation, _) in reversed(left.items())}
        joined: dict[int, Computation[dict[str, Any]]] = {}
        for number in sorted(now.values()):
            conversation, message = left.pop(number)
            if len(conversations) > 1 and isinstance(conversation, Joinable):
                joined[number] = conversation.receiving(message)
                continue
            try:
                answers[number] = conversation.receive(message)
            except InputError as error:
                answers[number] = error
        answers |= zip(joined, together(list(joined.values())), strict=True)
    return [answers[number] for number in range(len(messages))]


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


def _computed(waiting: Mapping[int, Awaits]) -> dict[int, InputError]:
    """Compute what is waited for, what one model can compute at once in one batch; the errors that some met."""
    groups: dict[tuple[int, bool], list[int]] = {}
    for number, (stream, steps) in waiting.items():
        model = stream.frozen if isinstance(stream, Stream) and stream.frozen.streams else None
        group = id(stream if model is None else model)
        groups.setdefault((group, steps is None), []).append(number)
    errors: dict[int, InputError] = {}
    for numbers in groups.values():
        awaited = [waiting[number] for number in numbers]
        if len(awaited) > 1:
            try:
                _compute([one.stream for one in awaited if isinstance(one.stream, Stream)], awaited)
                continue
            except InputError:  # of one of them: each by itself
                pass
        for number, one in zip(numbers, awaited, strict=True):
            try:
                one.get()
            except InputError as error:
                errors[number] = error
    return errors


def _compute(streams: Sequence[Stream], awaited: Sequence[Awaits]) -> None:
    """Let streams of one model read, or have their probabilities."""
    rows = [one.steps for one in awaited if one.steps is not None]
    if rows:
        feed_together(streams, rows)
        return
    scores = streams[0].frozen.scores(np.stack([stream.features for stream in streams]))
    for stream, own in zip(streams, scores, strict=True):
        stream.take_scores(own)
        stream.probabilities()
