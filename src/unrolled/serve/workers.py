"""Several processes that share one listening socket."""

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

__all__ = ["WORKERS_FOLDER", "shared_numbers", "supervise"]

_STOPS = (signal.SIGINT, signal.SIGTERM)
WORKERS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own name; several processes keep their numbers there


def supervise(serve: Callable[[], None], workers: int) -> int:
    """Run ``serve`` in ``workers`` processes, replace one that dies, stop all on SIGTERM or SIGINT; the exit code.

    The processes are forked, so that they share the memory of the models.
    """
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for worker in alive:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(worker, signal.SIGTERM)

    alive: dict[int, float] = {}
    life = os.pipe()  # which the supervisor alone can write to: it ends with it
    for number in _STOPS:
        signal.signal(number, stop)
    code = 0
    while alive or not stopping:
        with _no_stop():  # until `stop` knows the new workers
            while len(alive) < workers and not stopping:
                alive[_fork(serve, life)] = time.monotonic()
        if not alive:
            break
        worker, status = os.wait()
        lived = time.monotonic() - alive.pop(worker)
        _forget_sessions(worker)
        if status and not stopping:
            print(f"a worker ended with status {status}; starting another", file=sys.stderr, flush=True)
            if lived < 1:
                time.sleep(1)  # one that fails at once would fail again
        code = code or (1 if stopping and status not in (0, signal.SIGTERM) else 0)  # SIGTERM: it had not begun
    for end in life:
        os.close(end)
    return code


def _fork(serve: Callable[[], None], life: tuple[int, int]) -> int:
    worker = os.fork()
    if worker:
        return worker
    code = 1
    try:
        for number in _STOPS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        os.close(life[1])
        orphaned = threading.Event()
        threading.Thread(target=_stop_with_supervisor, args=(life[0], orphaned), daemon=True).start()
        serve()
        if orphaned.is_set():  # nobody else is left to do so
            shutil.rmtree(os.environ.get(WORKERS_FOLDER, ""), ignore_errors=True)
        code = 0
    finally:
        os._exit(code)


def _stop_with_supervisor(life: int, orphaned: threading.Event) -> None:
    """Stop this process when its supervisor has ended without stopping it: when the pipe ``life`` ends."""
    os.read(life, 1)
    orphaned.set()
    os.kill(os.getpid(), signal.SIGTERM)


def _forget_sessions(worker: int) -> None:
    """Take the sessions that an ended worker counted as open out of the metrics."""
    if WORKERS_FOLDER in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker)  # type: ignore[no-untyped-call]


@contextmanager
def _no_stop() -> Iterator[None]:
    """Hold back the signals that stop the server until the block ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)


@contextmanager
def shared_numbers() -> Iterator[None]:
    """Make the folder in which prometheus-client joins the metrics of several processes, and remove it afterwards."""
    folder = tempfile.mkdtemp(prefix="unrolled-metrics-")
    os.environ[WORKERS_FOLDER] = folder
    try:
        yield
    finally:
        del os.environ[WORKERS_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)
