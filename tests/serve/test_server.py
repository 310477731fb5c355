"""Starting, tokens, several processes, and the end."""

import base64
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.serve.conftest import serving
from tests.serve.test_sessions import ask, open_stream
from websockets.exceptions import ConnectionClosed, InvalidStatus

import unrolled
from unrolled import kernels
from unrolled.commands.main import app
from unrolled.errors import InputError

TOKEN = "a-token-of-some-length"


def refused(*arguments: str) -> str:
    """Why `unrolled serve` does not start."""
    with pytest.raises(InputError) as caught:
        app(["serve", *arguments], standalone_mode=False)
    return str(caught.value)


def test_what_cannot_be_served_is_refused(
    keyboard: Path, tmp_path: Path, server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(keyboard)
    spaced = tmp_path / "my model"
    spaced.symlink_to(keyboard, target_is_directory=True)
    assert "expected a folder" in refused(str(tmp_path / "none"))
    assert "its name is the model's" in refused(str(spaced))
    assert "two folders are called" in refused(folder, folder)
    assert "cannot listen" in refused(folder, "--port", str(server.port))
    assert "cannot listen" in refused(folder, "--host", "256.0.0.1")
    assert "rate is 0.0" in refused(folder, "--rate", "0")
    assert "expected a file with a token" in refused(folder, "--token-file", str(tmp_path / "none"))
    monkeypatch.setenv("UNROLLED_TOKEN", "short")
    assert "16 to 4096" in refused(folder)


def test_the_kernels_get_as_many_threads_as_are_asked_for(keyboard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = kernels.threads(), []
    monkeypatch.setattr("unrolled.commands.serve._serve", lambda *arguments: seen.append(kernels.threads()))
    try:
        app(["serve", str(keyboard), "--threads", "2"], standalone_mode=False)
    finally:
        kernels.set_threads(before)
    assert seen == [2]


def test_the_first_question_need_not_wait_for_the_n_gram(keyboard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    monkeypatch.setattr("unrolled.commands.serve._serve", lambda models, *others: seen.update(models))
    app(["serve", str(keyboard)], standalone_mode=False)
    assert seen["keyboard"].mixed
    assert seen["keyboard"].learnt_.fitted_baseline is not None
    assert unrolled.load(keyboard).learnt_.fitted_baseline is None


def test_a_mistake_is_told_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "unrolled", "serve", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 2
    assert run.stderr.startswith("error: ")
    assert "config.json" in run.stderr


def test_a_token_opens_the_models_and_nothing_else_needs_one(keyboard: Path, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n")
    with serving(str(keyboard), "--token-file", str(secret)) as server, httpx.Client(base_url=server.url) as client:
        for path in ("/", "/healthz", "/docs"):
            assert client.get(path).status_code == 200
        for path in ("/v1/models", "/v1/models/keyboard", "/metrics"):
            assert client.get(path).status_code == 401
            assert client.get(path, headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
            for scheme in ("Bearer ", "bearer ", "BEARER  "):
                assert client.get(path, headers={"authorization": scheme + TOKEN}).status_code == 200
            for wrong in (TOKEN, "Basic " + TOKEN, "Bearer" + TOKEN, "Bearer"):
                assert client.get(path, headers={"authorization": wrong}).status_code == 401
        with pytest.raises(InvalidStatus) as caught, open_stream(server):
            pass
        assert caught.value.response.status_code == 401
        with open_stream(server, additional_headers={"authorization": f"Bearer {TOKEN}"}) as stream:
            assert "suggestions" in ask(stream, {"text": ""})
        offered = ["unrolled", "bearer." + base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("=")]
        with open_stream(server, subprotocols=offered) as stream:
            assert stream.subprotocol == "unrolled"
            assert "suggestions" in ask(stream, {"text": ""})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well(keyboard: Path, number: int) -> None:
    with serving(str(keyboard)) as server, open_stream(server) as stream:
        ask(stream, {"text": "the "})
        assert server.stop(number) == 0
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=30)
        assert closed.value.rcvd.code in (1001, 1012)
        assert "Traceback" not in server.said


def test_several_workers_share_the_work_and_a_dead_one_is_replaced(keyboard: Path) -> None:
    with serving(str(keyboard), "--workers", "2") as server:
        wait_for(lambda: len(children(server.process.pid)) == 2)
        first = children(server.process.pid)
        ask_all(server.url)
        with ExitStack() as sessions:
            for _ in range(8):
                sessions.enter_context(open_stream(server))
            assert "\nunrolled_sessions 8.0" in httpx.get(f"{server.url}/metrics").text
            os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len(children(server.process.pid)) == 2 and first[0] not in children(server.process.pid))
        wait_for(lambda: "\nunrolled_sessions 0.0" in httpx.get(f"{server.url}/metrics").text)
        ask_all(server.url)
        text = httpx.get(f"{server.url}/metrics").text
        (line,) = [one for one in text.splitlines() if 'path="/v1/models/{name}/predict",status="200"' in one]
        assert float(line.split()[-1]) == 20  # of all workers, the dead one too
        assert server.stop() == 0
        assert "starting another" in server.said
    assert not any(Path(f"/proc/{child}").exists() for child in first)


def children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def ask_all(url: str) -> None:
    for _ in range(10):
        answer = httpx.post(f"{url}/v1/models/keyboard/predict", json={"input": "the cat"})
        assert answer.status_code == 200


def wait_for(condition) -> None:
    """Poll until it holds; a test that never sees it is ended by the runner's own limit."""
    while not condition():
        time.sleep(0.05)


def test_other_addresses_are_warned_of(keyboard: Path) -> None:
    with serving(str(keyboard), "--host", "0.0.0.0") as server:
        assert "can be reached from other machines" in server.said
