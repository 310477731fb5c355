"""uvicorn on one listening socket, with exit code 0 when it is stopped."""

import asyncio
import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from unrolled.errors import InputError
from unrolled.serve.connection import RefusalLog, connections, sockets
from unrolled.serve.guard import Guard
from unrolled.serve.limits import Limits

__all__ = ["listen", "run"]

_WAITING = 2_048  # connections that the system lets wait until they are accepted
_ACCEPTED = 4  # of these in one pass of the event loop, so that a flood of them does not keep it from all else


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; raises InputError where the address is not available."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_WAITING)
        except BaseException:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        other = "; --port takes another, 0 a free one" if getattr(error, "errno", 0) == errno.EADDRINUSE else ""
        raise InputError(f"cannot listen on {host} port {port}: {reason}{other}") from error
    return listener


def run(app: Guard, listener: socket.socket, limits: Limits) -> None:
    """Serve in this process until SIGTERM or SIGINT, then finish the answers under way."""
    log = RefusalLog()
    config = uvicorn.Config(
        app,
        http=connections(limits, log),
        ws=sockets(limits, log),
        ws_max_size=limits.message,
        ws_per_message_deflate=False,
        backlog=_ACCEPTED,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=max(1, round(limits.drain)),
    )
    _Server(config, app, limits.drain).run([listener])


class _Server(uvicorn.Server):
    """Answers what is under way when it is stopped, and ends with exit code 0.

    Until then it takes connections on, so that /healthz can say that it is draining. uvicorn would refuse them, and
    would raise the signal that stopped it again.
    """

    def __init__(self, config: uvicorn.Config, app: Guard, drain: float) -> None:
        super().__init__(config)
        self._app, self._drain = app, drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_WAITING)  # the event loop has made it as short as what it takes at once

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.drain()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        ends = asyncio.get_running_loop().time() + self._drain
        while self._app.answering and not self.force_exit and asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
