"""Options that limit what a model may answer, for every command that lets it answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unrolled.errors import InputError
from unrolled.settings import option

if TYPE_CHECKING:
    from unrolled.tasks.base import Learnt, Task

__all__ = ["Allowed"]


@dataclass(frozen=True)
class Allowed:
    """What a model may answer."""

    must_match: str | None = option(
        None, "of search suggestions, only what the items in this file can answer", metavar="FILE"
    )

    def limit(self, task: "Task[Learnt]") -> "Task[Learnt]":
        """The model, to answer nothing else; InputError for a limit that means nothing for it."""
        from unrolled.tasks.predictor import Predictor

        if self.must_match is None:
            return task
        if not isinstance(task, Predictor) or not task.takes_items:
            raise InputError(f"--must-match means nothing for a {task.name} model; expected one of search suggestions")
        return task.only_matching(Path(self.must_match))

    def limit_some(self, tasks: "Mapping[str, Task[Learnt]]") -> "Mapping[str, Task[Learnt]]":
        """Models by name, limited where that means something; InputError where it means nothing for any of them."""
        takers = {name: task for name, task in tasks.items() if getattr(task, "takes_items", False)}
        return {**tasks, **{name: self.limit(task) for name, task in (takers or tasks).items()}}
