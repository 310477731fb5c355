"""What the server asks of a model."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers
from unrolled.inference.messages import Conversation
from unrolled.inputs import Input
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune

__all__ = ["ServedModel"]


class ServedModel(Protocol):
    """A model that can be served, such as any fitted `unrolled.tasks.predictor.Predictor`."""

    @property
    def name(self) -> str:
        """The name of its task."""

    @property
    def answer(self) -> type[Answer]:
        """The named tuple that it answers with."""

    @property
    def input_(self) -> Input:
        """Its fitted input."""

    @property
    def parameters(self) -> int:
        """How many numbers its weights are."""

    def describe(self) -> str:
        """One line on what it is."""

    def metadata(self) -> Mapping[str, Any]:
        """What a client should know: what it ``reads``, its ``card``, and more that its task has to say."""

    def answers(self) -> Answers:
        """What its scores are of."""

    def predict_many(self, inputs: Sequence[Any], n: int) -> Sequence[Sequence[Answer]]:
        """The ``n`` best answers to each raw input; InputError for a bad input."""

    def trace(self, raw: Any, moments: int) -> Mapping[str, Any]:
        """Its memory and its decision at so many steps of a raw input."""

    def play(self, text: str, seconds: float, decoding: Decoding) -> Tune:
        """Music after ``text``; InputError where it makes none."""

    def session(self) -> Conversation:
        """A new session."""

    def receive_many(
        self, sessions: Sequence[Conversation], messages: Sequence[Mapping[str, Any]]
    ) -> Sequence[dict[str, Any] | InputError]:
        """Each session's answer to its message, or the error that it met."""
