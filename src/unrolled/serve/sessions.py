"""WebSockets: a session with a model for as long as the connection is open and in use."""

import asyncio
import base64
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from unrolled.errors import InputError
from unrolled.inference.messages import Conversation
from unrolled.inputs import Input
from unrolled.serve.engine import AnswerBatch, Busy, Engine, Item, Result
from unrolled.serve.guard import SUBPROTOCOL, deny
from unrolled.serve.limits import Limits, Rate
from unrolled.serve.metrics import Metrics
from unrolled.serve.schemas import AT_ONCE, Failure
from unrolled.serve.served import ServedModel
from unrolled.serve.turns import Client, Turns, client_of
from unrolled.storage.strict_json import parse_json, to_json

__all__ = ["Sessions"]

_log = logging.getLogger("unrolled.serve")
Message = dict[str, Any]
Asked = tuple[Conversation, Message]
GOING_AWAY, UNSUPPORTED, POLICY, FAILED = 1001, 1003, 1008, 1011


@dataclass(frozen=True)
class _Peer:
    """The other end of a connection: with which model it speaks, and how fast."""

    name: str
    model: ServedModel
    client: Client
    rate: Rate


class Sessions:
    """All open sessions of this process, bounded in number, by client and in time."""

    def __init__(
        self, models: Mapping[str, ServedModel], limits: Limits, engine: Engine, metrics: Metrics, turns: Turns
    ) -> None:
        self._models, self._limits, self._engine, self._metrics = models, limits, engine, metrics
        self._turns = turns
        self._texts = {name: _text_keys(model.input_) for name, model in models.items()}
        self._open: Counter[str] = Counter()

    async def serve(self, socket: WebSocket, name: str) -> None:
        """One connection, from its handshake to its end."""
        client = socket.client.host if socket.client else ""
        try:
            self._admit(name, client)
        except Failure as failure:
            self._metrics.refuse(failure.limit)
            await deny(failure, socket.scope, socket.receive, socket.send)
            return
        self._open[client] += 1
        self._metrics.sessions.inc()
        try:
            offered = SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", ()) else None
            await socket.accept(offered)
            await self._converse(socket, name)
        except WebSocketDisconnect:
            pass
        except (Busy, TimeoutError):
            with suppress(RuntimeError):
                await socket.close(1013, "busy: try again")
        except Exception:
            _log.exception("a session failed")
            with suppress(RuntimeError):
                await socket.close(FAILED, "an error of the server")
        finally:
            self._metrics.sessions.dec()
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def _admit(self, name: str, client: str) -> None:
        if name not in self._models:
            raise Failure(404, f"there is no model {name[:80]!a}; there is {', '.join(self._models)}", "model")
        if self._open.total() >= self._limits.sessions:
            raise Failure(503, f"{self._limits.sessions} sessions are open already", "sessions", {"retry-after": "10"})
        if self._open[client] >= self._limits.sessions_per_client:
            most = self._limits.sessions_per_client
            raise Failure(429, f"{most} sessions of this address are open already", "sessions per client")

    async def _ask(self, peer: "_Peer", what: str, answer: AnswerBatch[Item, Result], item: Item, size: int) -> Result:
        """The engine's answer; what questions of this very session took counts more than those of others."""
        kinds = [(what, peer.name, peer.client), (what, peer.name)]
        async with asyncio.timeout(self._limits.seconds):
            return await self._engine.ask(kinds, answer, item, size, peer.client)

    async def _converse(self, socket: WebSocket, name: str) -> None:
        peer = _Peer(name, self._models[name], client_of(socket.scope), Rate(self._limits.rate))
        try:
            session = await self._ask(peer, "session", lambda items: [peer.model.session() for _ in items], None, 0)
        except InputError as error:
            await socket.close(POLICY, str(error)[:120])
            return
        while True:
            try:
                async with asyncio.timeout(self._limits.idle):
                    frame = await socket.receive()
            except TimeoutError:
                await socket.close(GOING_AWAY, f"no message for {self._limits.idle:g} s")
                return
            if frame["type"] == "websocket.disconnect":
                return
            text = frame.get("text")
            if text is None:
                await socket.close(UNSUPPORTED, "expected text: JSON")
                return
            began = perf_counter()
            await self._turns.take(peer.client)
            answer, result = await self._answer(peer, session, text)
            await socket.send_text(answer)
            self._metrics.messages.labels(name, result).inc()
            self._metrics.message_seconds.labels(name).observe(perf_counter() - began)

    async def _answer(self, peer: "_Peer", session: Conversation, text: str) -> tuple[str, str]:
        """The answer to one message; where it is in error, what was received and expected. And which of both it is."""
        message: Message = {}
        characters = peer.model.input_.message_characters
        cost = 1 + len(text) // characters  # errors count, and long messages more
        allowed = peer.rate.take(cost)
        if not allowed:
            await asyncio.sleep(min(1.0, cost / self._limits.rate))  # what comes too fast is read no faster
        try:
            if len(text) <= AT_ONCE:
                message = _parsed(text)
            else:
                message = await self._ask(peer, "parse", lambda texts: [_parsed(one) for one in texts], text, len(text))
            _check_id(message)
            if not allowed:
                self._metrics.refuse("rate")
                raise InputError(f"more than {self._limits.rate:g} messages a second; expected fewer: wait")
            self._check_texts(peer.name, message)
            if "save" in message or "restore" in message:
                return await self._ask(peer, "move", _move, (session, message), len(text)), "answer"
            return await self._ask(peer, "receive", _receiver(peer.model), (session, message), len(text)), "answer"
        except InputError as error:
            problem = str(error)
        except (Busy, TimeoutError) as error:
            self._metrics.refuse("waiting" if isinstance(error, Busy) else "seconds")
            problem = "the server is busy; try again"
        return _written(_echo(message) | {"error": problem}), "error"

    def _check_texts(self, name: str, message: Message) -> None:
        """Raise InputError where a text in a message to the model ``name`` is too long."""
        for key in self._texts[name]:
            value = message.get(key)
            if isinstance(value, str) and len(value) > self._limits.text:
                raise InputError(f"{key} has {len(value)} characters; expected at most {self._limits.text}")


def _text_keys(input: Input) -> list[str]:
    """The keys of a message that hold texts; those of an input that comes bit by bit are bounded by the message."""
    if input.live() is not None:
        return []
    return [key for key, types in input.message_keys.items() if str in types]


def _parsed(text: str) -> Message:
    message = parse_json(text.encode(errors="surrogatepass"), "the message")
    if not isinstance(message, dict):
        raise InputError("the message is no JSON object")
    return message


def _written(answer: Message) -> str:
    return to_json(answer, "the answer", compact=True)


def _receiver(model: ServedModel) -> AnswerBatch[Asked, str]:
    """What gives a message to each of several sessions with a model: an answer to each, or the InputError it met."""

    def receive(asked: Sequence[Asked]) -> Sequence[str | Exception]:
        answers = model.receive_many([session for session, _ in asked], [message for _, message in asked])
        return [answer if isinstance(answer, InputError) else _tried(answer) for answer in answers]

    return receive


def _tried(answer: Message) -> str | InputError:
    try:
        return _written(answer)
    except InputError as error:
        return error


def _move(asked: Sequence[Asked]) -> list[str | Exception]:
    """Sessions saved or restored: ``{"save": true}`` or ``{"restore": BASE64}``."""
    answers: list[str | Exception] = []
    for session, message in asked:
        try:
            answers.append(_written(_echo(message) | _moved(session, message)))
        except InputError as error:
            answers.append(error)
    return answers


def _moved(session: Conversation, message: Message) -> Message:
    keys = message.keys() - {"id"}
    if keys == {"save"} and message["save"] is True:
        return {"saved": base64.b64encode(session.save()).decode()}
    if keys == {"restore"} and isinstance(message["restore"], str):
        try:
            saved = base64.b64decode(message["restore"], validate=True)
        except ValueError as error:  # letters beyond ASCII raise it, others binascii.Error
            raise InputError(f"restore is no base64: {error}") from error
        session.restore(saved)
        return {"restored": True}
    raise InputError('expected {"save": true} or {"restore": BASE64}, with no other key but id')


def _check_id(message: Mapping[str, Any]) -> None:
    if "id" in message and (type(message["id"]) is not int or not 0 <= message["id"] < 2**53):
        raise InputError("id is no whole number from 0 to 2⁵³ - 1")


def _echo(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": message["id"]} if type(message.get("id")) is int else {}
