"""Tasks: one file per application, one line here each. The only room where all others meet."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrolled.errors import InputError

if TYPE_CHECKING:
    from unrolled.tasks.base import Task

__all__ = ["TASKS", "load", "task_class"]

TASKS = {"next-word": "unrolled.tasks.next_word:NextWord", "classify": "unrolled.tasks.classify:Classifier"}


def task_class(name: str) -> "type[Task]":
    """The class of a task by its name on the command line; InputError on a name there is not."""
    if name not in TASKS:
        raise InputError(f"there is no task {name!r}; there is {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    found: type[Task] = getattr(import_module(module), attribute)
    return found


def load(folder: str | Path) -> Any:
    """The fitted task in a model folder, on numpy alone. Raises InputError for a folder that is none, or is damaged."""
    from unrolled.runtime.bundle import Bundle

    bundle = Bundle.open(folder)
    return task_class(str(bundle.config.get("task"))).from_bundle(bundle)
