"""A task as people see it in a terminal and in a notebook: what differs from the defaults, and whether it is fitted."""

import html
from typing import TYPE_CHECKING

from unrolled import settings

if TYPE_CHECKING:
    from unrolled.tasks.base import Learnt, Task

__all__ = ["as_html", "shown"]


def shown(task: "Task[Learnt]") -> str:
    """One line, in angle brackets as it is no call that would make the task again."""
    return f"<{settings.shown(task)}, {_state(task)}>"


def as_html(task: "Task[Learnt]") -> str:
    """The same for a notebook, with how well the fit went and all settings below."""
    fitted = hasattr(task, "weights_")
    lines = [task.describe(), *task.summary().splitlines()] if fitted else []
    rows = "".join(
        f"<tr><td>{_escaped(name)}</td><td style='text-align:left'>{_escaped(value)}</td></tr>"
        for name, value in task.get_params(deep=False).items()
    )
    about = "".join(f"<div>{_escaped(line)}</div>" for line in lines)
    head = f"<code>{_escaped(settings.shown(task))}</code> {_escaped(_state(task))}"
    return f"<div>{head}{about}<details><summary>all settings</summary><table>{rows}</table></details></div>"


def _state(task: "Task[Learnt]") -> str:
    if not hasattr(task, "weights_"):
        return "not fitted"
    return f"fitted on {task.fitted_.items:,} {task.unit}"


def _escaped(value: object) -> str:
    return html.escape(str(value))
