"""uvicorn with a time limit on a request's head, a bound on connections, and exit code 0 when it is stopped."""

import asyncio
import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from unrolled.errors import InputError
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
    config = uvicorn.Config(
        app,
        http=_connection(limits),
        ws="websockets-sansio",
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
    _Server(config).run([listener])


class _Server(uvicorn.Server):
    """Ends with exit code 0, where uvicorn would raise the signal that stopped it again."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_WAITING)  # the event loop has made it as short as what it takes at once

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.config.app.drain()  # type: ignore[union-attr]
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _connection(limits: Limits) -> type[H11Protocol]:
    class Connection(H11Protocol):
        """Closes if a request's head takes too long to arrive, or if there are too many connections."""

        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > limits.connections:
                transport.abort()
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._unwatch()
            super().connection_lost(exc)

        def _watch(self) -> None:
            waits = self.conn.their_state is h11.IDLE and self.transport.get_protocol() is self
            if not waits:
                self._unwatch()
            elif self._timer is None:
                self._timer = self.loop.call_later(limits.head_seconds, self._late)

        def _unwatch(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _late(self) -> None:
            if self.transport.get_protocol() is self and self.conn.their_state is h11.IDLE:
                self.transport.close()

    return Connection
