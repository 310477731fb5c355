"""The keyboard: text before the cursor in, suggestions out."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, NamedTuple, Self

import numpy as np

from unrolled.errors import InputError
from unrolled.runtime.stream import Stream
from unrolled.text.tokens import Tokenizer

__all__ = ["Keyboard", "Suggestion"]


class Suggestion(NamedTuple):
    """A word, its probability given what was typed of it, and what it is: "next", "completion" or "correction"."""

    text: str
    score: float
    kind: str


class Keyboard:
    """Holds the text before the cursor and suggests how it may go on."""

    def __init__(self, stream: Stream, tokenizer: Tokenizer) -> None:
        self._start, self._tokenizer = stream, tokenizer
        self._words = sorted((text, i) for i, text in enumerate(tokenizer.tokens) if i > 1)
        self._order = np.array([i for _, i in self._words])
        self.text = ""
        self._read("")

    def write(self, text: str) -> Self:
        """Let ``text`` be all that stands before the cursor."""
        self.text = text
        self._read(text)
        return self

    def _read(self, text: str) -> None:
        done = len(text) if not text[-1:].isalnum() else text.rfind(" ") + 1
        self.typed = text[done:]
        self._stream = self._start.branch().feed(text[:done])

    def suggest(self, n: int = 3) -> list[Suggestion]:
        """The ``n`` best words: completions of the one being typed, or the next ones."""
        p = self._stream.probabilities()
        if not self.typed:
            return [Suggestion(one.text, one.score, "next") for one in self._stream.top(n)]
        found = [(float(p[i]), w) for w, i in self._words if w.startswith(self.typed)]
        return [Suggestion(w, s, "completion") for s, w in sorted(found, reverse=True)[:n]]

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """See docs/serving.md."""
        began = perf_counter()
        text = message.get("text", self.text)
        if not isinstance(text, str):
            raise InputError(f"text is {type(text).__name__}; expected a string")
        text = text[: len(text) - message.get("erase", 0)] + message.get("append", "")
        self.write(text)
        found = self.suggest(message.get("n", 3))
        answer = {
            "suggestions": [one._asdict() for one in found],
            "typed": self.typed,
            "replace": len(self.typed),
            "microseconds": round((perf_counter() - began) * 1e6, 1),
        }
        return answer | ({"id": message["id"]} if "id" in message else {})

    def save(self) -> bytes:
        return self.text.encode()

    def restore(self, saved: bytes) -> None:
        self.write(saved.decode())
