"""Tasks: one file per application, one line here each. The only room where all others meet."""

import dataclasses
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrolled.errors import InputError

if TYPE_CHECKING:
    from unrolled.tasks.base import Task

__all__ = ["TASKS", "class_for", "load", "task_class"]

TASKS = {
    "next-word": "unrolled.tasks.next_word:NextWord",
    "next-chord": "unrolled.tasks.next_chord:NextChord",
    "classify": "unrolled.tasks.classify:Classifier",
}

ELSEWHERE = {("next-word", "tokens", "chords"): "next-chord"}
"""A value of a task's setting that another task serves."""


def task_class(name: str) -> "type[Task]":
    """The class of a task by its name on the command line; InputError on a name there is not."""
    if name not in TASKS:
        raise InputError(f"there is no task {name!r}; there is {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    found: type[Task] = getattr(import_module(module), attribute)
    return found


def class_for(kind: "type[Task]", given: dict[str, Any]) -> "tuple[type[Task], dict[str, Any]]":
    """The class that serves the settings that were given for ``kind``, and those settings.

    Raises InputError for one that the class does not have.
    """
    for (task, setting, value), other in ELSEWHERE.items():
        if kind.name == task and given.get(setting) == value:
            served = task_class(other)
            known = {field.name for field in dataclasses.fields(served)}
            rest = {name: value for name, value in given.items() if name != setting}
            if foreign := sorted(rest.keys() - known):
                option = f"--{foreign[0]}".replace("_", "-")
                raise InputError(f"{option} means nothing with --{setting} {value}; leave it out")
            return served, rest
    return kind, given


def load(folder: str | Path) -> Any:
    """The fitted task in a model folder, on numpy alone. Raises InputError for a folder that is none, or is damaged."""
    from unrolled.storage.model_folder import ModelFolder

    bundle = ModelFolder.open(folder)
    return task_class(str(bundle.config.get("task"))).from_bundle(bundle)
