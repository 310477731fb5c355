"""Answers to a keyboard session's messages, as docs/serving.md defines them."""

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from unrolled.completion.candidates import Suggestion
from unrolled.inference.together import Computation
from unrolled.keyboard.message import KeyboardMessage

if TYPE_CHECKING:
    from unrolled.keyboard.keyboard import Keyboard

__all__ = ["answering"]


def answering(keyboard: "Keyboard", message: Mapping[str, object]) -> Computation[dict[str, Any]]:
    """Do what a message asks of a keyboard and answer it; on InputError nothing has changed."""
    began = perf_counter()
    request = KeyboardMessage.read(message)
    stroke = None if request.stroke is None else keyboard.read_stroke(request.stroke, request.layout)
    yield from _changing(keyboard, request)
    if stroke is None:
        yield from keyboard.predicting()
    found = keyboard.suggest(request.n) if stroke is None else keyboard.words_of(stroke, request.n)
    said: dict[str, Any] = {
        "suggestions": [_told(suggestion) for suggestion in found],
        "typed": keyboard.typed,
        "replace": len(keyboard.replaced) if stroke is None else 0,
    }
    if request.edits and keyboard.corrected:
        said["corrected"] = {"from": keyboard.corrected.typed, "to": keyboard.corrected.written}
    if request.memory:
        said["memory"] = keyboard.memory()
    if "id" in message:
        said["id"] = message["id"]
    said["microseconds"] = round((perf_counter() - began) * 1e6, 1)
    return said


def _told(suggestion: Suggestion) -> dict[str, Any]:
    return suggestion._asdict() | ({"everyday": True} if suggestion.everyday else {})


def _changing(keyboard: "Keyboard", request: KeyboardMessage) -> Computation[None]:
    if request.learn is not None and request.learn != keyboard.learning:
        keyboard.learning = request.learn
    if request.autocorrect is not None:
        keyboard.autocorrect = request.autocorrect
    if request.forget is not None:
        keyboard.forget(request.forget if isinstance(request.forget, str) else None)
    if request.text is not None:
        yield from keyboard.writing(request.text)
    elif request.edits:
        yield from keyboard.editing(request.erase, request.append)
