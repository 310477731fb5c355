"""Where a fit works: the folder of its log, of what the network reads, and of the file that a run is resumed from."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unrolled.errors import InputError
from unrolled.storage.files import RESUME_FILE

__all__ = ["LOG_FILE", "check_run", "checksums", "workplace"]

LOG_FILE = "log.jsonl"
_READ = ("train.bin", "valid.bin")  # what the network reads


def check_run(run: str | Path | None, resume: bool, overwrite: bool) -> None:
    """Raise InputError where there is nothing to resume, or something that would be lost."""
    unfinished = run is not None and (Path(run) / RESUME_FILE).exists()
    if resume and not unfinished:
        where = "no run folder" if run is None else run
        raise InputError(f"nothing to resume: {where} holds no unfinished run; leave --resume out to start")
    if unfinished and not (resume or overwrite):
        raise InputError(f"{run} holds a run to go on with: resume it, or start anew elsewhere or with --overwrite")


@contextmanager
def workplace(run: str | Path | None) -> Iterator[Path]:
    """The run's folder, made if need be, or a temporary one."""
    if run is None:
        with tempfile.TemporaryDirectory(prefix="unrolled-") as folder:
            yield Path(folder)
        return
    place = Path(run)
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{place}: {error.strerror}; the run's log and resume file go to this folder") from error
    yield place


def checksums(place: Path) -> dict[str, str]:
    """sha256 of train.bin and, where there is one, valid.bin: {"train": ..., "valid": ...}."""
    return {path.stem: _sha256(path) for path in (place / name for name in _READ) if path.exists()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
