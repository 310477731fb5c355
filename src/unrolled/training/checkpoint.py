"""The resume file: everything a run needs to go on as if it had never stopped, in one safetensors file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from unrolled.arrays import map_state
from unrolled.errors import InputError
from unrolled.files import replace_file

__all__ = ["RESUME_FILE", "Position", "load_checkpoint", "save_checkpoint", "unfinished"]

RESUME_FILE = "resume.safetensors"


@dataclass
class Position:
    """Where a run stands, beside its tensors."""

    step: int = 0  # steps done
    steps: int | None = None  # steps in all; None until minutes have been turned into steps
    validate_every: int = 0  # steps; 0 until known
    best: float | None = None  # lowest validation loss, nats per item
    stale: int = 0  # validations since then
    seconds: float = 0.0  # spent so far, over all sessions
    finished: bool = False


def unfinished(run: Path) -> bool:
    """Whether the folder ``run`` holds a resume file."""
    return (run / RESUME_FILE).exists()


def _leaves(state: Any) -> list[Tensor]:
    found: list[Tensor] = []
    map_state(found.append, state)
    return found


def save_checkpoint(
    path: Path,
    position: Position,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    rest: dict[str, Any],
) -> None:
    """Replace the file at ``path``. ``rest``: best (name → tensor), carried (state), generator, identity (JSON)."""
    tensors: dict[str, Tensor] = {"generator": rest["generator"].get_state()}
    for name, weight in module.named_parameters():
        tensors[f"weight/{name}"] = weight.detach()
        for key, value in optimizer.state[weight].items():
            tensors[f"optimizer/{key}/{name}"] = value
    tensors |= {f"best/{name}": value for name, value in rest["best"].items()}
    tensors |= {f"carried/{i}": leaf.contiguous() for i, leaf in enumerate(_leaves(rest["carried"]))}
    header = {"position": json.dumps(asdict(position)), "identity": json.dumps(rest["identity"])}
    blob = save({k: v.clone() for k, v in tensors.items()}, metadata=header)
    replace_file(path, lambda file: file.write(blob))


def load_checkpoint(
    path: Path,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    rest: dict[str, Any],
) -> Position:
    """Put what `save_checkpoint` wrote back into place; ``rest["carried"]`` gives the structure of the state.

    Raises InputError where the file is damaged, or was written with other settings or data (``identity``).
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        _same_identity(path, json.loads(header["identity"]), rest["identity"])
        position = Position(**json.loads(header["position"]))
        rest["generator"].set_state(tensors["generator"])
        with torch.no_grad():
            for name, weight in module.named_parameters():
                weight.copy_(tensors[f"weight/{name}"])
                ends = {k.split("/")[1]: v for k, v in tensors.items() if k.startswith("optimizer/") and k.endswith(f"/{name}")}
                if ends:
                    optimizer.state[weight] = ends
        leaves = iter([tensors[f"carried/{i}"] for i in range(len(_leaves(rest["carried"])))])
        rest["carried"] = map_state(lambda _: next(leaves), rest["carried"])
        rest["best"] = {k.removeprefix("best/"): v for k, v in tensors.items() if k.startswith("best/")}
    except (SafetensorError, OSError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        raise InputError(f"{path} is no resume file of this version: {error}") from error
    return position


def _same_identity(path: Path, stored: Any, current: Any) -> None:
    for name in current:
        if stored.get(name) != current[name]:
            raise InputError(
                f"{path} was written with {name} {stored.get(name)!r}, now it is {current[name]!r}; "
                "resume with the same settings and data, or start anew with --overwrite"
            )
