"""Record what a server answers to a fixed conversation about the model folders of an earlier version.

Run it with the version whose answers are to be kept, from the root of the repository, where `unrolled` is that version:
``python -m tests.serve.recorded.record``. It writes conversation.json; `tests/serve/test_recorded.py` repeats it.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tests.serve.conftest import serving
from tests.serve.small_models import RATE, tone, wav
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

__all__ = ["FOLDERS", "RECORDING", "ask", "converse", "metric_names", "reduced"]

RECORDING = Path(__file__).parent / "conversation.json"
FOLDERS = sorted(path.parent for path in (Path(__file__).parents[2] / "earlier" / "0.1.0").glob("*/config.json"))
MASKED = {"microseconds", "saved"}  # another one each time
SAVED, SAVED_THEN = "$saved", "$saved, as the recorded server gave it"
JSON = {"content-type": "application/json"}

# The questions ------------------------------------------------------------------------------------------------------


def _bytes(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _predict(name: str, body: Any, path: str = "predict") -> dict[str, Any]:
    return {"method": "POST", "path": f"/v1/models/{name}/{path}", "json": body}


def _raw(name: str, text: str, headers: Mapping[str, str] = JSON) -> dict[str, Any]:
    return {"method": "POST", "path": f"/v1/models/{name}/predict", "headers": dict(headers), "text": text}


def _clip(query: str, content: bytes, kind: str = "audio/wav", name: str = "sound") -> dict[str, Any]:
    path = f"/v1/models/{name}/predict{query}"
    return {"method": "POST", "path": path, "headers": {"content-type": kind}, "base64": _bytes(content)}


def requests() -> list[dict[str, Any]]:
    """What is asked over HTTP."""
    names = [folder.name for folder in FOLDERS]
    paths = ["/v1/models", *(f"/v1/models/{name}" for name in names), "/v1/models/nobody", "/healthz", "/nothing"]
    found: list[dict[str, Any]] = [{"method": "GET", "path": path} for path in [*paths, "/v1/models/text/predict"]]
    found += [{"method": "DELETE", "path": "/v1/models"}, {"method": "POST", "path": "/healthz"}]
    for name in ("next-word", "next-word-dense", "next-word-bpe"):
        found += [
            _predict(name, {"input": "the cat sees the"}),
            _predict(name, {"input": "", "n": 5}),
            _predict(name, {"inputs": ["my friend", "zebra", "Anna li"], "n": 2}),
        ]
    found += [
        _predict("notes", {"input": "C4/1 E4/1", "n": 2}),
        _predict("notes", {"inputs": ["", "hello"], "n": 1}),
        _predict("chords", {"input": "C4+E4", "n": 4}),
        _predict("chords", {"inputs": ["", "C4 - E4+G4"], "n": 1}),
        _predict("chords", {"input": "hello"}),
    ]
    for name in ("text", "text-tf-idf", "text-one-hot"):
        found += [
            _predict(name, {"input": "I love the film"}),
            _predict(name, {"inputs": ["an awful book", "zebra"], "n": 1}),
            _predict(name, {"input": ""}),
            _predict(name, {"input": " \n"}),
        ]
    found += [
        _predict("dna", {"input": "ACGTGTACG", "n": 1}),
        _predict("dna", {"inputs": ["ttgg", "NNN"]}),
        _predict("dna", {"input": "ACGQ"}),
        _predict("dna", {"input": ""}),
        _predict("numbers", {"input": [[1, 1.5], [1, 1]]}),
        _predict("numbers", {"inputs": [[[-1, -1.5]], [[0.5, 1], [0, 0]]], "n": 1}),
        _predict("numbers", {"input": "1 2"}),
        _predict("numbers", {"input": [[1, "2"]]}),
        _predict("numbers", {"input": [[1, 2], [3]]}),
        _predict("numbers", {"input": [[1, 2, 3]]}),
        _predict("numbers", {"input": []}),
        _predict("numbers", {}),
    ]
    high, low = tone("high", 0.2, seed=50), tone("low", 0.15, seed=51)
    found += [
        _clip("?n=2&moments=4", wav(high)),
        _clip("", wav(low, kind="FLAC"), "audio/flac"),
        _clip("?n=1", wav(tone("low", 0.1, 16_000, seed=52), 16_000), "audio/x-wav; a=b"),
        _clip("?n=0", wav(low[:400])),
        _clip("?n=101", wav(low[:400])),
        _clip("?moments=65", wav(low[:400])),
        _clip("", b""),
        _clip("", b"GIF89a"),
        _clip("", wav(np.zeros(80, np.float32))),
        _clip("", wav(low[:400]), name="text"),
        _predict("sound", {"input": "a"}),
    ]
    text = "next-word"
    found += [
        _predict("nobody", {"input": "a"}),
        *(_raw(text, body) for body in ("{", '{"input": NaN}', '{"input": "a", "input": "b"}', "", "[1]", "{}")),
        _raw(text, "{}", {"content-type": "text/plain"}),
        _raw(text, "{}", {}),
        _predict(text, {"input": "a", "beam": 3}),
        _predict(text, {"input": "a", "inputs": ["b"]}),
        _predict(text, {"input": 5}),
        _predict(text, {"input": [[1.0]]}),
        _predict(text, {"inputs": []}),
        _predict(text, {"inputs": ["a", None]}),
        _predict(text, {"inputs": ["a"] * 65}),
        *(_predict(text, {"input": "a", "n": n}) for n in (0, 101, True, "3")),
        _predict("text", {"input": "a", "n": 0}),
    ]
    wish = {"seconds": 5, "temperature": 0.8, "seed": 3}
    for end in ("compose", "compose.mid"):
        found += [
            _predict("chords", wish, end),
            _predict("notes", {**wish, "text": "C4/1 E4/1 >1"}, end),
            _predict("chords", {"seconds": 61}, end),
            _predict("text", {}, end),
            {**_predict("next-word", {}, end), "may_change": True},
            _predict("nobody", {}, end),
        ]
    found += [
        _predict("chords", {"seconds": 4, "text": "C4+E4 D4", "top": 3, "temperature": 0}, "compose"),
        _predict("notes", {"seconds": 4, "top": 3, "seed": 1}, "compose"),
        *(_predict("chords", one, "compose") for one in ({"seconds": 0}, {"temperature": -1}, {"seed": 1.5}, {"a": 1})),
        _predict("chords", {"top": -1}, "compose"),
        _predict("chords", {"text": "hello"}, "compose"),
        _predict("notes", {"text": "hello", "seconds": 2}, "compose"),
        _predict("chords", [1], "compose"),
        {"method": "GET", "path": "/v1/models/chords/compose"},
    ]
    return found


def _listening() -> list[Any]:
    samples = (tone("high", 0.16, seed=60) * 32767).astype("<i2")
    parts = [_bytes(part.tobytes()) for part in np.split(samples, 4)]
    return [
        {"id": 1, "samples": parts[0], "rate": RATE, "n": 2, "memory": True},
        {"samples": parts[1], "rate": RATE},
        {"samples": parts[2], "rate": RATE, "memory": True},
        {},
        {"samples": parts[3], "rate": RATE, "reset": True, "n": 1},
        {"samples": parts[0][:8] + "?"},
        {"samples": _bytes(b"abc")},
        {"samples": parts[0], "rate": 100},
        {"samples": parts[0], "rate": "8000"},
        {"text": "a"},
        {"n": 0},
        {"save": True},
        {"restore": SAVED},
        {"n": 2},
        {"restore": SAVED_THEN},
    ]


WRONG: list[Any] = [
    "{", "[]", '{"text": NaN}', {"id": "x"}, {"id": -1}, {"id": 2, "text": 5}, {"n": 0}, {"n": 101}, {"n": True},
    {"what": 1}, {"text": "a", "append": "b"}, {"erase": -1}, {"save": 1}, {"restore": "?"}, {"restore": "AAAA"},
    {"save": True, "text": "a"}, {"numbers": [[1]]}, {"samples": ""}, {"reset": True},
]  # fmt: skip
CONVERSATIONS: dict[str, tuple[str, list[Any]]] = {
    "typing": ("next-word", [
        {"id": 1, "text": "the c", "n": 2}, {"erase": 1, "append": "cat "}, {"append": "s"}, {"text": "the cat sees "},
        {"text": ""}, {"text": "the rvi", "n": 10}, {"text": "Anna likes a ", "memory": True},
        {"append": "house. ", "memory": True}, {"erase": 8, "append": "moon", "memory": True}, {}, {"id": 9},
        {"erase": 1000},
    ]),
    "learning": ("next-word", [
        {"text": "zebra giraffe zebra giraffe "}, {"text": ""}, {"text": "zeb"}, {"text": "zebra "},
        {"forget": "giraffe"}, {"text": "zebra "}, {"forget": True, "text": ""}, {"text": "zeb"},
        {"learn": False, "text": "lion lion "}, {"text": ""}, {"text": "li"}, {"learn": True}, {"forget": False},
        {"forget": ""}, {"learn": 1},
    ]),
    "saving": ("next-word", [
        {"text": "zebra zebra "}, {"text": ""}, {"text": "the zeb"}, {"id": 3, "save": True}, {"text": ""},
        {"forget": True}, {"text": "zeb"}, {"id": 4, "restore": SAVED}, {"append": ""}, {"text": "", "forget": True},
        {"restore": SAVED_THEN}, {"append": ""},
    ]),
    "mistakes": ("next-word", [{"text": "the dog "}, *WRONG, {"n": 11}, {"append": ""}]),
    "typing letters": ("next-word-dense", [{"text": "the c"}, {"append": "a", "memory": True}, {"erase": 2}]),
    "typing pieces": ("next-word-bpe", [{"text": "the c"}, {"append": "a", "memory": True}, {"text": "Anna "}]),
    "reading": ("text", [
        {"id": 5, "text": "I love", "n": 1, "memory": True}, {"append": " the film", "memory": True},
        {"erase": 4, "append": "awful book", "n": 2}, {}, {"text": " "}, {"text": ""}, {"text": "zebra"},
        {"id": 6, "save": True}, {"text": "I hate"}, {"restore": SAVED}, {}, {"restore": SAVED_THEN}, {"n": 100},
    ]),
    "reading mistakes": ("text", [{"text": "a film"}, *WRONG, {"memory": 1}, {"learn": True}, {}]),
    "reading words": ("text-tf-idf", [{"text": "I love", "memory": True}, {"append": " the", "memory": True}]),
    "reading a window": ("text-one-hot", [{"text": "I love", "memory": True}, {"append": " the", "memory": True}]),
    "reading DNA": ("dna", [
        {"text": "ACG", "memory": True}, {"append": "tgN", "memory": True}, {"erase": 2, "memory": True},
        {"append": "X"}, {"append": "T", "n": 1}, {"text": ""}, {"numbers": [[1, 2]]},
    ]),
    "listening": ("sound", _listening()),
    "measuring": ("numbers", [
        {"id": 1, "numbers": [[0.5, 1]], "memory": True}, {"numbers": [[-1, -0.5], [-1.5, -1]], "memory": True}, {},
        {"numbers": []}, {"numbers": [[1, 2, 3]]}, {"numbers": [["a", 1]]}, {"numbers": "1"}, '{"numbers": [[NaN, 1]]}',
        {"numbers": [[1, 1]], "reset": True, "n": 1}, {"reset": True}, {"text": "a"}, {"save": True},
        {"restore": SAVED}, {"numbers": [[1, 1]]}, {"restore": "AAAA"},
    ]),
    "a stream of notes": ("notes", [{"text": ""}]),
    "a stream of chords": ("chords", [{"text": ""}]),
    "a stream of nobody": ("nobody", [{"text": ""}]),
}  # fmt: skip
# Of these, and of requests with that mark, only the kind of the answer is kept to.
MAY_CHANGE = {"a stream of notes", "a stream of chords"}

# Asking, and what is kept of the answers ----------------------------------------------------------------------------


def ask(client: httpx.Client, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one request: status, content-type and body."""
    given: dict[str, Any] = {"headers": request.get("headers", {})}
    if "json" in request:
        given["json"] = request["json"]
    elif "text" in request:
        given["content"] = request["text"].encode()
    elif "base64" in request:
        given["content"] = base64.b64decode(request["base64"])
    answer = client.request(request["method"], request["path"], **given)
    kind = answer.headers.get("content-type", "")
    body = {"json": answer.json()} if kind == "application/json" else {"base64": _bytes(answer.content)}
    return {"status": answer.status_code, "type": kind, **body}


def converse(port: int, name: str, sent: Iterable[Any]) -> list[dict[str, Any]]:
    """The answer to each message; a handshake that is refused, or the server's end, is the last of them."""
    found: list[dict[str, Any]] = []
    saved = ""
    try:
        with connect(f"ws://127.0.0.1:{port}/v1/models/{name}/stream", open_timeout=30) as stream:
            for message in sent:
                if isinstance(message, dict) and message.get("restore") == SAVED:
                    message = {**message, "restore": saved}  # noqa: PLW2901
                stream.send(message if isinstance(message, str) else json.dumps(message))
                found.append(json.loads(stream.recv(timeout=30)))
                saved = found[-1].get("saved", saved)
    except InvalidStatus as refused:
        body = json.loads(refused.response.body or b"null")
        found.append({"refused": refused.response.status_code, "json": body})
    except ConnectionClosed as closed:
        end = closed.rcvd
        found.append({"closed": end.code if end else None, "reason": end.reason if end else ""})
    return found


def metric_names(text: str) -> list[str]:
    """The names of what /metrics counts."""
    found = set(re.findall(r"^# TYPE (unrolled_\S+) ", text, re.MULTILINE))
    return sorted(name for name in found if not name.endswith("_created"))


def kept(value: Any) -> Any:
    """An answer as it is recorded: numbers to five digits, what is another one each time masked."""
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {key: "*" if key in MASKED else kept(one) for key, one in value.items()}
    return [kept(one) for one in value] if isinstance(value, list) else value


# The API's own description ------------------------------------------------------------------------------------------


def reduced(document: Mapping[str, Any]) -> dict[str, Any]:
    """What clients rely on: paths, methods, parameters, bodies and answers, without any names or words of people."""
    return {
        path: {method: _operation(one, document) for method, one in operations.items()}
        for path, operations in document["paths"].items()
    }


def _operation(operation: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": one["name"], "in": one["in"], "schema": _schema(one["schema"], document)}
        for one in operation.get("parameters", [])
    ]
    answers = {status: _content(one, document) for status, one in operation["responses"].items()}
    body = _content(operation.get("requestBody", {}), document)
    return {"parameters": parameters, "body": body, "answers": answers}


def _content(of: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: _schema(one.get("schema", {}), document) for kind, one in of.get("content", {}).items()}


def _schema(schema: Any, document: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_schema(one, document) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target: Any = document
        for key in schema["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        return _schema(target, document)
    found = {key: one for key, one in schema.items() if key not in ("title", "description", "examples", "properties")}
    found = {key: _schema(one, document) for key, one in found.items()}
    if "properties" in schema:
        found["properties"] = {name: _schema(one, document) for name, one in schema["properties"].items()}
    return found


def _sent(messages: list[Any], answers: list[dict[str, Any]]) -> list[Any]:
    """The messages, with what was saved in place of ``SAVED_THEN``."""
    saved = next((one["saved"] for one in answers if "saved" in one), "")
    return [
        {**one, "restore": saved} if isinstance(one, dict) and one.get("restore") == SAVED_THEN else one
        for one in messages
    ]


def main() -> None:
    """Record."""
    lines: dict[str, list[Any]] = {"requests": [], "conversations": []}
    with serving(*map(str, FOLDERS)) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        for request in requests():
            lines["requests"].append({**request, "answer": kept(ask(client, request))})
        for title, (name, messages) in CONVERSATIONS.items():
            sent = _sent(messages, converse(server.port, name, messages))
            answers = kept(converse(server.port, name, sent))
            more = {"may_change": True} if title in MAY_CHANGE else {}
            lines["conversations"].append({"title": title, "model": name, "sent": sent, "answers": answers, **more})
        whole = {
            "metrics": metric_names(client.get("/metrics").text),
            "openapi": reduced(client.get("/openapi.json").json()),
        }
    parts = [f'"{key}": {_json(value)}' for key, value in whole.items()]
    parts += [f'"{key}": [\n' + ",\n".join(map(_json, rows)) + "\n]" for key, rows in lines.items()]
    RECORDING.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


if __name__ == "__main__":
    main()
