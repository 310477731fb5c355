"""Tasks: one file for each application, one line here. The only room where the roles meet."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from unrolled.errors import InputError
from unrolled.tasks.earlier import renamed_arguments, upgraded

if TYPE_CHECKING:
    from unrolled.tasks.base import Learnt, Task
    from unrolled.tasks.multilingual import Multilingual
    from unrolled.tasks.next_word import NextWord
    from unrolled.tasks.panels import PanelTask
    from unrolled.tasks.predictor import Predictor

__all__ = [
    "TASKS",
    "as_forecaster",
    "as_predictor",
    "load",
    "load_forecaster",
    "load_predictor",
    "renamed_arguments",
    "task_class",
    "together",
]

TASKS = {
    "next-word": "unrolled.tasks.next_word:NextWord",
    "suggest": "unrolled.tasks.suggest:Suggester",
    "compose": "unrolled.tasks.compose:Composer",
    "classify": "unrolled.tasks.classify:Classifier",
    "forecast": "unrolled.tasks.forecast:Forecaster",
    "translate": "unrolled.tasks.translate:Translator",
    "summarize": "unrolled.tasks.summarize:Summarizer",
    "caption": "unrolled.tasks.caption:Captioner",
    "swipe": "unrolled.tasks.swipe:Swipe",
}


def task_class(name: str) -> "type[Task[Learnt]]":
    """The class of a task by its name on the command line; InputError for an unknown name."""
    if name not in TASKS:
        raise InputError(f"there is no task {name!r}; there is {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    loaded: type[Task[Learnt]] = getattr(import_module(module), attribute)
    return loaded


def load(folder: str | Path) -> "Task[Learnt]":
    """The fitted task in a model folder, on numpy alone. Raises InputError for a damaged or a wrong folder."""
    from unrolled.storage.model_folder import ModelFolder

    opened = ModelFolder.open(folder)
    name, settings = upgraded(opened.config)
    return task_class(name).from_folder(opened, settings)


def load_predictor(folder: str | Path) -> "Predictor":
    """`load` a task that answers single inputs; InputError where the folder holds another one."""
    return as_predictor(load(folder), folder)


def as_predictor(task: "Task[Learnt]", folder: str | Path) -> "Predictor":
    """The task of a model folder as one that answers single inputs; InputError where it is none."""
    from unrolled.tasks.predictor import Predictor

    if isinstance(task, Predictor):
        return task
    from unrolled.tasks.pairs import PairTask

    reason = "writes a text to each input" if isinstance(task, PairTask) else "reads no single input"
    raise _another(task, folder, reason, Predictor)


def load_forecaster(folder: str | Path) -> "PanelTask[Learnt]":
    """`load` a task that forecasts the series of a panel; InputError where the folder holds another one."""
    return as_forecaster(load(folder), folder)


def as_forecaster(task: "Task[Learnt]", folder: str | Path) -> "PanelTask[Learnt]":
    """The task of a model folder as one that forecasts the series of a panel; InputError where it is none."""
    from unrolled.tasks.panels import PanelTask

    if isinstance(task, PanelTask):
        return task
    raise _another(task, folder, "forecasts no series", PanelTask)


def together(models: "Mapping[str, Task[Learnt]]") -> "Multilingual":
    """Next-word models by the name of their language, as one; InputError for others."""
    from unrolled.tasks.multilingual import Multilingual

    return Multilingual(cast("Mapping[str, NextWord]", models))


def _another(task: "Task[Learnt]", folder: str | Path, reason: str, wanted: type) -> InputError:
    names = [name for name in TASKS if issubclass(task_class(name), wanted)]
    expected = f"one of {', '.join(names)}" if names else "another"
    return InputError(f"{folder} holds a {task.name} model, which {reason}; expected {expected}")
