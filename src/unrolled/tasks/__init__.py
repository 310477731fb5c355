"""Tasks: one file for each application, one line here. The only room where the roles meet."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from unrolled.errors import InputError
from unrolled.tasks.earlier import renamed_arguments, upgraded

if TYPE_CHECKING:
    from unrolled.tasks.base import Task

__all__ = ["TASKS", "load", "renamed_arguments", "task_class"]

TASKS = {
    "next-word": "unrolled.tasks.next_word:NextWord",
    "compose": "unrolled.tasks.compose:Composer",
    "classify": "unrolled.tasks.classify:Classifier",
}


def task_class(name: str) -> "type[Task]":
    """The class of a task by its name on the command line; InputError for an unknown name."""
    if name not in TASKS:
        raise InputError(f"there is no task {name!r}; there is {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    loaded: type[Task] = getattr(import_module(module), attribute)
    return loaded


def load(folder: str | Path) -> "Task":
    """The fitted task in a model folder, on numpy alone. Raises InputError for a damaged or a wrong folder."""
    from unrolled.storage.model_folder import ModelFolder

    opened = ModelFolder.open(folder)
    name, settings = upgraded(opened.config)
    return task_class(name).from_folder(opened, settings)
