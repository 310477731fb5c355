"""The recorded conversation with the server of an earlier version: whoever relied on its answers still can."""

import json
import re
from typing import Any

import httpx
import pytest
from tests.serve.conftest import serving
from tests.serve.recorded.record import FOLDERS, RECORDING, ask, converse, metric_names, reduced

RECORDED = json.loads(RECORDING.read_text(encoding="utf-8"))
TASKS = re.compile(r"\b(next-word|next-chord|compose|classify)\b")  # tasks may change their names
MUSIC = {"notes", "chords"}
ROUNDED = {"rows": 1.0, "suggestions": 2e-3}  # whole numbers may be rounded the other way; the cache was tuned anew
ADDED = {"GET /v1/models/text/predict": 422}  # asks for what was no question then, here without an input
NEAR = 1e-4
INTERNAL = 1011
SPACED = {"amoon": "a moon"}  # typed without its space, which this version offers before what it offered then


@pytest.fixture(scope="module")
def earlier():
    with serving(*map(str, FOLDERS)) as server:
        yield server


@pytest.fixture(scope="module")
def client(earlier):
    with httpx.Client(base_url=earlier.url, timeout=30) as opened:
        yield opened


def check(found: Any, expected: Any, at: str = "", near: float = NEAR) -> None:
    """All that was recorded is there and equal, numbers nearly; more may be there. "*" stands for anything."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), at
        assert expected.keys() <= found.keys(), at
        for key, value in expected.items():
            if key == "task" and expected.get("reads") in MUSIC:
                assert TASKS.fullmatch(found[key]), at
            else:
                check(found[key], value, f"{at}.{key}", ROUNDED.get(key, near))
    elif isinstance(expected, list):
        assert isinstance(found, list), at
        assert len(found) == len(expected), at
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            check(one, other, f"{at}[{number}]", near)
    elif isinstance(expected, bool) or expected is None:
        assert found is expected, at
    elif isinstance(expected, int | float):
        assert found == pytest.approx(expected, rel=NEAR, abs=near), at
    elif at.endswith((".error", ".reason")):
        assert TASKS.sub("TASK", found).startswith(TASKS.sub("TASK", expected)), at  # it may name more that is read
    elif expected != "*":
        assert found == expected, at


def titled(given: Any) -> str:
    return given.get("title") or f"{given['method']} {given['path']}"


@pytest.mark.parametrize("request_", RECORDED["requests"], ids=titled)
def test_a_request_is_answered_as_it_was(client, request_) -> None:
    expected = request_["answer"]
    if request_.get("may_change"):
        expected = {key: expected[key] for key in ("status", "type")}
    if titled(request_) in ADDED:
        expected = {"status": ADDED[titled(request_)]}
    check(ask(client, request_), expected)


@pytest.mark.parametrize("conversation", RECORDED["conversations"], ids=titled)
def test_a_conversation_goes_as_it_went(earlier, conversation) -> None:
    found = converse(earlier.port, conversation["model"], conversation["sent"])
    if conversation.get("may_change"):
        assert found
        assert found[-1].get("closed") != INTERNAL
    else:
        for answer in found:
            _drop_spaced(answer)
        check(found, conversation["answers"])


def _drop_spaced(answer: dict[str, Any]) -> None:
    """Take the two words away where a space was missing; the others then share all that may be meant."""
    if answer.get("typed") in SPACED:
        first, *others = answer["suggestions"]
        assert first["text"] == SPACED[answer["typed"]]
        answer["suggestions"] = [{**one, "score": one["score"] / (1 - first["score"])} for one in others]


def test_the_same_is_counted(client) -> None:
    client.post("/v1/models/text/predict", json={"input": "a film"})
    assert set(RECORDED["metrics"]) <= set(metric_names(client.get("/metrics").text))


def holds(found: Any, expected: Any, at: str) -> None:
    """A schema allows and promises what it did: values and properties may be added, what is required may not change."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), at
        assert set(found.get("required", ())) == set(expected.get("required", ())), at
        assert expected.keys() <= found.keys(), at
        for key, value in expected.items():
            if key == "enum":
                assert set(value) <= set(found[key]), at
            elif key in ("anyOf", "oneOf"):
                for number, one in enumerate(value):
                    assert any(_is_held(other, one) for other in found[key]), f"{at}.{key}[{number}]"
            elif key != "required":
                holds(found[key], value, f"{at}.{key}")
    else:
        assert found == expected, at


def _is_held(found: Any, expected: Any) -> bool:
    try:
        holds(found, expected, "")
    except AssertionError:
        return False
    return True


def test_the_api_describes_what_it_described(client) -> None:
    found = reduced(client.get("/openapi.json").json())
    assert RECORDED["openapi"].keys() <= found.keys()
    for path, operations in RECORDED["openapi"].items():
        assert operations.keys() <= found[path].keys(), path
        for method, operation in operations.items():
            now, at = found[path][method], f"{method} {path}"
            parameters = {(one["name"], one["in"]): one["schema"] for one in now["parameters"]}
            for one in operation["parameters"]:
                holds(parameters[one["name"], one["in"]], one["schema"], f"{at} {one['name']}")
            assert operation["answers"].keys() <= now["answers"].keys(), at
            holds(now["body"], operation["body"], at)
            for status, answer in operation["answers"].items():
                holds(now["answers"][status], answer, f"{at} {status}")
