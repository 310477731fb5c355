"""A session: text that is edited, or sound and numbers that go on, and a model's answers; see docs/serving.md."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.messages import Message
from unrolled.inference.stream import Stream
from unrolled.inference.together import Awaits, Computation, alone
from unrolled.inference.trace import rounded
from unrolled.inputs import LONGEST, Input
from unrolled.inputs.base import Steps
from unrolled.storage.strict_json import parse_json

__all__ = ["LONGEST_TEXT", "RECENT", "Session"]

RECENT = 512  # steps whose memory and decision are kept
LONGEST_TEXT = 2**16  # characters held
_KEPT = 64  # steps after which a stream is kept, so that an edit near the end need not read everything again

AnyArray = NDArray[np.float32]


class Session:
    """A `Conversation` over any input and model.

    ``start`` gives a stream that has read nothing; ``outcomes`` name the outcomes that its probabilities stand for.
    """

    def __init__(self, start: Callable[[], Stream], input: Input, outcomes: Sequence[str]) -> None:
        self._start, self._input, self._outcomes = start, input, outcomes
        self._live = input.live()
        self._restart()

    def _restart(self) -> None:
        self.text, self._names, self._sent, self._left_out = "", list[str](), 0, 0
        self._streams = [self._start()]  # the last is after all steps, the one before it before the last step …
        self._rows: list[tuple[AnyArray, AnyArray]] = []  # what the memory held, and the decision, after each step
        self._live = None if self._live is None else self._live.fresh()

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Read what a message brings, and answer for all that was read so far."""
        return alone(self.receiving(message))

    def receiving(self, message: Mapping[str, Any]) -> Computation[dict[str, Any]]:
        """`receive` as a computation."""
        began = perf_counter()
        asked = Message.read(message, self._input.message_keys)
        if self._live is None:
            yield from self._writing(asked.edited(self.text))
        else:
            self._append(asked.content)
        stream = self._streams[-1]
        answers = stream.top(asked.n) if stream.steps else []
        answer: dict[str, Any] = {"predictions": [entry._asdict() for entry in answers], "steps": stream.steps}
        if asked.memory:
            answer |= {"memory": self.memory(), "labels": list(self._outcomes)}
        if self._left_out:
            answer["left_out"] = self._left_out
        if asked.id is not None:
            answer["id"] = asked.id
        return answer | {"microseconds": round((perf_counter() - began) * 1e6, 1)}

    def memory(self) -> dict[str, Any]:
        """The memory and the decision after each of the last steps, without those that an earlier call gave.

        Rows are -127 … 127 for -1 … 1. For a model that does not stream, each row may have changed: all are given.
        """
        stream = self._streams[-1]
        if not stream.frozen.streams:
            first = max(0, stream.steps - _KEPT)
            ends = range(first + 1, stream.steps + 1)
            outputs = stream.outputs(ends) if stream.steps else np.zeros((0, 0))
            decisions = stream.traced_beginnings(ends) if stream.steps else np.zeros((0, 0))
        else:
            first = max(self._sent, stream.steps - len(self._rows))
            rows = self._rows[len(self._rows) - (stream.steps - first) :]
            outputs, decisions = np.array([row for row, _ in rows]), np.array([shares for _, shares in rows])
        self._sent = stream.steps
        words = self._names[len(self._names) - len(decisions) :]
        return {"first": first, "words": words, **rounded(outputs, decisions)}

    def save(self) -> bytes:
        """What was read, except the memory of earlier steps. A sound that has begun is not kept: it begins again."""
        saved = {"text": self.text}
        if self._live is not None and not self._live.pending and self._streams[-1].steps:
            saved["stream"] = base64.b64encode(self._streams[-1].state()).decode()
        return json.dumps(saved, ensure_ascii=False).encode()

    def restore(self, saved: bytes) -> Self:
        """Continue from what `save` gave; InputError for anything else."""
        values = parse_json(bytes(saved), "the saved session")
        if not isinstance(values, dict) or not {"text"} <= values.keys() <= {"text", "stream"}:
            raise InputError("the saved session is not one: expected an object with text, and perhaps stream")
        if not all(isinstance(value, str) for value in values.values()):
            raise InputError("the saved session is not one: expected strings")
        stream = self._start()
        if self._live is not None and "stream" in values:
            try:
                stream.restore(base64.b64decode(values["stream"], validate=True))
            except binascii.Error as error:
                raise InputError(f"the saved session's stream is no base64: {error}") from None
        self._restart()
        if self._live is None:
            alone(self._writing(values["text"]))
        else:
            self._streams, self._names = [stream], [str(step) for step in range(stream.steps)]
        return self

    def _writing(self, text: str) -> Computation[None]:
        """Replace the text; the words before the first change are not read again.

        A model that reads all again reads the first LONGEST steps: the answer says how many are left out.
        """
        if text == self.text:
            return
        if len(text) > LONGEST_TEXT:
            raise InputError(
                f"the text is {len(text):,} characters; at most {LONGEST_TEXT:,} are held: send a new text"
            )
        names = self._input.names(text) if text.strip() else []
        steps = self._input.example(text) if names else self._input.beginning[:0]  # before anything changes
        left_out = 0 if self._streams[0].frozen.streams else max(0, len(names) - LONGEST)
        names, steps = names[: len(names) - left_out], steps[: len(steps) - left_out]
        pairs = zip(names, self._names, strict=False)
        kept = next((i for i, (new, old) in enumerate(pairs) if new != old), min(len(names), len(self._names)))
        dropped = len(self._names) - kept
        if dropped >= len(self._streams):
            self._restart()
            kept = 0
        elif dropped:
            del self._streams[-dropped:], self._rows[-dropped:]
        self.text, self._names, self._sent, self._left_out = text, names, min(self._sent, kept), left_out
        yield from self._reading(steps[kept:])

    def _append(self, content: Mapping[str, Any]) -> None:
        """Read the steps of a message after all earlier ones, or from the beginning where it says reset."""
        assert self._live is not None
        reset = bool(content.get("reset"))
        live = self._live.fresh() if reset else self._live
        steps = live.read(content)
        if len(steps) > LONGEST - (0 if reset else self._streams[-1].steps):
            raise InputError(f"{LONGEST} steps are read at most; send reset to begin again")
        if reset:
            self._restart()
            self._live = live
        start = len(self._names)
        self._names += [str(step) for step in range(start, start + len(steps))]
        if len(steps):
            stream = self._streams[-1].branch()
            self._streams = [stream]
            self._keep(*stream.feed_traced(steps))

    def _reading(self, steps: Steps) -> Computation[None]:
        """Read the last steps one by one, as an edit may take them back; those before in one call."""
        early = max(0, len(steps) - _KEPT)
        if early:
            unseen = max(0, early - RECENT)  # whose memory would not be kept
            stream = self._streams[-1].branch().feed_steps(steps[:unseen])
            self._keep(*stream.feed_traced(steps[unseen:early]))
            self._streams = [stream]
        for step in range(early, len(steps)):
            stream = self._streams[-1].branch()
            if stream.frozen.joins:
                yield Awaits(stream, steps[step : step + 1])
                yield Awaits(stream)
                self._keep(stream.features[None], stream.probabilities()[None])
            else:
                self._keep(*stream.feed_traced(steps[step : step + 1]))
            self._streams = [*self._streams[-_KEPT:], stream]

    def _keep(self, outputs: AnyArray, decisions: AnyArray) -> None:
        self._rows = [*self._rows, *zip(outputs, decisions, strict=True)][-RECENT:]
