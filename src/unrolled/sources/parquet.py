"""Parquet, read by polars in a process of its own: a damaged file may end the process that reads it."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from unrolled.errors import InputError, MissingExtra
from unrolled.sources.cells import Cells, Table

__all__ = ["read_parquet"]

_SECONDS, _BYTES_PER_SECOND = 60.0, 1e6  # that reading may take: far more than a sound file needs
_REPORTED = 3  # the exit code of a reader that says what is wrong
_READER = [sys.executable, "-P", str(Path(__file__).with_name("parquet_reader.py"))]


@contextlib.contextmanager
def read_parquet(path: Path) -> Iterator[Table]:
    """The table in a Parquet file.

    Raises InputError for a file that is damaged, also where the reader fails in a way that it does not report.
    """
    if find_spec("polars") is None:
        raise MissingExtra("polars", "train", "reading Parquet")
    try:
        seconds = _SECONDS + path.stat().st_size / _BYTES_PER_SECOND
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a Parquet file") from None
    call, pipe = [*_READER, str(path)], subprocess.PIPE
    with tempfile.TemporaryFile() as words, subprocess.Popen(call, stdin=pipe, stdout=pipe, stderr=words) as process:
        reader = _Reader(path, process, words, threading.Timer(seconds, process.kill))
        reader.timer.start()
        try:
            names = next(reader.lines())
            yield Table(str(path), names, lambda places: reader.rows([names[place] for place in places]))
        finally:
            reader.timer.cancel()
            process.kill()


@dataclass(frozen=True)
class _Reader:
    """The process that reads a file, what it writes on standard error, and a timer that ends it if it hangs."""

    path: Path
    process: subprocess.Popen[bytes]
    words: IO[bytes]
    timer: threading.Timer

    def rows(self, wanted: Sequence[str]) -> Iterator[Cells]:
        """The cells of each row in the ``wanted`` columns, and its place."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its exit code says why
            # Not through its buffer, which would be written again, and fail again, where the pipe is closed.
            os.write(self.process.stdin.fileno(), json.dumps(wanted).encode() + b"\n")
        for number, cells in enumerate(self.lines(), 1):
            self.timer.cancel()  # the whole file was read without harm
            yield cells, f"{self.path}: row {number}"

    def lines(self) -> Iterator[list[str]]:
        """What the process writes; at its end InputError where it did not end well."""
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()).endswith(b"\n"):
            yield json.loads(line)
        if code := self.process.wait():
            self.words.seek(0)
            said = self.words.read().decode(errors="replace").strip().splitlines() or [""]
            if code == _REPORTED:
                raise InputError(f"{self.path}: {said[-1]}")
            reason = said[-1][:200] if code > 0 else f"reading it fails (signal {-code})"
            raise InputError(f"{self.path}: no sound Parquet file: {reason}")
