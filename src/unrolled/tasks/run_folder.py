"""The folder of a run: its log, the encoded data, and the resume file."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unrolled.errors import InputError
from unrolled.storage.files import RESUME_FILE

__all__ = ["LOG_FILE", "check_run", "run_folder"]

LOG_FILE = "log.jsonl"


def check_run(run: str | Path | None, resume: bool, overwrite: bool) -> None:
    """Raise InputError where there is nothing to resume, or where an unfinished run would be lost."""
    unfinished = run is not None and (Path(run) / RESUME_FILE).exists()
    if resume and not unfinished:
        where = "no run folder" if run is None else run
        message = f"nothing to resume: {where} holds no unfinished run; leave resume=True out to start"
        raise InputError(message, "resume=True")
    if unfinished and not (resume or overwrite):
        message = f"{run} holds a run to go on with: take resume=True, or start again elsewhere or with overwrite=True"
        raise InputError(message, "resume=True", "overwrite=True")


@contextmanager
def run_folder(run: str | Path | None) -> Iterator[Path]:
    """The folder of a run, made where it is missing; a temporary one for None."""
    if run is None:
        with tempfile.TemporaryDirectory(prefix="unrolled-") as temporary:
            yield Path(temporary)
        return
    folder = Path(run)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; the run's log and resume file go to this folder") from error
    yield folder
