"""Models of music are served: chords and notes are typed as text; what they cannot do is refused, not broken."""

import json

import httpx
import pytest
from tests.serve.conftest import serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from unrolled import NextChord, NextWord, Training, load


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """A server of two small models, and their folder."""
    folder = tmp_path_factory.mktemp("music")
    (folder / "tunes.json").write_text(json.dumps([[[60, 64], [62], [64]], [[60], [62, 65], [64]], [[67], [65]]]))
    training = Training(epochs=2, batch=2, window=4)
    NextChord(width=8, training=training).fit(folder / "tunes.json").save(folder / "choir")
    NextWord(tokens="notes", width=8, training=training).fit(folder / "tunes.json").save(folder / "bach")
    with serving(str(folder / "choir"), str(folder / "bach")) as server:
        yield server, folder


@pytest.mark.parametrize(("name", "given"), [("choir", "C4+E4 D4"), ("bach", "C4/1 E4/1 >1")])
def test_they_predict_what_the_model_predicts(music, name, given):
    server, folder = music
    answer = httpx.post(f"{server.url}/v1/models/{name}/predict", json={"input": given, "n": 2}, timeout=30).json()
    expected = load(folder / name).predict(given, 2)
    assert [one["text"] for one in answer["predictions"]] == [one.text for one in expected]


def test_what_they_cannot_do_is_refused(music):
    server, _ = music
    answer = httpx.post(f"{server.url}/v1/models/choir/predict", json={"input": "hello"}, timeout=30)
    assert answer.status_code == 422
    assert "is no note of a piano" in answer.json()["error"]
    for name, reason in (("choir", "has no stream"), ("bach", "has no keyboard")):
        with (
            connect(f"ws://127.0.0.1:{server.port}/v1/models/{name}/stream", open_timeout=30) as stream,
            pytest.raises(ConnectionClosed) as closed,
        ):
            stream.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert reason in closed.value.rcvd.reason
