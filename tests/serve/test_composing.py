"""Music made by the server: notes to play, or a MIDI file."""

import sys

import httpx
import pytest
from fastapi.testclient import TestClient

from unrolled import load
from unrolled.serve.app import create_app
from unrolled.settings import Decoding
from unrolled.sources.midi import parse_midi


@pytest.fixture(scope="module")
def client(many):
    with httpx.Client(base_url=many.url, timeout=30) as opened:
        yield opened


@pytest.mark.parametrize(("name", "text"), [("choir", ""), ("choir", "C4+E4 D4"), ("bach", "C4/1 E4/1 >1")])
def test_it_makes_what_the_model_makes(client, folder, name, text):
    wish = {"seconds": 6, "temperature": 0.8, "seed": 3, "text": text}
    answer = client.post(f"/v1/models/{name}/compose", json=wish).json()
    tune = load(folder / name).play(text, 6.0, Decoding(temperature=0.8, seed=3))
    assert answer == {"tempo": tune.tempo, "notes": tune.as_json()}
    assert answer["notes"]


def test_the_file_holds_the_same_notes(client):
    wish = {"seconds": 8, "seed": 5}
    notes = client.post("/v1/models/choir/compose", json=wish).json()["notes"]
    answer = client.post("/v1/models/choir/compose.mid", json=wish)
    assert answer.headers["content-type"] == "audio/midi"
    assert "tune.mid" in answer.headers["content-disposition"]
    piece = parse_midi(answer.content, "tune.mid", 1)
    assert sorted(piece.notes[:, 2].tolist()) == sorted(note["note"] for note in notes)


def test_another_seed_makes_another_tune_and_all_has_defaults(client):
    tunes = [client.post("/v1/models/choir/compose", json={"seed": seed}).json() for seed in (0, 1)]
    assert tunes[0] != tunes[1]
    assert tunes[0] == client.post("/v1/models/choir/compose", json={}).json()


@pytest.mark.parametrize("end", ["compose", "compose.mid"])
@pytest.mark.parametrize(
    ("name", "wish", "status", "said"),
    [
        ("choir", {"seconds": 61}, 422, "at most 60"),
        ("choir", {"seconds": 0}, 422, "seconds is 0"),
        ("choir", {"seconds": "5"}, 422, "seconds is '5'"),
        ("choir", {"temperature": -1}, 422, "temperature is -1"),
        ("choir", {"seed": 1.5}, 422, "seed is 1.5"),
        ("choir", {"top": -1}, 422, "top is -1"),
        ("choir", {"tempo": 90}, 422, "tempo"),
        ("choir", {"text": "hello"}, 422, "is no note"),
        ("choir", {"text": "C4 " * 7_000}, 422, "21000 characters"),
        ("choir", [1], 422, "expected an object"),
        ("mood", {}, 422, "makes no music"),
        ("nobody", {}, 404, "there is no model"),
    ],
)
def test_a_bad_wish_is_refused_with_its_reason(client, end, name, wish, status, said):
    answer = client.post(f"/v1/models/{name}/{end}", json=wish)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_a_file_without_the_library_that_writes_it(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "symusic", None)
    with TestClient(create_app({"choir": load(folder / "choir")})) as client:
        assert client.post("/v1/models/choir/compose", json={}).status_code == 200
        answer = client.post("/v1/models/choir/compose.mid", json={})
    assert answer.status_code == 501
    assert "unrolled[music]" in answer.json()["error"]
