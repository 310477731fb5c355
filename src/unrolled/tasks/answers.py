"""What a fitted task may answer. Each has its own share of it; the rest says that it cannot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.messages import Session
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune
from unrolled.storage.files import read_text

__all__ = ["Answers"]


class Answers:
    """What command line, server and inspection ask of any task."""

    name: ClassVar[str] = ""

    def read_input(self, path: Path) -> Any:
        """What `predict` takes, from a file: mostly its text."""
        return read_text(path)

    def steps(self, given: Any) -> tuple[list[str], NDArray[np.float32]]:
        """What stands at each step of an input, and the vectors (T, D) that the recurrent layers read."""
        raise InputError(f"a {self.name} model shows no steps")

    def generate(self, text: str = "", words: int = 50, decoding: Decoding | None = None) -> str:
        """``text`` and what the model writes after it; InputError where the task writes nothing."""
        raise InputError(f"a {self.name} model writes nothing; expected a next-word model")

    def play(self, text: str = "", seconds: float = 20.0, decoding: Decoding | None = None) -> Tune:
        """``seconds`` of music after ``text``; InputError where the task makes none."""
        raise InputError(f"a {self.name} model makes no music")

    def facts(self) -> dict[str, Any]:
        """What a client should know beside `describe`: what the model ``reads``, its ``cell`` and its ``labels``."""
        return {"reads": "text"}

    def remark(self, given: Any) -> str:
        """What is to be said of an input to `predict` beside the answer; mostly nothing."""
        return ""

    def session(self) -> Session:
        """A new conversation with the model; InputError where the task has none."""
        raise InputError(f"a {self.name} model has no stream")

    def receive_many(self, sessions: Sequence[Session], messages: Sequence[Any]) -> list[dict[str, Any] | InputError]:
        """Each session's answer to its message, or the error it met; computed together where that is quicker."""
        answers: list[dict[str, Any] | InputError] = []
        for session, message in zip(sessions, messages, strict=True):
            try:
                answers.append(session.receive(message))
            except InputError as error:
                answers.append(error)
        return answers

    def predict(self, given: Any, n: int = 3) -> list[Any]:
        """The ``n`` most probable answers to an input, named tuples that end in a score; InputError for a bad input."""
        raise InputError(f"a {self.name} model predicts nothing")

    def predict_many(self, inputs: Sequence[Any], n: int = 3) -> list[list[Any]]:
        """`predict` of each input; computed together where that is quicker."""
        return [self.predict(given, n) for given in inputs]
