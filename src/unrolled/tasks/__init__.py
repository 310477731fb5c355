"""Tasks: one file per application, one line here each. The only room where all others meet."""

from importlib import import_module
from pathlib import Path

from unrolled.errors import InputError
from unrolled.runtime.bundle import Bundle
from unrolled.tasks.base import Evaluation, Task

__all__ = ["TASKS", "Evaluation", "Task", "load", "task_class"]

TASKS = {"next-word": "unrolled.tasks.next_word:NextWord"}


def task_class(name: str) -> type[Task]:
    """The class of a task by its name on the command line; InputError on a name there is not."""
    if name not in TASKS:
        raise InputError(f"there is no task {name!r}; there is {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    found: type[Task] = getattr(import_module(module), attribute)
    return found


def load(folder: str | Path) -> Task:
    """The fitted task in a model folder, on numpy alone. Raises InputError for a folder that is none, or is damaged."""
    bundle = Bundle.open(folder)
    return task_class(str(bundle.config.get("task"))).from_bundle(bundle)
