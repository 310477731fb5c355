"""The names of earlier versions: their model folders still load, and their commands still work."""

from collections.abc import Mapping, Sequence
from typing import Any

from unrolled.errors import InputError

__all__ = ["check_tokens", "renamed_arguments", "upgraded"]

MUSIC = ("notes", "chords")  # until 0.1.0 tokens of next-word, or a task of its own
NOTES = ("grid", "vocabulary", "model", "cell", "width", "layers", "embedding", "context", "dropout", "tied", "order")


def check_tokens(tokens: Any) -> None:
    """Raise InputError, which says what to write instead, where tokens of `NextWord` are of music."""
    if tokens in MUSIC:
        raise InputError(f"tokens is {tokens}; music has a class of its own: unrolled.Composer(events={tokens!r})")


def upgraded(config: Mapping[str, Any]) -> tuple[str, Any]:
    """The name of the task in a config.json and its settings, as this version names them."""
    name, settings = str(config.get("task")), config.get("settings")
    if not isinstance(settings, dict):
        return name, settings
    if name == "next-chord":
        return "compose", {"events": "chords", **settings}
    if name == "next-word" and settings.get("tokens") in MUSIC:
        return "compose", {"events": "notes", **{key: settings[key] for key in NOTES if key in settings}}
    if name == "next-word" and settings.get("grid", 0) is None:
        return name, {key: value for key, value in settings.items() if key != "grid"}
    return name, settings


def renamed_arguments(task: str, arguments: Sequence[str]) -> tuple[str, list[str], str]:
    """The task and arguments of `unrolled fit` in this version, and what to type instead; "" where nothing changed."""
    words = list(arguments)
    if task == "next-chord":
        return _composing(task, words, "chords")
    for place, word in enumerate(words if task == "next-word" else []):
        name, equals, value = word.partition("=")
        kind = value if equals else words[place + 1] if place + 1 < len(words) else ""
        if name == "--tokens" and kind in MUSIC:
            rest = words[:place] + words[place + (1 if equals else 2) :]
            return _composing(f"{task} --tokens {kind}", rest, kind)
    return task, words, ""


def _composing(earlier: str, arguments: list[str], events: str) -> tuple[str, list[str], str]:
    instead = f"unrolled fit compose --events {events}"
    if any(word.partition("=")[0] == "--events" for word in arguments):
        raise InputError(f"--events beside {earlier}, which is now {instead}; expected unrolled fit compose --events …")
    return "compose", [*arguments, "--events", events], instead
