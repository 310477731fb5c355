"""Answers to a keyboard session's messages, as docs/serving.md defines them."""

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from unrolled.keyboard.message import KeyboardMessage

if TYPE_CHECKING:
    from unrolled.keyboard.keyboard import Keyboard

__all__ = ["answer"]


def answer(keyboard: "Keyboard", message: Mapping[str, object]) -> dict[str, Any]:
    """Do what a message asks of a keyboard and answer it; on InputError nothing has changed."""
    began = perf_counter()
    request = KeyboardMessage.read(message)
    _change(keyboard, request)
    said: dict[str, Any] = {
        "suggestions": [suggestion._asdict() for suggestion in keyboard.suggest(request.n)],
        "typed": keyboard.typed,
        "replace": len(keyboard.replaced),
    }
    if request.edits and keyboard.corrected:
        said["corrected"] = {"from": keyboard.corrected.typed, "to": keyboard.corrected.written}
    if request.memory:
        said["memory"] = keyboard.memory()
    if "id" in message:
        said["id"] = message["id"]
    said["microseconds"] = round((perf_counter() - began) * 1e6, 1)
    return said


def _change(keyboard: "Keyboard", request: KeyboardMessage) -> None:
    if request.learn is not None and request.learn != keyboard.learning:
        keyboard.learning = request.learn
    if request.autocorrect is not None:
        keyboard.autocorrect = request.autocorrect
    if request.forget is not None:
        keyboard.forget(request.forget if isinstance(request.forget, str) else None)
    if request.text is not None:
        keyboard.write(request.text)
    elif request.edits:
        keyboard.edit(request.erase, request.append)
