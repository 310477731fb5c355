"""Every address, with good and with bad input."""

import http.client
import json
import math
from contextlib import closing

import httpx
import pytest

from unrolled import load

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.url, timeout=30) as opened:
        yield opened


def test_what_is_served_is_listed(client, keyboard) -> None:
    listed = client.get("/v1/models").json()["models"]
    assert [one["name"] for one in listed] == ["keyboard"]
    assert listed[0]["task"] == "next-word"
    assert client.get("/v1/models/keyboard").json() == listed[0]
    assert listed[0]["parameters"] == sum(math.prod(shape) for shape in load(keyboard).shapes().values())


def test_it_predicts_what_the_model_predicts(client, keyboard) -> None:
    answer = client.post("/v1/models/keyboard/predict", json={"input": "the cat", "n": 2}).json()
    expected = load(keyboard).predict("the cat", 2)
    assert [one["text"] for one in answer["predictions"]] == [one.text for one in expected]
    assert [one["score"] for one in answer["predictions"]] == pytest.approx([one.score for one in expected], rel=1e-6)


def test_several_inputs_are_answered_in_their_order(client) -> None:
    texts = ["the cat", "a bird", "", "Anna sees"]
    replies = client.post("/v1/models/keyboard/predict", json={"inputs": texts, "n": 1}).json()["replies"]
    alone = [client.post("/v1/models/keyboard/predict", json={"input": text, "n": 1}).json() for text in texts]
    assert replies == alone


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"input": NaN}', 400, "NaN"),
        (b'{"input": "\xff"}', 400, "decode"),
        (b'{"input": "a", "input": "b"}', 400, "twice"),
        (b'{"input": "\\ud800"}', 400, "surrogates"),
        (b"{", 400, "JSON"),
        (b"[" * 100 + b"]" * 100, 400, "nested"),
        (b"", 400, "JSON"),
        (b"[1]", 422, "object"),
        (b"{}", 422, "either input"),
        (b'{"input": "a", "inputs": ["b"]}', 422, "either input"),
        (b'{"input": 5}', 422, "input is 5"),
        (b'{"inputs": []}', 422, "inputs"),
        (b'{"inputs": ["a", null]}', 422, "inputs.1"),
        (b'{"input": "a", "n": 0}', 422, "n is 0"),
        (b'{"input": "a", "n": 1e9}', 422, "n is"),
        (b'{"input": "a", "n": true}', 422, "n is True"),
        (b'{"input": "a", "beam": 3}', 422, "beam"),
        (json.dumps({"input": "a" * 20_001}).encode(), 422, "20001 characters"),
        (json.dumps({"inputs": ["a"] * 65}).encode(), 422, "65 inputs"),
    ],
)
def test_a_bad_body_is_refused_with_its_reason(client, body: bytes, status: int, said: str) -> None:
    answer = client.post("/v1/models/keyboard/predict", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert said in answer.json()["error"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
def test_only_json_is_read(client, kind: str) -> None:
    answer = client.post("/v1/models/keyboard/predict", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 415


def test_an_oversized_body_is_refused_before_it_is_read(client) -> None:
    answer = client.post("/v1/models/keyboard/predict", content=b"x" * 300_000, headers=JSON)
    assert answer.status_code == 413


def test_an_oversized_body_of_unknown_length_is_refused(client) -> None:
    chunks = (b"x" * 65_536 for _ in range(8))
    answer = client.post("/v1/models/keyboard/predict", content=chunks, headers=JSON)
    assert answer.status_code == 413


def test_an_unknown_model_is_named_with_the_known_ones(client) -> None:
    for path in ("/v1/models/nobody", "/v1/models/%F0%9F%98%80"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "there is keyboard" in answer.json()["error"]
    assert client.post("/v1/models/nobody/predict", json={"input": "a"}).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/v1/models", "/", "/nowhere"])
def test_head_has_the_head_of_get(client, path: str) -> None:
    answers = [client.request(method, path) for method in ("HEAD", "GET")]
    head, get = ({**answer.headers, "date": ""} for answer in answers)
    assert head == get
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].content == b""


def test_a_wrong_method_is_refused(client) -> None:
    for method, path in (("DELETE", "/v1/models"), ("PUT", "/v1/models/keyboard/predict"), ("POST", "/")):
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert "error" in answer.json()


TRICKS = [
    "/../app.py",
    "/..%2fapp.py",
    "/%2e%2e/app.py",
    "/%2e%2e%2f%2e%2e%2fapp.py",
    "/cards/../../app.py",
    "/..\\app.py",
    "/..%5capp.py",
    "/%00",
    "/index.html%00.js",
    "//etc/passwd",
    "/etc/passwd",
    "/%2fetc%2fpasswd",
    "/....//....//app.py",
    "/%c0%ae%c0%ae/app.py",
    "/%252e%252e/app.py",
    "/cards/",
    "/.",
    "/./app.py",
    "/v1/models/../../app.py",
    "/v1/models/keyboard/../../../app.py",
    "/" + "a" * 5_000,
    "/con",
    "/~root",
]


@pytest.mark.parametrize("path", TRICKS)
def test_nothing_outside_the_page_is_served(server, path: str) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    assert answer.status in (404, 400) or path == "/."
    assert b"create_app" not in body
    assert b"root:" not in body


def test_every_answer_carries_the_policy(client) -> None:
    for path in ("/", "/v1/models", "/nothing", "/healthz", "/docs", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_it_answers_by_its_own_names_alone(client) -> None:
    assert client.get("/v1/models", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/v1/models", headers={"host": "[::1"}).status_code == 421
    assert client.get("/v1/models", headers={"host": "localhost:1"}).status_code == 200


def test_the_numbers_are_prometheus_s_and_hold_no_text(client) -> None:
    client.post("/v1/models/keyboard/predict", json={"input": "a secret of mine"})
    text = client.get("/metrics").text
    assert 'unrolled_requests_total{path="/v1/models/{name}/predict",status="200"}' in text
    assert "unrolled_batch_questions_count" in text
    assert "secret" not in text


def test_health_and_schema(client) -> None:
    assert client.get("/healthz").json() == {"status": "ready"}
    schema = client.get("/openapi.json").json()
    question = schema["components"]["schemas"]["TextQuestion"]
    assert set(question["properties"]) == {"input", "inputs", "n"}
    assert set(schema["paths"]) == {
        "/v1/models",
        "/v1/models/{name}",
        "/v1/models/{name}/predict",
        "/v1/models/{name}/align",
        "/v1/models/{name}/write",
        "/v1/models/{name}/compose",
        "/v1/models/{name}/compose.mid",
        "/v1/models/{name}/forecast",
        "/v1/models/{name}/plan",
        "/v1/models/{name}/series",
        "/healthz",
        "/metrics",
    }


def test_what_a_limit_refuses_is_counted(client) -> None:
    assert client.post("/v1/models/keyboard/predict", json={"inputs": ["a"] * 65}).status_code == 422
    assert client.get("/v1/models", headers={"host": "evil.example"}).status_code == 421
    text = client.get("/metrics").text
    assert 'unrolled_refused_total{limit="inputs"}' in text
    assert 'unrolled_refused_total{limit="host"}' in text
    assert 'limit=""' not in text
