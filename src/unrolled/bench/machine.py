"""The machine that a figure was measured on: processor, memory, threads, versions."""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import TypedDict

from unrolled import kernels
from unrolled.errors import MissingExtra

__all__ = ["Machine", "about", "memory_bytes", "torch_threads", "versions"]

LIBRARIES = ("unrolled", "numpy", "torch", "onnxruntime")


class Machine(TypedDict):
    """What `about` says; ``versions`` are those of Python and of the libraries, by name."""

    processor: str
    cores: int | None
    memory_gib: float
    instruction_set: str
    versions: dict[str, str]


def about() -> Machine:
    """This machine, and the versions of those of `LIBRARIES` that are installed."""
    return {
        "processor": _entry("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_bytes() / 2**30, 1),
        "instruction_set": kernels.info()["instruction_set"],
        "versions": {"python": platform.python_version(), **versions(LIBRARIES)},
    }


def versions(names: tuple[str, ...]) -> dict[str, str]:
    """The versions of those libraries that are installed, by name."""
    installed = {}
    for name in names:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


def memory_bytes() -> int:
    """The memory of the whole machine in bytes; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def torch_threads() -> int:
    """How many threads torch computes with; MissingExtra where it is not installed."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtra("torch", "train", "bench, which measures beside PyTorch,") from error
    return torch.get_num_threads()


def _entry(path: str, name: str) -> str:
    """The first value of ``name`` in a file of "name : value" lines."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
