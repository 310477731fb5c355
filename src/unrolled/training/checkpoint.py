"""The resume file: everything a run needs to go on as if it had never stopped, in one safetensors file.

It is read as a model folder is: no pickle, every bound checked first, nothing taken over before all of it is checked.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unrolled.arrays import State, map_state
from unrolled.errors import InputError, TrainingError
from unrolled.settings import from_dict, option, to_dict
from unrolled.storage.files import RESUME_FILE, open_regular, replace_file
from unrolled.storage.strict_json import parse_json
from unrolled.storage.tensor_file import HEADER_LIMIT, encode_tensors, read_tensors
from unrolled.training.optimizer import Optimizer

__all__ = ["RESUME_FILE", "Position", "TrainingState", "load_checkpoint", "save_checkpoint"]

_ABSENT = object()


@dataclass
class Position:
    """Where a run stands, beside its tensors."""

    step: int = option(0, "steps done", 0)
    minutes: float | None = option(None, "the budget that the next two follow from", 0.0)
    epochs: int | None = option(None, "and its epochs", 1)
    steps: int | None = option(None, "steps in all; None until minutes have been turned into steps", 1)
    interval: int = option(1, "steps from one validation to the next", 1)
    since: int = option(0, "step at which the rate was warmed up", 0)
    annealing: int | None = option(None, "step at which annealing began; None before", 0)
    rate: float = option(1.0, "share of the full rate at that step", 0.0, 1.0)
    validated: int = option(0, "step of the last validation", 0)
    best: float | None = option(None, "lowest validation loss, nats per item")
    stale: int = option(0, "validations since then", 0)
    start: float | None = option(None, "validation loss before the first step, where that counts")
    seconds: float = option(0.0, "spent so far, over all sessions", 0.0)


@dataclass
class TrainingState:
    """All that changes during a run; ``best`` (name → weight) is empty before the first validation."""

    module: nn.Module
    optimizer: Optimizer
    generator: torch.Generator
    carried: State
    position: Position
    best: dict[str, Tensor] = field(default_factory=dict)

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by its name in the resume file."""
        tensors = {"generator": self.generator.get_state()}
        for name, weight in self.module.named_parameters():
            tensors[f"weight/{name}"] = weight.detach()
            tensors |= {f"optimizer/{key}/{name}": value for key, value in self.optimizer.memory[name].items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        return tensors | {f"carried/{i}": leaf for i, leaf in enumerate(_leaves(self.carried))}

    def restore(self, tensors: dict[str, Tensor], position: Position) -> None:
        """Take over tensors that `tensors` gave and that fit, and a position."""
        self.generator.set_state(tensors["generator"])  # first, as torch itself checks what it is given
        with torch.no_grad():
            for name, weight in self.module.named_parameters():
                weight.copy_(tensors[f"weight/{name}"])
                memory = self.optimizer.memory[name]
                memory |= {key: tensors[f"optimizer/{key}/{name}"] for key in memory}
        self.best = {k.removeprefix("best/"): v for k, v in tensors.items() if k.startswith("best/")}
        leaves = (tensors[f"carried/{i}"] for i in range(len(_leaves(self.carried))))
        self.carried = map_state(lambda _: next(leaves), self.carried)
        self.position = position


def save_checkpoint(path: Path, state: TrainingState, identity: dict[str, Any]) -> None:
    """Replace the file at ``path``; ``identity`` (JSON) tells this run from others.

    Raises TrainingError, and leaves the file as it was, where a tensor is not finite.
    """
    tensors = state.tensors()
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise TrainingError(
                f"step {state.position.step}: {name} is no longer finite; a lower learning rate may help. "
                f"{'The last good checkpoint is' if path.exists() else 'Nothing has been saved yet at'} {path}"
            )
    arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
    arrays["run"] = _to_bytes({"position": to_dict(state.position), "identity": identity})
    blob = encode_tensors(arrays, str(path))
    replace_file(path, lambda file: file.write(blob))


def load_checkpoint(path: Path, state: TrainingState, identity: dict[str, Any]) -> None:
    """Put what `save_checkpoint` wrote back into ``state``, which must be of the same model, optimiser and batch.

    Raises InputError, and changes nothing, where the file is damaged or was written with another ``identity``.
    """
    weights = sum(weight.nbytes for weight in state.module.parameters())
    carried = sum(leaf.nbytes for leaf in _leaves(state.carried))
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > (limit := 4 * weights + carried + 4 * HEADER_LIMIT):
            raise InputError(f"{path}: holds {size} bytes; the resume file of this model has at most {limit}")
        arrays, _ = read_tensors(file, size, str(path), None)
    if "run" not in arrays or arrays["run"].dtype != np.uint8:
        raise InputError(f"{path}: is no resume file")
    run = parse_json(arrays.pop("run").tobytes(), f"{path}: run")
    if not isinstance(run, dict) or run.keys() != {"position", "identity"}:
        raise InputError(f"{path}: is no resume file of this version")
    _check_identity(path, "", run["identity"], identity)
    try:
        position = from_dict(Position, run["position"])
        tensors = {name: torch.tensor(values) for name, values in arrays.items()}
        _check_tensors(tensors, state)
        state.restore(tensors, position)
    except (InputError, RuntimeError, TypeError) as error:  # the latter two: the generator's, of its state
        raise InputError(f"{path}: does not fit this run: {error}") from error


def _to_bytes(value: dict[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value, allow_nan=False).encode(), np.uint8)


def _leaves(state: State) -> list[Tensor]:
    leaves: list[Tensor] = []
    map_state(leaves.append, state)
    return leaves


def _check_tensors(tensors: dict[str, Tensor], state: TrainingState) -> None:
    """Raise InputError unless names, shapes and types are those of ``state``, with all of the best weights or none."""
    like = {name: tensor for name, tensor in state.tensors().items() if not name.startswith("best/")}
    if any(name.startswith("best/") for name in tensors):
        like |= {f"best/{name}": weight for name, weight in state.module.named_parameters()}
    if differing := sorted(tensors.keys() ^ like.keys()):
        raise InputError(f"tensor {differing[0][:80]!a} is {'unknown' if differing[0] in tensors else 'missing'}")
    for name, tensor in tensors.items():
        if tensor.shape != like[name].shape or tensor.dtype != like[name].dtype:
            received, expected = (f"{tuple(t.shape)} of {t.dtype}" for t in (tensor, like[name]))
            raise InputError(f"tensor {name!a} is {received}; expected {expected}")


def _check_identity(path: Path, name: str, stored: object, current: object) -> None:
    """Raise InputError that names the first setting that differs."""
    if isinstance(stored, dict) and isinstance(current, dict):
        for key in sorted(stored.keys() | current.keys()):
            _check_identity(path, f"{name}.{key}" if name else key, stored.get(key, _ABSENT), current.get(key, _ABSENT))
    elif stored != current:
        before, now = ("absent" if value is _ABSENT else f"{value!r:.200}" for value in (stored, current))
        raise InputError(
            f"{path} was written with {name or 'identity'} {before}, now it is {now}; "
            "resume with the same settings and data, or start again with overwrite=True",
            "overwrite=True",
        )
