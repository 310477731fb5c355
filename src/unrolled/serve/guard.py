"""The checks that every request passes first (host, token, size and time of its body), and every answer's headers."""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from unrolled.serve.hosts import host_of, is_allowed, same_host
from unrolled.serve.limits import Limits
from unrolled.serve.metrics import Metrics
from unrolled.serve.schemas import Failure, refusal
from unrolled.serve.turns import Turns, client_of

__all__ = ["SUBPROTOCOL", "Guard", "deny"]

SUBPROTOCOL = "unrolled"
_DROPPED = 2**26  # bytes of a refused body that are read
WITH_TOKEN = ("/v1", "/metrics")  # not /healthz, and not the page, which asks for the token
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Guard:
    """ASGI middleware around the whole application.

    ``hosts`` are the names that the server may be called by (none: any). ``bodies`` gives, by path, the most bytes of
    a body where that is not ``limits.body``.
    """

    def __init__(
        self,
        app: FastAPI,
        limits: Limits,
        metrics: Metrics,
        hosts: frozenset[str],
        token: str | None,
        bodies: Mapping[str, int],
        turns: Turns,
    ) -> None:
        self._app, self._limits, self._metrics = app, limits, metrics
        self._hosts, self._token, self._bodies, self._turns = hosts, token, bodies, turns
        self.answering = 0  # requests under way

    def drain(self) -> None:
        """Take no more requests; /healthz says from now on that the server is stopping."""
        self._app.state.draining = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        await self._turns.take(client_of(scope))
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_RAW_HEADERS]
            await send(message)

        more = True

        async def read() -> Message:
            nonlocal more
            message = await receive()
            more = message.get("more_body", False)
            return message

        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the same answer, of which the connection sends the head alone
        headers, counted = _headers(scope), not self._app.state.draining
        self.answering += counted
        try:
            self._check(scope, headers, headers.get("authorization"))
            body = await self._body(self._bodies.get(scope["path"], self._limits.body), headers, read)
            await self._app(scope, _replay(body, receive), watched)
        except Failure as failure:
            self._metrics.refuse(failure.limit)
            answer = refusal(failure.status, failure.message, {"connection": "close", **failure.headers})
            await watched({"type": "http.response.start", "status": failure.status, "headers": answer.raw_headers})
            await watched({"type": "http.response.body", "body": answer.body, "more_body": True})
            if more and "expect" not in headers:  # who expects a word before it sends the body has it now
                await self._drop(receive)
            await watched({"type": "http.response.body"})
        finally:
            self.answering -= counted
            path = getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(path, str(status)).inc()
            self._metrics.seconds.labels(path).observe(perf_counter() - began)

    async def _drop(self, receive: Receive) -> None:
        """Read the rest of a refused body and drop it, so much and so long at most.

        A client that sends all before it reads would be cut off in its midst and never see the answer.
        """
        read, more = 0, True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.seconds):
                while more and read < _DROPPED:
                    message = await receive()
                    read += len(message.get("body", b""))
                    more = message.get("more_body", False)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        try:
            self._check(scope, headers, headers.get("authorization") or _from_subprotocol(scope))
            _check_origin(headers)
        except Failure as failure:
            self._metrics.refuse(failure.limit)
            await deny(failure, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Mapping[str, str], authorization: str | None) -> None:
        path = scope["path"]
        if "\0" in path or "\\" in path or ".." in path.split("/"):
            raise Failure(404, "there is nothing at this path")
        host = host_of(headers.get("host", ""))
        if self._hosts and not is_allowed(host, self._hosts):
            known = ", ".join(sorted(self._hosts))
            raise Failure(421, f"host is {host[:80]!a}; expected {known} (--allow-host adds one)", "host")
        if self._app.state.draining and path != "/healthz":
            raise Failure(503, "the server is stopping", "", {"retry-after": "1"})
        if self._token is None or not path.startswith(WITH_TOKEN):
            return
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token.encode()):
            message = "expected the header Authorization: Bearer TOKEN with this server's token"
            raise Failure(401, message, "token", {"www-authenticate": "Bearer"})

    async def _body(self, most: int, headers: Mapping[str, str], receive: Receive) -> bytes:
        if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > most:
            raise Failure(413, f"the body has {headers['content-length']} bytes; expected at most {most}", "body")
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Failure(400, "the body ended early")
                    body += message.get("body", b"")
                    if len(body) > most:
                        raise Failure(413, f"the body has more than {most} bytes", "body")
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            late = f"the body did not arrive within {self._limits.seconds:g} s"
            raise Failure(408, late, "body time") from None


async def deny(failure: Failure, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket: answer its handshake with ``failure``."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    answer = refusal(failure.status, failure.message, {**HEADERS, **failure.headers})
    await send({"type": "websocket.http.response.start", "status": failure.status, "headers": answer.raw_headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body, which has been read, then what the client sends after it."""
    first = True

    async def replayed() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


def _check_origin(headers: Mapping[str, str]) -> None:
    """Refuse a WebSocket that a page of another site opens; programs send no origin."""
    origin = headers.get("origin")
    if origin is not None and not same_host(origin, headers.get("host", "")):
        raise Failure(403, f"origin is {origin[:80]!a}; expected this server's own page", "origin")


def _from_subprotocol(scope: Scope) -> str | None:
    """The token in the subprotocol bearer.BASE64URL, as a browser's WebSocket cannot set headers."""
    for offered in scope.get("subprotocols", ()):
        scheme, _, text = offered.partition(".")
        if scheme.lower() == "bearer":
            try:
                return "Bearer " + base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            except (binascii.Error, ValueError):
                return None
    return None
