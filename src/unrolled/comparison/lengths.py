"""Count how a dense network grows with the length of its input, and a recurrent one does not. Nothing is trained."""

import copy
from typing import NamedTuple

import numpy as np

from unrolled.arrays import NUMPY, State, map_state
from unrolled.errors import InputError
from unrolled.inputs.text import BAGS
from unrolled.tasks.predictor import Predictor

__all__ = ["Size", "lengths_of", "lengths_table", "sizes"]

LONGEST = 1_000_000


class Size(NamedTuple):
    """The sizes of both networks for sequences of ``length`` steps.

    Of the dense one: its input (all vectors side by side), the shape of its hidden matrix, and its parameters. Of the
    recurrent one: the numbers in its state, and its parameters. Both counts include the word vectors.
    """

    length: int
    dense_input: int
    dense_hidden: tuple[int, ...]
    dense_parameters: int
    recurrent_memory: int
    recurrent_parameters: int


def lengths_of(text: str) -> list[int]:
    """The lengths in a text such as "5,50,500", without repetitions; InputError for anything else."""
    lengths = []
    for word in text.split(","):
        if not (word.strip().isascii() and word.strip().isdigit()) or not 1 <= int(word[:20]) <= LONGEST:
            raise InputError(f"--lengths: {word.strip()!r:.80}; expected whole numbers from 1 to {LONGEST:,}")
        lengths.append(int(word))
    return list(dict.fromkeys(lengths))


def sizes(task: Predictor, lengths: list[int]) -> list[Size]:
    """The dense and the recurrent network with the settings of a fitted task, whichever of them it is.

    Raises InputError for a task that has not both, and for one whose inputs are one vector, of whatever length.
    """
    settings = task.get_params()
    if not {"model", "context"} <= settings.keys():
        raise InputError(f"--lengths: a {task.name} model has no dense network to stand beside it")
    if settings.get("vectorizer") in BAGS:
        raise InputError(
            f"--lengths: {settings['vectorizer']} makes one vector of any text: nothing grows with its length"
        )
    recurrent = copy.copy(task).set_params(model="recurrent")
    memory = _numbers(recurrent.network()[0].zero_state(NUMPY, 1, np.zeros(1, np.float32)))
    counted = []
    for length in lengths:
        dense = copy.copy(task).set_params(model="dense", context=length)
        hidden = dense.shapes().get("hidden.W")
        if hidden is None:
            raise InputError(f"--lengths: a {task.name} model has no dense network to stand beside it")
        counted.append(Size(length, hidden[1], tuple(hidden), dense.parameters, memory, recurrent.parameters))
    return counted


def _numbers(state: State) -> int:
    """How many numbers a state holds."""
    leaves: list[int] = []
    map_state(lambda leaf: leaves.append(leaf.size), state)
    return sum(leaves)


def lengths_table(task: Predictor, counted: list[Size]) -> str:
    """For a person: the dense network's numbers grow, the recurrent one's stay."""
    cell = copy.copy(task).set_params(model="recurrent").metadata()["cell"]
    recurrent = f"recurrent network ({cell})"
    lines = [f"{'':>9}{'dense network over a window of that length':>50}{recurrent:>36}"]
    lines.append(f"{'length':>9}{'input':>14}{'hidden matrix':>20}{'parameters':>16}{'memory':>20}{'parameters':>16}")
    for size in counted:
        hidden = " × ".join(f"{n:,}" for n in size.dense_hidden)
        dense = f"{size.dense_input:>14,}{hidden:>20}{size.dense_parameters:>16,}"
        lines.append(f"{size.length:>9,}{dense}{size.recurrent_memory:>20,}{size.recurrent_parameters:>16,}")
    return "\n".join(lines)
