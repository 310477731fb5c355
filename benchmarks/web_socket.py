"""Typists on the WebSocket of a real server, on this machine's loopback: how long a key takes to be answered.

    python benchmarks/web_socket.py MODEL [--typists 100] [--keys 5] [--seconds 20]

Each typist types sentences of the Wikipedia sample letter by letter, with a jitter, and takes a suggestion now and
then. One client process, one server process; they share the machine's cores.
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
from time import perf_counter

import numpy as np
import report
from websockets.asyncio.client import connect

from unrolled.sources.text import read_paragraphs


async def typist(url: str, text: str, keys: float, until: float, seed: int, times: list, inside: list) -> None:
    """Type ``text`` at ``keys`` a second; append the round trip, and the server's own time, of each key."""
    rng = random.Random(seed)
    await asyncio.sleep(rng.random() / keys)
    async with connect(url, compression=None, open_timeout=60) as socket:
        answer: dict = {}
        for number, key in enumerate(text):
            await asyncio.sleep(rng.uniform(0.5, 1.5) / keys)
            began = perf_counter()
            if began > until:
                return
            message: dict = {"id": number, "append": key}
            if answer.get("typed") and answer["suggestions"] and rng.random() < 0.05:
                message = {"id": number, "erase": answer["replace"], "append": answer["suggestions"][0]["text"] + " "}
            await socket.send(json.dumps(message))
            answer = json.loads(await socket.recv())
            times.append(perf_counter() - began)
            assert answer["id"] == number, answer
            assert "error" not in answer, answer
            inside.append(answer["microseconds"])


async def run(url: str, typists: int, keys: float, seconds: float) -> tuple[list, list]:
    """The round trips of all keys, in seconds, and the server's own microseconds."""
    paragraphs = [text for text in read_paragraphs("sample:wikipedia:valid", False, "utf-8") if len(text) > 400]
    times: list = []
    inside: list = []
    until = perf_counter() + seconds
    texts = [paragraphs[i % len(paragraphs)] for i in range(typists)]
    await asyncio.gather(*(typist(url, text, keys, until, i, times, inside) for i, text in enumerate(texts)))
    return times, inside


def main() -> None:
    """Start a server, let the typists type, stop it, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--typists", type=int, default=100)
    parser.add_argument("--keys", type=float, default=5.0, help="a second, of each")
    parser.add_argument("--seconds", type=float, default=20.0)
    a = parser.parse_args()
    command = [sys.executable, "-m", "unrolled", "serve", a.model, "--port", "0", "--sessions-per-client", "1000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            found = re.search(r"Serving (\S+) at http://(\S+) ", server.stderr.readline())
            url = f"ws://{found[2]}/v1/models/{found[1]}/stream"
            asyncio.run(run(url, 5, a.keys, 2))  # warm
            times, inside = asyncio.run(run(url, a.typists, a.keys, a.seconds))
        finally:
            server.terminate()
    milliseconds = np.array(times) * 1e3
    report.write(
        "web_socket",
        model=report.about_model(a.model),
        typists=a.typists,
        keys_a_second_of_each=a.keys,
        keys=len(times),
        keys_a_second=round(len(times) / a.seconds),
        round_trip_ms={f"p{p:g}": round(float(np.percentile(milliseconds, p)), 2) for p in (50, 90, 99, 99.9, 100)},
        in_the_model_us={f"p{p:g}": round(float(np.percentile(inside, p)), 1) for p in (50, 90, 99)},
    )


if __name__ == "__main__":
    main()
