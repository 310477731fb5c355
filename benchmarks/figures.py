"""The figures of the layers' benchmark that must be reached, from its rows."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.table import Table

from unrolled.bench.rows import Row
from unrolled.bench.timing import geometric_mean

SQUARE = 1024
"""The machine's own matrix product is that of two square matrices of this size."""

GOALS = {  # must reach, reach for
    ("training", "lstm"): (1.7, 2.2),
    ("training", "gru"): (2.8, 4.0),
    ("training", "rnn"): (2.5, 4.0),
    ("forward", "lstm"): (1.4, 1.8),
    ("forward", "gru"): (2.2, 3.0),
    ("forward", "rnn"): (2.2, 3.0),
}


def figures(rows: list[Row]) -> list[dict[str, Any]]:
    """{"figure", "threads", "reached", "must", "reach"}, of what is in ``rows``.

    With "at_peak" for a ratio to torch: what it would be if our layer ran at the speed of the square product.
    """
    threads = sorted({row.threads for row in rows})
    return [figure for n in threads for figure in _with([row for row in rows if row.threads == n], n)]


def table(found: list[dict[str, Any]]) -> Table:
    """The figures to read; a missed one is marked."""
    result = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("figure", "threads", "reached", "must reach", "reach for", "at the product's speed", ""):
        result.add_column(name, justify="left" if name in ("figure", "") else "right")
    for one in found:
        at_most = one["must"] > one["reach"]
        missed = one["reached"] > one["must"] if at_most else one["reached"] < one["must"]
        numbers = [
            f"{'≤ ' if at_most and i else ''}{one[name]:.2f}" for i, name in enumerate(("reached", "must", "reach"))
        ]
        ceiling = f"{one['at_peak']:.2f}" if "at_peak" in one else ""
        result.add_row(one["figure"], str(one["threads"]), *numbers, ceiling, "missed" if missed else "")
    return result


def _with(rows: list[Row], threads: int) -> Iterator[dict[str, Any]]:
    """The figures of the rows of one number of threads."""

    def figure(name: str, values: list[float], goal: tuple[float, float], by: Callable[..., float]) -> Any:
        if values:
            must, reach = goal
            yield {"figure": name, "threads": threads, "reached": round(by(values), 3), "must": must, "reach": reach}

    for (what, cell), goal in GOALS.items():
        some = [row for row in rows if (row.what, row.cell) == (what, cell) and "torch" in row.ratios]
        for reached in figure(
            f"{cell}, {what}, against torch, geometric mean", [r.ratios["torch"] for r in some], goal, geometric_mean
        ):
            yield {**reached, "at_peak": round(geometric_mean(r.ratios["torch"] / peak_share(r) for r in some), 3)}
    whole = [row for row in rows if row.what in ("forward", "training") and "torch" in row.ratios]
    yield from figure("the slowest single shape against torch", [r.ratios["torch"] for r in whole], (1.0, 1.3), min)
    packed = [row for row in rows if row.what.startswith("ragged")]
    for what in ("ragged forward", "ragged training"):
        some = [row for row in packed if row.what == what]
        lengths, both = "twin with lengths against torch's packed path", "packed path, twin against torch"
        yield from figure(f"{what}, {lengths}", [r.ratios["torch"] for r in some], (4.0, 8.0), geometric_mean)
        ratios = [r.ratios["torch"] / r.ratios["packed"] for r in some]
        yield from figure(f"{what}, {both}", ratios, (4.0, 8.0), geometric_mean)
    for cell in ("cifg", "peephole"):
        ratios = [row.ratios["lstm"] for row in rows if row.cell == cell]
        yield from figure(f"{cell} against own lstm", ratios, (0.8, 0.95), geometric_mean)
    for row in rows:
        if row.what == "step" and row.shape.batch == 1 and row.shape.hidden == 200:
            yield from figure(f"one step, {row.cell}, against torch", [row.ratios["torch"]], (12.0, 25.0), min)
            peer = [row.ratios["onnxruntime"]] if "onnxruntime" in row.ratios else []
            yield from figure(f"one step, {row.cell}, against ONNX Runtime", peer, (1.5, 3.0), min)
    for what, goal in (("forward", (0.7, 0.85)), ("training", (0.6, 0.8))):
        shares = [peak_share(row) for row in rows if row.what == what and "product" in row.ratios]
        yield from figure(f"{what}, share of the matrix product's peak, smallest", shares, goal, min)
    for what, goal in (("word model", (1.2, 1.45)), ("output layer", (1.8, 2.5))):
        yield from figure(what, [row.ratios["torch"] for row in rows if row.what == what], goal, min)
    slower = [1 / row.ratios["normal"] for row in rows if row.what.startswith("denormal")]
    yield from figure("time on denormals over that on normal inputs, largest", slower, (1.5, 1.1), max)


def peak_share(row: Row) -> float:
    """Our floating-point operations a second over those of the square product in the same run."""
    return row.ratios["square"] * row.shape.flops(row.cell, row.what == "training") / (2 * SQUARE**3)


def bandwidth(rows: list[Row]) -> list[dict[str, Any]]:
    """Of a step: the time in C++, which is our call's less that of one with no rows, and the bytes of weights it reads
    a second, beside what one thread reaches that sums as many bytes ("read")."""
    found = []
    for row in rows:
        native, size = row.seconds["unrolled"] - row.seconds["empty"], row.shape.weight_bytes(row.cell)
        found.append(
            {
                "cell": row.cell,
                "shape": str(row.shape),
                "native_microseconds": round(native * 1e6, 2),
                "gigabytes_per_second": round(size / native / 1e9, 1),
                "read_gigabytes_per_second": round(size / row.seconds["read"] / 1e9, 1),
                "share": round(row.seconds["read"] / native, 3),
            }
        )
    return found


def bandwidth_table(rows: list[Row]) -> Table:
    """`bandwidth` to read."""
    result = Table("one step", "B·T·I·H", "in C++", "weights GB/s", "read GB/s", "share", box=None, header_style="bold")
    for one in bandwidth(rows):
        cell, shape, native, *speeds, share = one.values()
        result.add_row(cell, shape, f"{native} µs", *map(str, speeds), f"{share:.0%}")
    return result
