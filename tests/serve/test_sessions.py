"""The WebSocket: a session, its limits, and what a broken client does to the others."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.serve.conftest import Server, serving
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect


def open_stream(server: Server, name: str = "keyboard", **more) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{server.port}/v1/models/{name}/stream", open_timeout=30, **more)


def ask(stream: ClientConnection, message) -> dict:
    stream.send(message if isinstance(message, str) else json.dumps(message))
    return json.loads(stream.recv(timeout=30))


def test_a_session_suggests_while_one_types(server) -> None:
    with open_stream(server) as stream:
        answer = ask(stream, {"id": 7, "text": "the c", "n": 2})
        assert answer["id"] == 7
        assert answer["typed"] == "c"
        assert answer["replace"] == 1
        assert answer["suggestions"][0]["text"] == "cat"
        assert len(answer["suggestions"]) <= 2
        assert answer["microseconds"] > 0
        after = ask(stream, {"erase": 1, "append": "cat "})
        assert after["typed"] == ""
        assert after["suggestions"] == ask(stream, {"text": "the cat "})["suggestions"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("{", "JSON"),
        ('{"text": NaN}', "NaN"),
        ("[]", "object"),
        ('{"id": "x"}', "id"),
        ('{"id": -1}', "id"),
        ('{"text": 5}', "text"),
        (json.dumps({"text": "a" * 20_001}), "20001 characters"),
        (json.dumps({"append": "a" * 20_001}), "20001 characters"),
        ('{"save": 1}', "save"),
        ('{"restore": "?"}', "base64"),
        ('{"restore": "é"}', "base64"),
        ('{"restore": "AAAA"}', ""),
        ('{"save": true, "text": "a"}', "no other key"),
    ],
)
def test_a_bad_message_is_answered_and_changes_nothing(server, message: str, said: str) -> None:
    with open_stream(server) as stream:
        before = ask(stream, {"text": "the dog "})["suggestions"]
        answer = ask(stream, message)
        assert said in answer["error"]
        assert ask(stream, {"append": ""})["suggestions"] == before


def test_a_session_moves(server) -> None:
    with open_stream(server) as first, open_stream(server) as second:
        expected = ask(first, {"text": "Anna sees "})["suggestions"]
        saved = ask(first, {"id": 1, "save": True})
        assert saved["id"] == 1
        assert ask(second, {"restore": saved["saved"]}) == {"restored": True}
        assert ask(second, {"append": ""})["suggestions"] == expected


def test_an_unknown_model_has_no_stream(server) -> None:
    with pytest.raises(InvalidStatus) as caught, open_stream(server, "nobody"):
        pass
    assert caught.value.response.status_code == 404
    assert b"there is keyboard" in caught.value.response.body


def test_a_page_of_another_site_is_refused(server) -> None:
    with pytest.raises(InvalidStatus) as caught, open_stream(server, origin="https://evil.example"):
        pass
    assert caught.value.response.status_code == 403
    with open_stream(server, origin=server.url) as stream:
        assert "suggestions" in ask(stream, {"text": ""})


def test_bytes_and_giants_end_a_session(server) -> None:
    with open_stream(server) as stream:
        stream.send(b"\x00")
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=30)
        assert closed.value.rcvd.code == 1003
    with open_stream(server) as stream:
        stream.send('"' + "a" * 70_000 + '"')
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=30)
        assert closed.value.rcvd.code == 1009


@pytest.fixture(scope="module")
def strict(keyboard: Path):
    """A server with tight limits."""
    limits = ("--sessions", "3", "--sessions-per-client", "2", "--idle", "1", "--rate", "1", "--connections", "8")
    with serving(str(keyboard), *limits, "--seconds", "1", "--head-seconds", "1") as running:
        yield running


def test_a_flood_of_sessions_is_refused_and_others_go_on(strict) -> None:
    with open_stream(strict) as first, open_stream(strict) as second:
        with pytest.raises(InvalidStatus) as caught, open_stream(strict):
            pass
        assert caught.value.response.status_code == 429
        assert "suggestions" in ask(first, {"text": "the "})
        assert "suggestions" in ask(second, {"text": "the "})
    refused = 'unrolled_refused_total{limit="sessions per client"} '
    assert refused in httpx.get(f"{strict.url}/metrics").text


def test_more_sessions_than_the_server_takes_are_refused(keyboard) -> None:
    with (
        serving(str(keyboard), "--sessions", "1") as small,
        open_stream(small),
        pytest.raises(InvalidStatus) as caught,
        open_stream(small),
    ):
        pass
    assert caught.value.response.status_code == 503
    assert caught.value.response.headers["retry-after"] == "10"


def test_too_many_messages_are_told_to_wait(strict) -> None:
    with open_stream(strict) as stream:
        answers = [ask(stream, {"id": i, "text": "a"}) for i in range(6)]
    assert "suggestions" in answers[0]
    assert any("messages a second" in answer.get("error", "") for answer in answers)
    assert [answer["id"] for answer in answers] == list(range(6))


def test_messages_in_error_are_answered_no_faster(strict) -> None:
    with open_stream(strict) as stream:
        began = time.monotonic()
        answers = [ask(stream, "[]") for _ in range(4)]
        assert time.monotonic() - began > 0.9
    assert all("object" in answer["error"] for answer in answers)


def test_an_idle_session_ends(strict) -> None:
    with open_stream(strict) as stream:
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=30)
        assert closed.value.rcvd.code == 1001


def raw(server: Server, sent: bytes, end: bool = False) -> bytes:
    """What comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(sent)
        if end:
            connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
        return b"".join(parts)


def test_a_slow_sender_is_cut_off(strict) -> None:
    head = b"POST /v1/models/keyboard/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    parts = b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n", head + b"Content-Length: 50\r\n\r\n{"
    with ThreadPoolExecutor(len(parts)) as senders:
        silent, begun, slow = senders.map(lambda sent: raw(strict, sent), parts)
    assert silent == begun == b""
    assert slow.startswith(b"HTTP/1.1 408")
    assert b"within 1 s" in slow


def test_a_half_closed_request_harms_nobody(strict) -> None:
    head = b"POST /v1/models/keyboard/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    raw(strict, head + b"Content-Length: 50\r\n\r\n{", end=True)
    raw(strict, b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", end=True)
    raw(strict, b"\x16\x03\x01\x02\x00\x01\x00", end=True)
    assert httpx.get(f"{strict.url}/v1/models").status_code == 200


def test_more_connections_than_allowed_are_closed_and_come_free_again(strict) -> None:
    held = [socket.create_connection(("127.0.0.1", strict.port), timeout=30) for _ in range(12)]
    try:
        ends = [one for one in held[8:] if _is_closed(one)]
        assert ends
    finally:
        for one in held:
            one.close()
    with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
        assert client.get(f"{strict.url}/healthz").status_code == 200


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_sessions_side_by_side_do_not_mix(server) -> None:
    """Many at once, answered in batches: each gets what it would get alone."""
    texts = ["the cat ", "the dog sees ", "Anna ", "a bird likes the ", "my friend ", "the old "]
    with open_stream(server) as alone:
        expected = [ask(alone, {"text": text})["suggestions"] for text in texts]
    found: dict[int, list] = {}

    def type_on(i: int) -> None:
        with open_stream(server) as stream:
            found[i] = [ask(stream, {"text": texts[(i + k) % len(texts)]})["suggestions"] for k in range(12)]

    threads = [threading.Thread(target=type_on, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(12):
        assert found[i] == [expected[(i + k) % len(texts)] for k in range(12)]
