"""A real server in a process of its own, on a free port."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.serve.small_models import SMALL, fit_classifiers, fit_forecaster, fit_music

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SERVING = re.compile(r"Serving .* at (http://\S+) ")


class Server:
    """A running `unrolled serve`, its address, and what it printed."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        command = [
            sys.executable,
            "-m",
            "unrolled",
            "serve",
            *arguments,
            *([] if "--port" in arguments else ["--port", "0"]),
        ]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ | (env or {})
        )
        assert self.process.stderr is not None
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if found := SERVING.search(line):
                self.url = found[1]
                return
        raise AssertionError(f"the server did not start: {self.said}")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, rest = self.process.communicate(timeout=30)
        self.said += rest
        return self.process.returncode


@contextmanager
def serving(*arguments: str, env: dict[str, str] | None = None) -> Iterator[Server]:
    server = Server(*arguments, env=env)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server(keyboard: Path) -> Iterator[Server]:
    """One server of the small keyboard for all tests that do not need other limits."""
    with serving(str(keyboard)) as running:
        yield running


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models of `small_models`."""
    folder = tmp_path_factory.mktemp("small")
    fit_classifiers(folder)
    fit_music(folder)
    fit_forecaster(folder)
    return folder


@pytest.fixture(scope="session")
def many(folder: Path) -> Iterator[Server]:
    """One server of a model of every kind."""
    with serving(*(str(folder / name) for name in SMALL)) as running:
        yield running


@contextmanager
def served_by(module: str) -> Iterator[str]:
    """The address of a server that a module of this folder starts."""
    command = [sys.executable, "-m", f"tests.serve.{module}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stderr is not None
        yield next(found[1] for line in process.stderr if (found := SERVING.search(line)))
        process.terminate()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium, started once for a module; one that needs it to be started otherwise has a fixture of its own."""
    from tests.serve.browsing import launched

    with launched() as running:
        yield running
