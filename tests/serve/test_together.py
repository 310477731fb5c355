"""Several next-word models served as one keyboard."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.serve.test_server import refused

import unrolled
from unrolled import Multilingual
from unrolled.commands.main import app
from unrolled.serve.app import create_app


@pytest.fixture(scope="module")
def folders(keyboard: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    second = tmp_path_factory.mktemp("models") / "second"
    second.symlink_to(keyboard, target_is_directory=True)
    return [str(keyboard), str(second)]


def test_models_are_served_as_one(folders: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    served = []
    monkeypatch.setattr("unrolled.commands.serve._serve", lambda models, *_: served.append(models))
    app(["serve", *folders, "--together", "both"], standalone_mode=False)
    (models,) = served
    assert list(models) == ["both"]
    assert list(models["both"].models) == [Path(folder).name for folder in folders]


def test_what_cannot_be_joined_is_refused(folders: list[str]) -> None:
    assert "1 model to join" in refused(folders[0], "--together", "both")
    assert "--together is 'a b'; expected letters" in refused(*folders, "--together", "a b")


def test_it_answers_as_a_keyboard_and_says_how_much_each_language_counts(folders: list[str]) -> None:
    both = Multilingual({name: unrolled.load(folder) for name, folder in zip("AB", folders, strict=True)})
    with TestClient(create_app({"both": both})) as client:
        (listed,) = client.get("/v1/models").json()["models"]
        assert (listed["card"], listed["languages"]) == ("next-word", ["A", "B"])
        reply = client.post("/v1/models/both/predict", json={"input": "the old"}).json()
        assert reply["predictions"][0]["text"] == "man"
        with client.websocket_connect("/v1/models/both/stream") as stream:
            stream.send_json({"append": "the ol", "id": 1})
            answer = stream.receive_json()
            assert answer["suggestions"][0]["text"] == "old"
            assert [language["weight"] for language in answer["languages"]] == [0.5, 0.5]
            stream.send_json({"append": "d", "id": "x"})
            assert "id is" in stream.receive_json()["error"]
