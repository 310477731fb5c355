"""A classifier's session: text that is edited, or sound and numbers that go on; see docs/serving.md."""

import json
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.classifier_messages import Message, Sounding
from unrolled.inference.listener import Listener, Reading
from unrolled.inference.trace import shown
from unrolled.inputs.base import LONGEST
from unrolled.storage.strict_json import parse_json

__all__ = ["LONGEST_TEXT", "RECENT", "Session"]

RECENT = 512  # steps whose memory and decision are kept for who asks
LONGEST_TEXT = 2**16  # characters held
_KEPT = 64  # words after which a listener is kept, so that an edit near the end need not read all anew

Numbers = NDArray[np.float32]


class Session:
    """`runtime.session.Session` over a `Reading`; ``kind`` is that of the inputs (text, dna, sound, numbers)."""

    def __init__(self, reading: Reading, kind: str, sounding: Sounding | None = None) -> None:
        self._reading, self.kind, self._sounding = reading, kind, sounding
        self._begin()

    def _begin(self) -> None:
        self.text, self._names, self._sent = "", list[str](), 0
        self._listeners = [Listener(self._reading)]  # the last is after all steps, the one before it before the last …
        self._rows: list[tuple[Numbers, Numbers]] = []  # what the memory held, and the decision, after each step
        if self._sounding is not None:
            self._sounding = self._sounding.anew()

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Read what is new, and say what all of it is."""
        began = perf_counter()
        asked = Message.read(message, self.kind)
        if self.kind in ("text", "dna"):
            self._write(asked.edited(self.text))
        else:
            self._hear(asked)
        listener = self._listeners[-1]
        found = listener.top(asked.n) if listener.steps else []
        answer: dict[str, Any] = {"predictions": [one._asdict() for one in found], "steps": listener.steps}
        if asked.memory:
            answer |= {"memory": self.memory(), "labels": list(self._reading.labels)}
        if asked.id is not None:
            answer["id"] = asked.id
        return answer | {"microseconds": round((perf_counter() - began) * 1e6, 1)}

    def memory(self) -> dict[str, Any]:
        """What the memory held after each of the last steps, and the decision, as far as no earlier call gave them.

        Rows are -127 … 127 for -1 … 1. Of a model that reads anew every row may have changed: all of them are given.
        """
        listener = self._listeners[-1]
        if listener.reads_anew:
            first = max(0, listener.steps - _KEPT)
            outputs = listener.outputs()[first:] if listener.steps else np.zeros((0, 0))
            decisions = listener.anew(range(first + 1, listener.steps + 1)) if listener.steps else np.zeros((0, 0))
        else:
            first = max(self._sent, listener.steps - len(self._rows))
            rows = self._rows[len(self._rows) - (listener.steps - first) :]
            outputs, decisions = np.array([row for row, _ in rows]), np.array([each for _, each in rows])
        self._sent = listener.steps
        return {
            "first": first,
            "words": self._names[len(self._names) - len(decisions) :],
            **shown(outputs, decisions),
        }

    def save(self) -> bytes:
        """The text; what was heard is not kept."""
        return json.dumps({"text": self.text}, ensure_ascii=False).encode()

    def restore(self, saved: bytes) -> Self:
        """Go on from what `save` gave; InputError for anything else."""
        found = parse_json(bytes(saved), "the saved session")
        if not isinstance(found, dict) or found.keys() != {"text"} or not isinstance(found["text"], str):
            raise InputError("the saved session is not one: expected an object with text")
        self._begin()
        if self.kind in ("text", "dna"):
            self._write(found["text"])
        return self

    def _write(self, text: str) -> None:
        """Let ``text`` be what is written: words that still stand are not read again."""
        if text == self.text:
            return
        if len(text) > LONGEST_TEXT:
            raise InputError(f"the text is {len(text):,} characters; at most {LONGEST_TEXT:,} are held: send text anew")
        names = self._reading.encoder.names(text) if text.strip() else []
        steps = self._reading.encoder.encode(text) if names else np.zeros(0, np.int64)  # before anything changes
        kept = next((i for i, (a, b) in enumerate(zip(names, self._names, strict=False)) if a != b), None)
        kept = min(len(names), len(self._names)) if kept is None else kept
        dropped = len(self._names) - kept
        if dropped >= len(self._listeners):
            self._begin()
            kept = 0
        elif dropped:
            del self._listeners[-dropped:], self._rows[-dropped:]
        self.text, self._names, self._sent = text, names, min(self._sent, kept)
        self._read(steps[kept:])

    def _hear(self, asked: Message) -> None:
        sounding = self._sounding.anew() if self._sounding is not None and asked.reset else self._sounding
        steps = asked.steps(self._reading.encoder, sounding)
        if asked.reset:
            self._begin()
            self._sounding = sounding
        room = LONGEST - self._listeners[-1].steps
        if len(steps) > room:
            raise InputError(f"{LONGEST} steps are read at most; send reset to begin anew")
        start = len(self._names)
        self._names += [str(step) for step in range(start, start + len(steps))]
        if len(steps):
            listener = self._listeners[-1].branch()
            self._listeners = [listener]
            self._keep(*listener.feed_steps(steps))

    def _read(self, steps: NDArray[Any]) -> None:
        """Step by step at the end, where one may be taken back; what stands before in one go."""
        early = max(0, len(steps) - _KEPT)
        if early:
            listener = self._listeners[-1].branch()
            self._keep(*listener.feed_steps(steps[:early]))
            self._listeners = [listener]
        for step in range(early, len(steps)):
            listener = self._listeners[-1].branch()
            self._keep(*listener.feed_steps(steps[step : step + 1]))
            self._listeners = [*self._listeners[-_KEPT:], listener]

    def _keep(self, outputs: Numbers, decisions: Numbers) -> None:
        self._rows = [*self._rows, *zip(outputs, decisions, strict=True)][-RECENT:]
