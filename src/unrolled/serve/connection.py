"""One client's connection: uvicorn's protocols with a limit on the time of a head, and one form for all refusals."""

import asyncio
import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic

import h11
from starlette.responses import JSONResponse
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from unrolled.serve.guard import HEADERS
from unrolled.serve.limits import Limits
from unrolled.serve.schemas import refusal

__all__ = ["RefusalLog", "connections", "sockets"]

_log = logging.getLogger("unrolled.serve")
_UNREADABLE = "Invalid HTTP request received."  # which uvicorn logs for each; RefusalLog tells of it
_MINUTE = 60.0
_ADDRESSES = 1_000  # of which the log remembers when it last told of them


class RefusalLog:
    """Tells of requests that could not be read: a line a minute for each address at most."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def tell(self, client: tuple[str, int] | None, what: str) -> None:
        """Log that ``client`` sent ``what``, unless a line on this address was written less than a minute ago."""
        address, now = client[0] if client else "an unknown address", self._clock()
        if now - self._told.get(address, -_MINUTE) < _MINUTE:
            return
        self._told.pop(address, None)
        self._told[address] = now  # the latest stand last
        if len(self._told) > _ADDRESSES:
            del self._told[next(iter(self._told))]
        _log.warning("%s: %s (more from there in the next minute is not logged)", address, what)


def connections(limits: Limits, log: RefusalLog) -> type[H11Protocol]:
    """The class of connections that speak HTTP, for uvicorn."""
    logging.getLogger("uvicorn.error").addFilter(_is_other)
    return type("Connection", (_Connection,), {"limits": limits, "log": log})


def sockets(limits: Limits, log: RefusalLog) -> type[WebSocketsSansIOProtocol]:
    """The class of connections that have asked for a WebSocket, for uvicorn."""
    return type("Socket", (_Socket,), {"limits": limits, "log": log})


class _Connection(H11Protocol):
    """Closes if a request's head takes too long to arrive, or if there are too many connections."""

    limits: Limits
    log: RefusalLog

    _timer: asyncio.TimerHandle | None = None
    _ended = False  # the client sends nothing more

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a connection open whose client has sent a whole request and now waits for the answer."""
        self._ended = True
        return self._answers()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._ended and not self._answers():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the form of all errors, with the status that its fault has."""
        error = sys.exception()
        status = getattr(error, "error_status_hint", 400)
        problem = f"this is no HTTP request that can be read: {error or msg}"
        self.log.tell(self.client, f"answered {status}: {problem[:200]!a}")
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = refusal(status, problem[:200], {"connection": "close", **HEADERS})
            head = h11.Response(status_code=status, headers=answer.raw_headers, reason=HTTPStatus(status).phrase)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """A request to change to another protocol is answered as if it had not asked; nobody is warned."""

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body

    def _watch(self) -> None:
        waits = self.conn.their_state is h11.IDLE and self.transport.get_protocol() is self
        if not waits:
            self._unwatch()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.limits.head_seconds, self._late)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self.transport.get_protocol() is self and self.conn.their_state is h11.IDLE:
            self.transport.close()


class _Socket(WebSocketsSansIOProtocol):
    """Answers every handshake, also one that its parser refuses, and closes if that takes too long."""

    limits: Limits
    log: RefusalLog

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, object]) -> None:
        super().__init__(config, server_state, app_state)
        self.conn = _Handshake(max_size=self.limits.message, logger=self.logger)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.limits.head_seconds, self._late)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is None or self.handshake_initiated or self.transport.is_closing():
            return
        unread = self.conn.data_to_send() or [self.conn.reject(400, str(self.conn.handshake_exc)).serialize()]
        self.transport.write(b"".join(unread))
        self.log.tell(self.client, f"refused a WebSocket: {str(self.conn.handshake_exc)[:200]!a}")
        self.handshake_complete = self.close_sent = True  # nothing is left to be said when the server stops
        self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code != 101:
            self.log.tell(self.client, f"refused a WebSocket: {str(self.conn.handshake_exc)[:200]!a}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def _late(self) -> None:
        if not self.handshake_complete:
            self.transport.close()


def _is_other(record: logging.LogRecord) -> bool:
    return record.msg != _UNREADABLE


class _Handshake(ServerProtocol):
    """Refuses in the form of all errors."""

    def reject(self, status: int, text: str) -> Response:
        answer: JSONResponse = refusal(int(status), text.strip()[:200], {"connection": "close", **HEADERS})
        headers = Headers((name.decode(), value.decode()) for name, value in answer.raw_headers)
        if status == HTTPStatus.UPGRADE_REQUIRED:
            headers["upgrade"] = "websocket"
        return Response(int(status), HTTPStatus(status).phrase, headers, bytes(answer.body))
