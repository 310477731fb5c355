"""A long mixed load on a real server of this machine: good requests, bad ones, slow ones, and ones cut off half-way.

    python benchmarks/soak.py MODEL [--requests 200000] [--sessions 0] [--seconds 1500]

Any answer but the intended one is counted as an error. The server's memory and open files are read every second. It
stops by itself after that many requests or seconds.
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np
import report
from websockets.asyncio.client import connect

HEAD = "POST /v1/models/{name}/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
KINDS = {  # kind → (share, intended status)
    "good": (60, 200), "several": (5, 200), "listed": (5, 200), "no json": (5, 400), "wrong type": (5, 422),
    "too long": (2, 422), "too large": (2, 413), "unknown model": (5, 404), "path trick": (3, 404),
    "cut off": (5, None), "slow": (1, 200), "half closed": (2, None),
}  # fmt: skip
WORDS = ("the", "of", "and", "in", "to", "was", "is", "for", "on", "as", "by", "with", "he", "at", "from", "which")


def request(kind: str, name: str, rng: random.Random) -> bytes:
    """The bytes of a request of a kind."""
    text = " ".join(rng.choices(WORDS, k=rng.randint(1, 30)))
    body: bytes | None = {
        "several": json.dumps({"inputs": [text, text[:10]], "n": 2}).encode(),
        "no json": b'{"input": NaN',
        "wrong type": b'{"input": [1]}',
        "too long": json.dumps({"input": "a " * 10_001}).encode(),
        "too large": b"x" * 300_000,
    }.get(kind, json.dumps({"input": text}).encode())
    head = HEAD.format(name="nobody" if kind == "unknown model" else name)
    if kind in ("listed", "path trick"):
        path = "/v1/models" if kind == "listed" else rng.choice(["/%2e%2e/app.py", "/..%5capp.py", "/a%00b"])
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


async def once(port: int, kind: str, data: bytes) -> int | None:
    """Send a request on a connection of its own; the status, None where there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if kind in ("cut off", "half closed"):
            writer.write(data[: len(data) // 2])
            await writer.drain()
            if kind == "half closed":
                writer.write_eof()
                await asyncio.wait_for(reader.read(), 30)
            return None
        if kind == "slow":
            for i in range(0, len(data), len(data) // 4 + 1):
                writer.write(data[i : i + len(data) // 4 + 1])
                await writer.drain()
                await asyncio.sleep(0.05)
        else:
            writer.write(data)
        line = await asyncio.wait_for(reader.readline(), 60)
        return int(line.split()[1]) if line else None
    except (ConnectionResetError, BrokenPipeError):
        return 413 if kind == "too large" else None  # refused while it still came
    finally:
        writer.transport.abort()


async def hammer(port: int, name: str, jobs: list[int], until: float, seed: int, counts: Counter, waits: list) -> None:
    """Send requests until none is left."""
    rng = random.Random(seed)
    kinds, shares = list(KINDS), [share for share, _ in KINDS.values()]
    while jobs[0] > 0 and perf_counter() < until:
        jobs[0] -= 1
        (kind,) = rng.choices(kinds, shares)
        began = perf_counter()
        status = await once(port, kind, request(kind, name, rng))
        counts[kind if status == KINDS[kind][1] else f"ERROR {kind}: {status}"] += 1
        if kind == "good":
            waits.append(perf_counter() - began)


async def typist(url: str, stop: asyncio.Event, counts: Counter, seed: int) -> None:
    """A session that types a key about every ten seconds until it is told to stop."""
    rng = random.Random(seed)
    await asyncio.sleep(rng.uniform(0, 20))
    async with connect(url, compression=None, open_timeout=120) as socket:
        while not stop.is_set():
            await socket.send(json.dumps({"append": rng.choice("abcdefg ")}))
            counts["message" if "suggestions" in json.loads(await socket.recv()) else "ERROR message"] += 1
            try:
                await asyncio.wait_for(stop.wait(), rng.uniform(5, 15))
            except TimeoutError:
                continue


def memory(process: int) -> tuple[float, int]:
    """Resident MB, and open files."""
    status = Path(f"/proc/{process}/status").read_text()
    resident = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    return round(resident, 1), len(list(Path(f"/proc/{process}/fd").iterdir()))


async def watch(process: int, rows: list, counts: Counter, began: float) -> None:
    """Note time, requests so far, memory and open files every second."""
    while True:
        rows.append((round(perf_counter() - began, 1), counts.total(), *memory(process)))
        if len(rows) % 30 == 0:
            print(*rows[-1], file=sys.stderr, flush=True)
        await asyncio.sleep(1)


async def load(port: int, name: str, process: int, a: argparse.Namespace) -> tuple[Counter, list, list, float]:
    """Run everything; counts by kind, memory over time, waits of good requests, seconds."""
    counts: Counter = Counter()
    waits: list = []
    rows: list = []
    began, stop, jobs = perf_counter(), asyncio.Event(), [a.requests]
    watching = asyncio.create_task(watch(process, rows, counts, began))
    url = f"ws://127.0.0.1:{port}/v1/models/{name}/stream"
    typists = [asyncio.create_task(typist(url, stop, counts, i)) for i in range(a.sessions)]
    await asyncio.gather(*(hammer(port, name, jobs, began + a.seconds, i, counts, waits) for i in range(8)))
    seconds = perf_counter() - began
    stop.set()
    await asyncio.gather(*typists)
    await asyncio.sleep(2)
    rows.append((round(perf_counter() - began, 1), counts.total(), *memory(process)))
    watching.cancel()
    return counts, rows, waits, seconds


def main() -> None:
    """Start a server, load it, stop it, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--sessions", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1500.0, help="it ends after them all the same")
    a = parser.parse_args()
    command = [sys.executable, "-m", "unrolled", "serve", a.model, "--port", "0", "--sessions-per-client", "1000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            found = re.search(r"Serving (\S+) at http://\S+:(\d+) ", server.stderr.readline())
            counts, rows, waits, seconds = asyncio.run(load(int(found[2]), found[1], server.pid, a))
        finally:
            server.terminate()
            said = server.stderr.read()
    after_a_tenth, end = rows[len(rows) // 10], rows[-1]
    report.write(
        f"soak_{a.sessions}" if a.sessions else "soak",
        model=report.about_model(a.model),
        sessions=a.sessions,
        requests=counts.total(),
        seconds=round(seconds),
        requests_a_second=round(counts.total() / seconds),
        intended=dict(sorted((k, v) for k, v in counts.items() if "ERROR" not in k)),
        errors=dict(sorted((k, v) for k, v in counts.items() if "ERROR" in k)),
        good_ms={f"p{p}": round(float(np.percentile(waits, p)) * 1e3, 2) for p in (50, 99)},
        memory_mb={"after a tenth": after_a_tenth[2], "at the end": end[2], "largest": max(row[2] for row in rows)},
        open_files={"after a tenth": after_a_tenth[3], "at the end": end[3], "largest": max(row[3] for row in rows)},
        exit_code=server.returncode,
        server_said=said,
    )


if __name__ == "__main__":
    main()
