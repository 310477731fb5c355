"""Classifiers behind the server: text, DNA and numbers as JSON, recordings as themselves."""

import base64
import json
import math
import sys

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_models import RATE, tone, wav
from websockets.sync.client import connect

from unrolled import load
from unrolled.serve.app import create_app


@pytest.fixture(scope="module")
def client(many):
    with httpx.Client(base_url=many.url, timeout=30) as opened:
        yield opened


def predict(client, name, body=None, content=None, kind="audio/wav", **query):
    path = f"/v1/models/{name}/predict"
    if content is None:
        return client.post(path, json=body, params=query)
    return client.post(path, content=content, headers={"content-type": kind}, params=query)


def close_to(found, expected):
    assert [one["label"] for one in found] == [one.label for one in expected]
    assert [one["score"] for one in found] == pytest.approx([one.score for one in expected], rel=1e-5)


def test_the_list_says_what_each_reads(client):
    listed = {one["name"]: one for one in client.get("/v1/models").json()["models"]}
    reads = {name: one["reads"] for name, one in listed.items()}
    assert reads == {
        "mood": "text", "tone": "sound", "gauge": "numbers", "gene": "dna", "choir": "chords", "bach": "notes",
        "demand": "table"
    }  # fmt: skip
    assert listed["mood"]["labels"] == ["bad", "good"]
    assert (listed["mood"]["cell"], listed["mood"]["bidirectional"]) == ("gru", False)
    assert listed["tone"]["bidirectional"]
    assert listed["bach"]["labels"] is None


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("mood", "I love the film", "an awful book"),
        ("gene", "ATTA", "gccn"),
        ("gauge", [[1, 1.5], [1, 1]], [[-1, -1.5]]),
    ],
)
def test_it_answers_what_the_model_answers(client, folder, name, one, other):
    task = load(folder / name)
    answer = predict(client, name, {"input": one, "n": 2}).json()
    close_to(answer["predictions"], task.predict(one, 2))
    assert answer.get("input") == (one if isinstance(one, str) else None)
    replies = predict(client, name, {"inputs": [one, other], "n": 1}).json()["replies"]
    for given, reply in zip((one, other), replies, strict=True):
        close_to(reply["predictions"], task.predict(given, 1))


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("mood", {"input": [[1.0]]}, "input is [[1.0]]: Input should be a valid string; expected input (text)"),
        ("mood", {"input": " \n"}, "holds no words"),
        ("gauge", {"input": "1 2"}, "expected input (rows of numbers)"),
        ("gauge", {"input": [[1, "2"]]}, "input.0.1 is '2'"),
        ("gauge", {"input": [[1, 2], [3]]}, "expected numbers (T, 2)"),
        ("gauge", {"input": [[1, 2, 3]]}, "expected (T, 2)"),
        ("gauge", {"input": []}, "expected (T, 2)"),
        ("gauge", {}, "either input, rows of numbers, or inputs"),
        ("gauge", {"inputs": [[[1, 2]]] * 65}, "65 inputs"),
        ("gene", {"input": "ACGQ"}, "Q"),
    ],
)
def test_a_bad_input_is_refused_with_its_reason(client, name, body, said):
    answer = predict(client, name, body)
    assert answer.status_code == 422
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    ("kind", "format"), [("audio/wav", "WAV"), ("audio/flac", "FLAC"), ("audio/x-wav; a=b", "WAV")]
)
def test_a_recording_is_heard(client, folder, kind, format):
    content = wav(tone("high", seed=30), kind=format)
    (folder / "clip").write_bytes(content)
    answer = predict(client, "tone", content=content, kind=kind, n=2).json()
    close_to(answer["predictions"], load(folder / "tone").predict(folder / "clip", 2))
    assert answer["predictions"][0]["label"] == "high"
    assert answer["seconds"] == pytest.approx(0.4)
    assert "growth" not in answer


@pytest.mark.parametrize(
    ("kind", "format", "coder"),
    [
        ("audio/wav", "WAV", "GSM610"),
        ("audio/wav", "WAV", "G721_32"),
        ("audio/wav", "WAV", "NMS_ADPCM_16"),
        ("audio/wav", "WAV", "IMA_ADPCM"),
        ("audio/mpeg", "MP3", None),
        ("audio/aiff", "AIFF", None),
        ("audio/basic", "AU", "G723_40"),
    ],
)
def test_a_recording_of_any_coder_is_heard(client, kind, format, coder):
    answer = predict(client, "tone", content=wav(tone("high", seed=30), kind=format, coder=coder), kind=kind).json()
    assert answer["predictions"][0]["label"] == "high"


def test_flac_of_unknown_length_is_heard(client):
    content = bytearray(wav(tone("high", seed=30), kind="FLAC"))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    answer = predict(client, "tone", content=bytes(content), kind="audio/flac").json()
    assert answer["predictions"][0]["label"] == "high"
    assert answer["seconds"] == pytest.approx(0.4)


def test_a_recording_of_another_rate_is_brought_to_the_models(client):
    for rate in (16_000, 44_100):
        answer = predict(client, "tone", content=wav(tone("low", 0.5, rate), rate)).json()
        assert answer["predictions"][0]["label"] == "low"


@pytest.mark.parametrize("moments", [1, 7, 64])
def test_a_recording_shows_how_its_answer_grew(client, folder, moments):
    content = wav(tone("high", seed=31))
    answer = predict(client, "tone", content=content, moments=moments).json()
    growth = answer["growth"]
    count = min(moments, 38)  # windows of 25 ms, each 10 ms
    assert growth["labels"] == ["high", "low"]
    assert len(growth["words"]) == len(growth["rows"]) == len(growth["decisions"]) == count
    assert growth["words"][-1] == "0.37"
    assert {len(row) for row in growth["rows"]} == {16}
    assert max(abs(value) for row in growth["rows"] for value in row) <= 127
    scores = {one["label"]: one["score"] for one in answer["predictions"]}
    assert growth["decisions"][-1] == pytest.approx([scores["high"], scores["low"]], abs=1e-4)


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "is empty"),
        (b"GIF89a", 422, "no recording"),
        (wav(tone("low"))[:40], 422, "the recording"),
        (wav(tone("low"))[:20] + b"\xff" * 400, 422, "the recording"),
        (wav(tone("low"))[:-100], 422, "the recording is cut off: 100 bytes of sound are missing"),
        (wav(tone("low"), coder="GSM610")[:-100], 422, "the recording is cut off"),
        (wav(tone("low"), kind="MP3")[:30], 422, "the recording"),
        (b"ID3" + bytes(400), 422, "the recording"),
        (wav(np.zeros(0, np.float32)), 422, "0 seconds"),
        (wav(np.zeros(80, np.float32)), 422, "at least one window"),
        (wav(np.zeros(31 * RATE, np.float32), kind="FLAC"), 422, "more than 30 s"),
        (wav(np.zeros((31 * RATE, 8), np.float32), kind="FLAC"), 422, "more than 30 s"),
        (wav(tone("low"), 192_000), 422, "at least one window"),
        (b"RIFF" + bytes(4_194_304), 413, "at most 4194304"),
    ],
)
def test_a_bad_recording_is_refused_with_its_reason(client, content, status, said):
    answer = predict(client, "tone", content=content)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_only_a_model_of_sound_takes_a_recording_and_it_takes_nothing_else(client):
    assert predict(client, "mood", content=wav(tone("low"))).status_code == 415
    assert predict(client, "mood", content=bytes(300_000)).status_code == 413
    answer = predict(client, "tone", {"input": "a"})
    assert answer.status_code == 415
    assert "audio/wav, audio/flac" in answer.json()["error"]
    chunks = (bytes(1 << 20) for _ in range(5))
    assert predict(client, "tone", content=chunks).status_code == 413


@pytest.mark.parametrize("query", [{"n": 0}, {"n": 101}, {"n": "x"}, {"n": "²"}, {"moments": 65}, {"moments": -1}])
def test_a_query_out_of_bounds_is_refused(client, query):
    answer = predict(client, "tone", content=wav(tone("low")), **query)
    assert answer.status_code == 422
    assert next(iter(query)) in answer.json()["error"]


def test_a_library_that_is_missing_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with TestClient(create_app({"tone": load(folder / "tone")})) as client:
        answer = predict(client, "tone", content=b"RIFF")
    assert answer.status_code == 501
    assert "unrolled[audio]" in answer.json()["error"]


def test_a_session_listens_faster_than_sound_passes(many, folder):
    """A microphone of 48,000 samples a second makes no more messages than the limit allows."""
    rate, sound = 48_000, tone("high", 2.0, 48_000)
    samples = (sound * 32767).astype("<i2")
    answers = []
    with connect(f"ws://127.0.0.1:{many.port}/v1/models/tone/stream", open_timeout=30) as stream:
        for start in range(0, len(samples), 9_600):
            piece = base64.b64encode(samples[start : start + 9_600].tobytes()).decode()
            stream.send(json.dumps({"samples": piece, "rate": rate, "n": 2}))
            answers.append(json.loads(stream.recv(timeout=30)))
    assert [answer.get("error") for answer in answers] == [None] * len(answers)
    last = answers[-1]
    assert last["predictions"][0]["label"] == "high"
    whole = load(folder / "tone").predict((samples.astype(np.float32) / 32768, rate), 1)[0]
    assert math.isclose(last["predictions"][0]["score"], whole.score, rel_tol=0.02)
