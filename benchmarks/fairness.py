"""How long one light client waits beside each kind of heavy client, which keeps within the server's limits.

    python benchmarks/fairness.py KEYBOARD [CLASSIFIER SOUND NUMBERS MUSIC ...] [--seconds 3] [--rounds 2] [--only KIND]

A real server in a process of its own, the light client in another, each heavy client in a third with several
connections and an address of its own; all are on this machine and share its cores. The light client types letters over
a WebSocket and asks for predictions over HTTP, one at a time, 10 ms apart. Quiet and busy times alternate; a kind's
ratio is between the 99th percentiles of its own quiet and busy times. Kinds whose model is not served are left out.
"""

import argparse
import base64
import http.client
import io
import itertools
import json
import multiprocessing
import random
import re
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from time import perf_counter, sleep

import numpy as np
import report
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

JSON, BODY, MESSAGE, TEXT = {"content-type": "application/json"}, 262_144, 65_536, 20_000
WORDS = ("the", "of", "and", "in", "to", "was", "is", "for", "on", "as", "by", "with", "he", "at", "from", "which")
Models = dict[str, str]  # what a model reads → its name; "keyboard" is the one that the light client types with
HEAVY = ("127.0.0.2", 0)  # the address from which heavy clients come: the light one is another client
FAILURES = (OSError, http.client.HTTPException, WebSocketException, TimeoutError)


def words(characters: int, seed: int) -> str:
    """A text of so many characters."""
    rng = random.Random(seed)
    return " ".join(rng.choices(WORDS, k=characters // 2))[:characters]


def recording(rate: int, seconds: float) -> bytes:
    """A WAV file of noise, of at most 4 MB."""
    noise = np.random.default_rng(rate).normal(0, 3_000, int(min(rate * seconds, 2e6))).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, 0, "NONE", ""))
        writer.writeframes(noise.tobytes())
    return file.getvalue()


# What a heavy client does: each gives (method, path, body, headers) or messages, again and again ----------------------


def long_texts(model: str, characters: int, each: int, n: int) -> Iterator[tuple]:
    """Predictions for as many texts as a body holds."""
    for seed in itertools.count():
        body = json.dumps({"inputs": [words(each, seed + i) for i in range(characters // (each + 4))], "n": n})
        yield "POST", f"/v1/models/{model}/predict", body, JSON


def bodies(model: str, *contents: str) -> Iterator[tuple]:
    """These bodies, one after another."""
    for content in itertools.cycle(contents):
        yield "POST", f"/v1/models/{model}/predict", content, JSON


def rows(width: int, size: int) -> str:
    """As many rows of numbers as so many bytes hold."""
    return json.dumps([[0.5] * width] * (size // (5 * width + 2)))


def wrong(model: str) -> Iterator[tuple]:
    """Bodies that are wrong in many places, or hard to read."""
    repeated = ",".join(f'"{i}":1' for i in range(20_000))
    return bodies(
        model,
        '{"inputs":[' + "1," * 130_000 + "1]}",
        '{"inputs":[' + "[]," * 80_000 + "1]}",
        '{"input":[' + '[{"a":[1]}],' * 20_000 + "1]}",
        '{"input":' + "[" * 100_000 + "]" * 100_000 + "}",
        "{" + repeated + ',"1":1}',
        "{" + repeated + "}",
        '{"inputs":["' + "\\ud83d" * 40_000 + '"]}',
        '{"input":"' + "x" * 262_000 + '"}',
        '{"inputs":[' + '"a",' * 60_000 + '"a"]}',
        '{"input":[[' + "9" * 4_000 + "]]}",
    )


def clips(model: str, *rates: int) -> Iterator[tuple]:
    """Recordings as long as is allowed."""
    files = [recording(rate, 29) for rate in rates]
    for file in itertools.cycle(files):
        yield "POST", f"/v1/models/{model}/predict?n=3&moments=64", file, {"content-type": "audio/wav"}


def compositions(model: str, ending: str = "") -> Iterator[tuple]:
    """A minute of music each."""
    for seed in itertools.count():
        body = json.dumps({"seconds": 60, "seed": seed, "temperature": 1.1})
        yield "POST", f"/v1/models/{model}/compose{ending}", body, JSON


def pages() -> Iterator[tuple]:
    """The page, its parts and the documentation."""
    for path in itertools.cycle(("/openapi.json", "/docs", "/", "/v1/models", "/metrics", "/healthz", "/nothing")):
        yield "GET", path, None, {}


def learning() -> Iterator[dict]:
    """Long texts that a keyboard learns from."""
    for seed in itertools.count():
        yield {"text": words(TEXT - 1, seed)}
        yield {"text": ""}


def typing() -> Iterator[dict]:
    """Letters, as fast as the server takes them, with all that may be asked for."""
    for letter in itertools.cycle("the sky is blue and the sun is warm. "):
        yield {"append": letter, "n": 10, "memory": True}


def moving() -> Iterator[dict]:
    """Sessions saved, and garbage restored."""
    yield {"text": words(2_000, 0)}
    while True:
        yield {"save": True}
        yield {"restore": "AAAA" * (MESSAGE // 4 - 20)}
        yield {"restore": "?" * (MESSAGE - 100)}


def reading() -> Iterator[dict]:
    """A long text, then letters after it: a model that reads from the end reads all again."""
    while True:
        yield {"text": words(TEXT - 1, 0), "memory": True, "n": 100}
        yield from ({"append": letter, "memory": True} for letter in "abcdefgh")


def samples(*rates: int) -> Iterator[dict]:
    """Sound at these rates."""
    sound = base64.b64encode(np.random.default_rng(0).normal(0, 3_000, MESSAGE // 2 * 3 // 4 - 300).astype("<i2"))
    for rate in itertools.cycle(rates):
        yield {"samples": sound.decode(), "rate": rate, "reset": True, "memory": True}


def numbers(width: int) -> Iterator[dict]:
    """Many rows at once."""
    content = json.loads(rows(width, MESSAGE - 1_000))[:4_000]
    while True:
        yield {"numbers": content, "reset": True, "memory": True}


def floods(models: Models, width: int) -> dict[str, tuple[int, str | None, Callable[[], Iterator]]]:
    """Each kind of heavy client: how many connections, with which model over WebSockets, and what each sends."""
    requests: dict[str, tuple[str | None, int, Callable[[str], Iterator]]] = {
        "predictions, a body as large as allowed": ("keyboard", 4, lambda m: long_texts(m, BODY - 2_000, 4_000, 100)),
        "predictions, 64 short texts": ("keyboard", 4, lambda m: long_texts(m, 64 * 24, 20, 100)),
        "long texts to label": ("text", 4, lambda m: long_texts(m, BODY - 2_000, TEXT - 1, 3)),
        "DNA as long as allowed": ("dna", 4, lambda m: bodies(m, json.dumps({"inputs": ["ACGT" * 4_999] * 12}))),
        "numbers in long series": ("numbers", 4, lambda m: bodies(m, f'{{"input":{rows(width, BODY - 20)}}}')),
        "recordings as long as allowed": ("sound", 4, lambda m: clips(m, 48_000)),
        "recordings at odd rates": ("sound", 4, lambda m: clips(m, 47_999, 44_101, 191_999, 11_027)),
        "a minute of notes": ("notes", 4, compositions),
        "a minute of chords": ("chords", 4, lambda m: compositions(m, ".mid")),
        "wrong bodies": ("keyboard", 4, wrong),
        "wrong numbers": ("numbers", 4, wrong),
        "page, documentation, metrics": (None, 8, lambda m: pages()),
        "connections opened and closed": (None, 8, lambda m: itertools.repeat(None)),
    }
    messages: dict[str, tuple[str, int, Callable[[], Iterator]]] = {
        "texts learnt over WebSockets": ("keyboard", 8, learning),
        "letters over 64 WebSockets": ("keyboard", 64, typing),
        "sessions saved and restored": ("keyboard", 8, moving),
        "long texts over WebSockets": ("text", 8, reading),
        "sound at odd rates over WebSockets": ("sound", 16, lambda: samples(191_999, 191_953, 44_101, 8_001)),
        "numbers over WebSockets": ("numbers", 8, lambda: numbers(width)),
    }
    found: dict[str, tuple[int, str | None, Callable[[], Iterator]]] = {}
    for kind, (reads, count, act) in requests.items():
        if reads is None or reads in models:
            found[kind] = count, None, partial(act, models.get(reads or "", ""))
    return found | {
        kind: (count, models[reads], say) for kind, (reads, count, say) in messages.items() if reads in models
    }


# Processes ------------------------------------------------------------------------------------------------------------


def heavy(port: int, models: Models, width: int, kind: str, stop) -> None:
    """A heavy client: so many threads that send without a pause until they are told to stop."""
    count, name, act = floods(models, width)[kind]
    for_all = [threading.Thread(target=_send, args=(port, name, act(), stop), daemon=True) for _ in range(count)]
    for thread in for_all:
        thread.start()
    stop.wait()


def _send(port: int, name: str | None, what: Iterator, stop) -> None:
    while not stop.is_set():
        with suppress(*FAILURES):
            if name is not None:
                with connect(
                    f"ws://127.0.0.1:{port}/v1/models/{name}/stream",
                    open_timeout=30,
                    compression=None,
                    source_address=HEAVY,
                ) as s:
                    for message in what:
                        s.send(json.dumps(message))
                        s.recv(timeout=60)
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=HEAVY)) as connection:
                for request in what:
                    if request is None:
                        connection.connect()
                        break
                    connection.request(*request)
                    connection.getresponse().read()


def light(port: int, name: str, asked, told) -> None:
    """The light client: for each of the seconds that it is asked for it tells how long letters and predictions took."""
    rng = random.Random(0)
    url = f"ws://127.0.0.1:{port}/v1/models/{name}/stream"
    with (
        connect(url, compression=None) as socket,
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as http_connection,
    ):
        for seconds in iter(asked.get, None):
            times: dict[str, list[float]] = {"letter": [], "prediction": []}
            until = perf_counter() + seconds
            while perf_counter() < until:
                sleep(0.01)
                began = perf_counter()
                socket.send(json.dumps({"append": rng.choice("etaoin ")}))
                answer = json.loads(socket.recv(timeout=60))
                times["letter"].append(perf_counter() - began)
                assert "suggestions" in answer, answer
                if answer.get("typed", "").count("") > 12 or len(times["letter"]) % 40 == 0:
                    socket.send('{"text":""}')
                    socket.recv()
                sleep(0.01)
                began = perf_counter()
                http_connection.request("POST", f"/v1/models/{name}/predict", '{"input": "the sky is"}', JSON)
                response = http_connection.getresponse()
                response.read()
                times["prediction"].append(perf_counter() - began)
                assert response.status == 200, response.status
            told.put(times)


def measure(port: int, models: Models, width: int, a: argparse.Namespace) -> Iterator[dict]:
    """A row for each kind of heavy client."""
    context = multiprocessing.get_context("spawn")
    asked, told = context.Queue(), context.Queue()
    client = context.Process(target=light, args=(port, models["keyboard"], asked, told), daemon=True)
    client.start()

    def during(seconds: float) -> dict[str, list[float]]:
        asked.put(seconds)
        return told.get(timeout=60 + seconds)

    during(1)
    for kind in floods(models, width):
        if a.only and a.only not in kind:
            continue
        quiet: dict[str, list[float]] = {"letter": [], "prediction": []}
        busy: dict[str, list[float]] = {"letter": [], "prediction": []}
        for _ in range(a.rounds):
            for what, times in during(a.seconds / 2).items():
                quiet[what] += times
            stop = context.Event()
            process = context.Process(target=heavy, args=(port, models, width, kind, stop), daemon=True)
            process.start()
            during(1.5)  # it starts, and what it asks first is not known yet
            for what, times in during(a.seconds).items():
                busy[what] += times
            stop.set()
            process.kill()
            process.join()
            sleep(0.3)
        yield {"heavy": kind} | {what: compared(quiet[what], busy[what]) for what in quiet}
    asked.put(None)


def compared(quiet: list[float], busy: list[float]) -> dict[str, float]:
    """Median and 99th percentile in ms, alone and beside the heavy client, and the ratio of the 99th percentiles."""
    p50, p99 = (np.percentile(quiet, p) * 1e3 for p in (50, 99))
    q50, q99 = (np.percentile(busy, p) * 1e3 for p in (50, 99))
    figures = {"quiet_p50": p50, "quiet_p99": p99, "busy_p50": q50, "busy_p99": q99}
    return {name: round(float(value), 2) for name, value in figures.items()} | {"ratio_p99": round(float(q99 / p99), 2)}


def served(port: int) -> tuple[Models, int]:
    """The models by what they read, and how many numbers a row of a series has."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/v1/models")
        listed = json.loads(connection.getresponse().read())["models"]
        models = {"keyboard" if one["card"] == "next-word" else one["reads"]: one["name"] for one in reversed(listed)}
        width = 1
        if "numbers" in models:
            for width in range(1, 20):
                body = json.dumps({"input": [[0.5] * width] * 2})
                connection.request("POST", f"/v1/models/{models['numbers']}/predict", body, JSON)
                response = connection.getresponse()
                response.read()
                if response.status == 200:
                    break
    return models, width


def main() -> None:
    """Start a server, measure, stop it, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each busy time; quiet ones are half as long")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", help="kinds whose name holds this alone")
    parser.add_argument("--show", action="store_true", help="print the rows alone, write nothing")
    a = parser.parse_args()
    command = [sys.executable, "-m", "unrolled", "serve", *a.models, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            found = re.search(r"Serving .* at http://\S+:(\d+) ", server.stderr.readline())
            models, width = served(int(found[1]))
            rows_ = []
            for row in measure(int(found[1]), models, width, a):
                print(json.dumps(row), file=sys.stderr, flush=True)
                rows_.append(row)
        finally:
            server.terminate()
            said = server.stderr.read()
    ratios = {what: max(row[what]["ratio_p99"] for row in rows_) for what in ("letter", "prediction")}
    if not a.show:
        report.write("fairness", models=[*map(report.about_model, a.models)], largest_ratio=ratios, rows=rows_)
    print(ratios, said[-2_000:], file=sys.stderr)


if __name__ == "__main__":
    main()
