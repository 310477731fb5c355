"""Models of music are served: chords and notes are typed as text, all at once or in a session."""

import json

import httpx
import pytest
from tests.serve.conftest import serving
from websockets.sync.client import connect

from unrolled import Composer, Training, load


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """A server of two small models, and their folder."""
    folder = tmp_path_factory.mktemp("music")
    (folder / "tunes.json").write_text(json.dumps([[[60, 64], [62], [64]], [[60], [62, 65], [64]], [[67], [65]]]))
    training = Training(epochs=2, batch=2, window=4)
    Composer(events="chords", width=8, training=training).fit(folder / "tunes.json").save(folder / "choir")
    Composer(width=8, training=training).fit(folder / "tunes.json").save(folder / "bach")
    with serving(str(folder / "choir"), str(folder / "bach")) as server:
        yield server, folder


@pytest.mark.parametrize(("name", "text"), [("choir", "C4+E4 D4"), ("bach", "C4/1 E4/1 >1")])
def test_they_predict_what_the_model_predicts(music, name, text):
    server, folder = music
    answer = httpx.post(f"{server.url}/v1/models/{name}/predict", json={"input": text, "n": 2}, timeout=30).json()
    expected = load(folder / name).predict(text, 2)
    assert [entry["text"] for entry in answer["predictions"]] == [entry.text for entry in expected]


def test_what_is_no_music_is_refused(music):
    server, _ = music
    answer = httpx.post(f"{server.url}/v1/models/choir/predict", json={"input": "hello"}, timeout=30)
    assert answer.status_code == 422
    assert "is no note of a piano" in answer.json()["error"]


@pytest.mark.parametrize(
    ("name", "messages", "text"),
    [
        ("choir", [{"text": "C4+E4"}, {"append": " D4"}], "C4+E4 D4"),
        ("bach", [{"text": "C4/1 E4/1"}, {"append": " >1"}], "C4/1 E4/1 >1"),
    ],
)
def test_a_session_says_what_comes_next(music, name, messages, text):
    server, folder = music
    with connect(f"ws://127.0.0.1:{server.port}/v1/models/{name}/stream", open_timeout=30) as stream:
        for message in messages:
            stream.send(json.dumps({**message, "n": 2}))
            answer = json.loads(stream.recv(timeout=30))
    expected = load(folder / name).predict(text, 2)
    assert [entry["text"] for entry in answer["predictions"]] == [entry.text for entry in expected]
    assert [entry["score"] for entry in answer["predictions"]] == pytest.approx([e.score for e in expected], rel=1e-4)
