"""One client's connection: uvicorn's protocols with a limit on the time of a head, and one form for all refusals."""

import asyncio
import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic, thread_time
from typing import TYPE_CHECKING

import h11
from starlette.responses import JSONResponse
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from unrolled.serve.guard import HEADERS
from unrolled.serve.limits import Limits, Rate
from unrolled.serve.schemas import refusal

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent

__all__ = ["RefusalLog", "connections", "sockets"]

_log = logging.getLogger("unrolled.serve")
_UNREADABLE = ("Invalid HTTP request received.", "Invalid UTF-8 sequence received from client.")  # uvicorn logs each
_MINUTE = 60.0
_ADDRESSES = 1_000  # of which the log remembers when it last told of them
_PART = 1_024  # bytes that are read without a look at the time: a few hundred frames of a WebSocket at most
_BODY = 1 << 18  # of a body that is not in chunks
_FRAMES = 100.0  # a second of one WebSocket that are small and end no message, twice as many at once
_AT_ONCE = 0.002  # seconds of a processor that one connection reads in one pass of the event loop


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


class _InParts(asyncio.Protocol):
    """Reads what has arrived part by part: a hundred thousand tiny chunks or frames at once would hold up everybody."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    _unread = b""
    _next: asyncio.Handle | None = None

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._read_on()

    def _read(self, part: bytes) -> None:
        """Read a part of what has arrived."""
        raise NotImplementedError

    def _is_full(self) -> bool:
        """Whether nothing more is to be read for now; then `_read_on` is called when that has changed."""
        raise NotImplementedError

    def _part(self) -> int:
        """How many bytes are read next without a look at the time."""
        return _PART

    def _read_on(self) -> None:
        data, at = self._unread, 0
        until = thread_time() + _AT_ONCE if len(data) > _PART else 0.0  # a system call, which few need
        while at < len(data) and not self._is_full() and not self.transport.is_closing():
            if at and thread_time() >= until:
                break
            part = self._part()
            self._read(data[at : at + part])
            at += part
        self._unread = b"" if self.transport.is_closing() else data[at:]
        if self._unread:
            self.transport.pause_reading()
            if self._next is None and not self._is_full():
                self._next = self.loop.call_soon(self._read_later)

    def _read_later(self) -> None:
        self._next = None
        self._read_on()
        if not self._unread and not self._is_full():
            self._resume()

    def _resume(self) -> None:
        self.transport.resume_reading()


class _Connection(_InParts, H11Protocol):
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

    def _read(self, part: bytes) -> None:
        if self.transport.get_protocol() is self:  # what follows a handshake is sent too early
            H11Protocol.data_received(self, part)
            self._watch()

    def _is_full(self) -> bool:
        return False

    def _part(self) -> int:
        """A body of known length is read at once, however long; what comes after it waits for its answer."""
        cycle = self.cycle
        if cycle is None or not cycle.more_body or self.conn.their_state is not h11.SEND_BODY:
            return _PART
        chunked = any(name == b"transfer-encoding" for name, _ in cycle.scope["headers"])
        return _PART if chunked else _BODY

    def _resume(self) -> None:
        if not self.flow.read_paused:
            super()._resume()

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
            answer = _refusal(status, problem)
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


class _Socket(_InParts, WebSocketsSansIOProtocol):
    """Answers every handshake, also one that its parser refuses, and closes if that takes too long."""

    limits: Limits
    log: RefusalLog

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, object]) -> None:
        super().__init__(config, server_state, app_state)
        self.conn = _Frames(max_size=self.limits.message, logger=self.logger)
        self.conn.rate = Rate(_FRAMES)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.limits.head_seconds, self._late)

    def _read(self, part: bytes) -> None:
        WebSocketsSansIOProtocol.data_received(self, part)
        if self.conn.handshake_exc is None or self.handshake_initiated or self.transport.is_closing():
            return
        error = self.conn.handshake_exc.__cause__ or self.conn.handshake_exc
        answer = b"".join(self.conn.data_to_send()) or self.conn.reject(400, str(error)).serialize()
        self.transport.write(answer)
        self._tell(error)
        self.handshake_complete = self.close_sent = True  # nothing is left to be said when the server stops
        self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code != 101:
            self._tell(self.conn.handshake_exc)

    def _tell(self, error: BaseException | None) -> None:
        self.log.tell(self.client, f"refused a WebSocket: {str(error)[:200]!a}")

    def _is_full(self) -> bool:
        return self.read_paused

    async def receive(self) -> "ASGIReceiveEvent":
        message = await super().receive()
        self._read_on()
        return message

    async def send(self, message: "ASGISendEvent") -> None:
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True  # one that is denied, too, which uvicorn takes for one without an answer
            self._read_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def _late(self) -> None:
        if not self.handshake_complete:
            self.transport.close()


def _refusal(status: int, problem: str) -> JSONResponse:
    """The answer to what never reaches the application, after which the connection closes."""
    return refusal(status, problem[:200], {"connection": "close", **HEADERS})


def _is_other(record: logging.LogRecord) -> bool:
    return record.msg not in _UNREADABLE


class _Frames(ServerProtocol):
    """Refuses handshakes in the form of all errors, and too many pings and small parts of messages."""

    rate: Rate

    def recv_frame(self, frame: Frame) -> None:
        ends = frame.opcode is Opcode.CLOSE or (frame.fin and frame.opcode not in (Opcode.PING, Opcode.PONG))
        if not ends and len(frame.data) < _PART and not self.rate.take(1):
            raise ProtocolError(f"more than {_FRAMES:g} pings and small parts of messages a second")
        super().recv_frame(frame)

    def reject(self, status: int, text: str) -> Response:
        answer = _refusal(int(status), text.strip())
        headers = Headers((name.decode(), value.decode()) for name, value in answer.raw_headers)
        if status == HTTPStatus.UPGRADE_REQUIRED:
            headers["upgrade"] = "websocket"
        return Response(int(status), HTTPStatus(status).phrase, headers, bytes(answer.body))
