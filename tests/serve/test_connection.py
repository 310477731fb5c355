"""Connections at the level of HTTP: what cannot be read, what is sent too early, too late or not at all."""

import itertools
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from tests.serve.conftest import Server, serving

from unrolled.serve import connection
from unrolled.serve.connection import RefusalLog
from unrolled.serve.guard import HEADERS

PREDICT = b"POST /v1/models/keyboard/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
UPGRADE = (
    b"GET /v1/models/keyboard/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
)
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@pytest.fixture(scope="module")
def hasty(keyboard: Path):
    with serving(str(keyboard), "--head-seconds", "1") as running:
        yield running


def connected(server: Server) -> socket.socket:
    """A WebSocket whose handshake is done."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    client.sendall(UPGRADE + KEY + b"\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += client.recv(1)
    assert answer.startswith(b"HTTP/1.1 101")
    return client


def rest(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    parts = []
    with suppress(ConnectionResetError):  # it has not read all
        while part := client.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def raw(server: Server, *sent: bytes, end: bool = False) -> bytes:
    """What comes back until the server closes, read after everything has been sent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        for part in sent:
            client.sendall(part)
        if end:
            client.shutdown(socket.SHUT_WR)
        return rest(client)


def refused(answer: bytes) -> tuple[int, str]:
    """The status and the error of an answer, which must have the form and the headers of all errors."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert headers["content-type"] == "application/json"
    assert HEADERS.items() <= headers.items()
    assert int(headers["content-length"]) == len(body)
    (error,) = json.loads(body).items()
    assert error[0] == "error"
    return int(first.split()[1]), error[1]


def test_a_whole_request_is_answered_though_its_sender_has_closed_its_half(hasty) -> None:
    request = PREDICT + b'Content-Length: 15\r\n\r\n{"input":"the"}'
    assert raw(hasty, request, end=True).startswith(b"HTTP/1.1 200")
    assert raw(hasty, request, request, end=True).count(b"HTTP/1.1 200") == 2
    assert raw(hasty, PREDICT + b"Content-Length: 15\r\n\r\n{", end=True) == b""


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"\x16\x03\x01\x02\r\n\r\n", 400, "illegal request line"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Host"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400, "Content-Length"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "Transfer-Encoding"),
    ],
)
def test_what_is_no_http_is_answered_like_every_error(hasty, sent: bytes, status: int, said: str) -> None:
    found, error = refused(raw(hasty, sent))
    assert found == status
    assert said in error


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (KEY + b"X: " + b"a" * 10_000 + b"\r\n", 431, "8192 bytes"),
        (KEY + b"X: a\r\n" * 300, 431, "headers"),
        (b"", 400, "Sec-WebSocket-Key"),
        (b"Sec-WebSocket-Key: abc\r\n", 400, "Sec-WebSocket-Key"),
        (KEY + b"Sec-WebSocket-Version: 7\r\n", 400, "Sec-WebSocket-Version"),
        (KEY + b"Content-Length: 5\r\n", 400, "body"),
        (KEY + b"Transfer-Encoding: chunked\r\n", 400, "transfer"),
    ],
)
def test_a_handshake_that_cannot_be_read_is_answered_and_closed(hasty, more: bytes, status: int, said: str) -> None:
    found, error = refused(raw(hasty, UPGRADE + more + b"\r\n"))
    assert found == status
    assert said in error


def test_a_refusal_reaches_a_client_that_sends_all_before_it_reads(hasty) -> None:
    megabyte = b"x" * 2**20
    status, error = refused(raw(hasty, PREDICT + b"Content-Length: 33554432\r\n\r\n", *[megabyte] * 32))
    assert (status, "33554432" in error) == (413, True)
    chunked = PREDICT + b"Transfer-Encoding: chunked\r\n\r\n"
    status, _ = refused(raw(hasty, chunked, *[b"100000\r\n" + megabyte + b"\r\n"] * 32, b"0\r\n\r\n"))
    assert status == 413


def test_the_log_tells_of_an_address_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = RefusalLog(lambda: now)
    for now, port in ((0.0, 1), (1.0, 2), (59.0, 3), (61.0, 4)):  # noqa: B007
        log.tell(("10.0.0.1", port), f"refused {port}")
    log.tell(("10.0.0.2", 5), "refused 5")
    for number in range(2_000):
        log.tell((f"host {number}", 6), "refused 6")
    log.tell(("10.0.0.1", 7), "refused 7")  # it has been forgotten among so many
    said = [text for text in caplog.messages if text.startswith("10.")]
    assert [text.split(" (")[0] for text in said] == [
        "10.0.0.1: refused 1",
        "10.0.0.1: refused 4",
        "10.0.0.2: refused 5",
        "10.0.0.1: refused 7",
    ]


def frame(opcode: int, data: bytes, last: bool = True) -> bytes:
    """A frame of a WebSocket's client, masked with zeros."""
    return bytes([last << 7 | opcode, 128 | len(data), 0, 0, 0, 0]) + data


def close_code(answer: bytes) -> int:
    """The code with which the server has closed a WebSocket, without a reason."""
    return int.from_bytes(answer[answer.rindex(b"\x88") + 2 :][:2], "big")


def test_refused_requests_write_one_line(keyboard: Path) -> None:
    with serving(str(keyboard)) as server:
        for _ in range(3):
            raw(server, b"GET / HTTP/1.1\r\n\r\n")
            raw(server, UPGRADE + b"\r\n")
            assert refused(raw(server, UPGRADE + KEY + b"Origin: http://other\r\n\r\n"))[0] == 403
            with connected(server) as socket_:
                socket_.sendall(frame(1, b"\xff"))
                assert close_code(rest(socket_)) == 1007
    assert server.said.count("\n") == 2, server.said  # where it serves, and the first of six
    assert "127.0.0.1: answered 400" in server.said


def test_it_says_that_it_drains_while_an_answer_is_under_way(keyboard: Path) -> None:
    with serving(str(keyboard)) as server, socket.create_connection(("127.0.0.1", server.port), timeout=30) as slow:
        slow.sendall(PREDICT + b"Content-Length: 15\r\nExpect: 100-continue\r\n\r\n")
        assert slow.recv(100).startswith(b"HTTP/1.1 100")  # the request is under way
        os.kill(server.process.pid, signal.SIGTERM)
        while (health := httpx.get(f"{server.url}/healthz")).status_code == 200:
            time.sleep(0.01)
        assert (health.status_code, health.json()) == (503, {"status": "draining"})
        other = httpx.get(f"{server.url}/v1/models")
        assert (other.status_code, other.json()) == (503, {"error": "the server is stopping"})
        slow.sendall(b'{"input":"the"}')
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        assert server.stop() == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at the processes in /proc")
def test_workers_end_with_a_supervisor_that_is_killed_and_leave_no_folder(keyboard: Path, tmp_path: Path) -> None:
    with serving(str(keyboard), "--workers", "2", env={"TMPDIR": str(tmp_path)}) as server:
        httpx.get(f"{server.url}/v1/models")  # a worker runs
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert list(tmp_path.glob("unrolled-metrics-*"))
        server.process.kill()
        server.process.wait()
        while any(Path(f"/proc/{child}").exists() for child in children) or list(tmp_path.glob("unrolled-metrics-*")):
            time.sleep(0.01)


@pytest.mark.parametrize("tiny", [frame(9, b""), frame(10, b"a"), frame(0, b"", last=False)])
def test_too_many_pings_and_parts_of_messages_close_a_websocket(hasty, tiny: bytes) -> None:
    with connected(hasty) as few, connected(hasty) as many:
        few.sendall(frame(1, b"{", last=False) + tiny * 50 + frame(0, b"}"))
        while b"suggestions" not in (answer := few.recv(65_536)):
            assert answer
        with suppress(ConnectionError):
            many.sendall(frame(1, b"{", last=False) + tiny * 1_000)
        assert b"pings and small parts" in rest(many)


def test_messages_sent_at_once_are_all_answered_in_order(hasty) -> None:
    with connected(hasty) as client:
        client.sendall(b"".join(frame(1, b'{"id":%d}' % number) for number in range(150)))
        answer = b""
        while b'"id":149,' not in answer:
            answer += client.recv(65_536)
        places = [answer.find(b'"id":%d,' % number) for number in range(150)]
        assert places == sorted(places)
        assert places[0] >= 0


def test_chunks_of_a_byte_are_a_body_like_any_other(hasty) -> None:
    chunked = PREDICT + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    text = b'{"input":"' + b"a " * 5_000 + b'"}'
    answer = raw(hasty, chunked + b"".join(b"1\r\n%c\r\n" % letter for letter in text) + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert text[1:-1] in answer


def test_a_connection_lets_others_go_on_between_the_parts_of_what_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=0.002)  # each look at it comes two milliseconds after the last
    monkeypatch.setattr(connection, "thread_time", lambda: next(clock))
    said: list[str] = []
    later: list[Callable[[], None]] = []

    class Reader(connection._InParts):
        loop = SimpleNamespace(call_soon=lambda call: later.append(call) or call)
        transport = SimpleNamespace(
            is_closing=lambda: False,
            pause_reading=lambda: said.append("pause"),
            resume_reading=lambda: said.append("resume"),
        )
        full = False

        def _read(self, part: bytes) -> None:
            said.append(part.decode())

        def _is_full(self) -> bool:
            return self.full

    reader = Reader()
    parts = [letter * 1_024 for letter in "abcde"]
    reader.data_received("".join(parts[:3]).encode())
    assert said == [parts[0], "pause"]  # two milliseconds are over, others are next
    reader.data_received(parts[3].encode())  # what was under way
    while later:
        later.pop(0)()
    assert [part for part in said if len(part) > 10] == parts[:4]
    assert said[-1] == "resume"
    reader.full = True  # nobody has taken what was read
    reader.data_received(parts[4].encode())
    assert (said[-1], later) == ("pause", [])
    reader.full = False
    reader._read_on()
    assert said[-1] == parts[4]


@pytest.mark.parametrize(
    ("headers", "size"), [([(b"content-length", b"9")], 1 << 18), ([(b"transfer-encoding", b"chunked")], 1_024)]
)
def test_a_body_of_known_length_is_read_at_once_but_chunks_are_not(headers, size) -> None:
    connection_ = object.__new__(connection._Connection)
    connection_.conn = SimpleNamespace(their_state=connection.h11.SEND_BODY)
    connection_.cycle = SimpleNamespace(more_body=True, scope={"headers": headers})
    assert connection_._part() == size
    connection_.cycle.more_body = False
    assert connection_._part() == 1_024
