"""Random calls of the native code by numbered seeds: right ones, and others of which an argument was changed.

Each call is made twice, as it was drawn and with plain contiguous copies of its arguments: either both give the same,
bit for bit where no type differs, or the drawn one is refused. A signal is for the caller to catch, in a process of its
own.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from unrolled import kernels
from unrolled.arrays import NUMPY, Layout, Tree
from unrolled.cells import CELLS
from unrolled.cells.base import run_by_steps
from unrolled.errors import InputError
from unrolled.kernels import steps

__all__ = ["Outcome", "contiguous_or_refused", "numpy_trial", "outcomes", "sizes"]

GATES = {name: kernel.gates for name, kernel in kernels.KERNELS.items()}
SIZES = (0, 1, 1, 2, 3, 4, 5, 8, 9, 17)


class Outcome(NamedTuple):
    """What came of a trial: "same bits", "close" (another type), "refused" or "wrong"; of which call; the change."""

    kind: str
    call: str
    how: str


class Call(NamedTuple):
    """A function of arrays, each by the name of its argument, None where there is none."""

    name: str
    arrays: dict[str, Any]
    run: Callable[[dict[str, Any]], tuple[Any, ...]]
    exact: Callable[[dict[str, Any]], tuple[Any, ...]] | None = None


def sizes(rng: np.random.Generator, count: int) -> list[int]:
    return [SIZES[i] for i in rng.integers(0, len(SIZES), count)]


def _record(a: np.ndarray) -> np.ndarray:
    """A field of packed records: no stride is a whole number of elements, nor is the first of them aligned."""
    record = np.zeros(a.shape, [("pad", "i1"), ("value", a.dtype)])
    record["value"] = a
    return record["value"]


def _unaligned(a: np.ndarray) -> np.ndarray:
    raw = np.zeros(a.nbytes + 1, np.uint8)[1:]
    view = raw.view(a.dtype).reshape(a.shape)
    view[...] = a
    return view


def _read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


def _reversed(a: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.flip(a))[(slice(None, None, -1),) * a.ndim]


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    "Fortran order": np.asfortranarray,
    "reversed": _reversed,
    "every second": lambda a: np.repeat(a, 2, -1)[..., ::2] if a.ndim else a,
    "every third row": lambda a: np.repeat(a, 3, 0)[::3] if a.ndim else a,
    "record": _record,
    "unaligned": _unaligned,
    "read-only": _read_only,
    "one row for all": lambda a: np.broadcast_to(a[:1], a.shape) if a.ndim and len(a) else a,
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}
FAULTS: dict[str, Callable[[np.ndarray], Any]] = {
    "None": lambda a: None,
    "a list": np.ndarray.tolist,
    "a word": lambda a: "array",
    "float64": lambda a: a.astype(np.float64),
    "float16": lambda a: a.astype(np.float16),
    "int32, reversed": lambda a: _reversed(a.astype(np.int32)),
    "bool": lambda a: a.astype(bool),
    "object": lambda a: a.astype(object),
    "complex": lambda a: a.astype(np.complex64),
    "shorter": lambda a: a[..., :-1] if a.ndim else a[None],
    "fewer rows": lambda a: a[1:] if a.ndim else a[None],
    "one axis more": lambda a: a[None],
    "one number": lambda a: np.float32(a.flat[0]) if a.size else np.zeros((), np.float32),
    "nothing": lambda a: a[:0] if a.ndim else a,
    "huge": lambda a: np.broadcast_to(a.dtype.type(0), (2**45, *[3] * (a.ndim - 1))),
    "vast and empty": lambda a: np.empty((0, 2**58, *[1] * (a.ndim - 2)), a.dtype),
    "negative": lambda a: -a - 1,
    "large": lambda a: a + 99,
}


def _floats(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape, np.float32)


def _weights(rng: np.random.Generator, cell: str, inputs: int, hidden: int) -> dict[str, Any]:
    rows = GATES[cell] * hidden
    arrays = {"U": _floats(rng, rows, inputs), "W": _floats(rng, rows, hidden)}
    for bias in ("b_x", "b_h"):
        arrays[bias] = _floats(rng, rows) if rng.random() < 0.7 else None
    return {**arrays, "peephole": _floats(rng, 3 * hidden) if cell == "peephole" else None}


def _lengths(rng: np.random.Generator, batch: int, time: int) -> np.ndarray | None:
    return rng.integers(0, time + 1, batch) if rng.random() < 0.5 else None


WEIGHTS = ("U", "W", "b_x", "b_h", "peephole")


def _recurrent(rng: np.random.Generator) -> Call:
    cell = kernels.RECURRENT[rng.integers(len(kernels.RECURRENT))]
    (batch, time, inputs, hidden), entries = sizes(rng, 4), 2 if kernels.KERNELS[cell].has_c else 1
    arrays = {"x": _floats(rng, batch, time, inputs), **_weights(rng, cell, inputs, hidden)}
    state, zoneout = ("h", "c")[:entries], ("keep_h", "keep_c")[:entries]
    arrays |= {name: _floats(rng, batch, hidden) for name in state} | {"lengths": _lengths(rng, batch, time)}
    if rng.random() < 0.3:
        arrays |= {name: rng.random((batch, time, hidden), np.float32) for name in zoneout}
    reverse = bool(rng.integers(2))

    def keep(a: dict[str, Any]) -> tuple[Any, ...] | None:
        return tuple(a[name] for name in zoneout) if "keep_h" in a else None

    def run(a: dict[str, Any]) -> tuple[Any, ...]:
        weights, layout = tuple(a[name] for name in WEIGHTS), Layout(a["lengths"], reverse)
        y, after = kernels.recurrent(cell, a["x"], weights, tuple(a[name] for name in state), layout, keep(a))
        return (y, *after)

    def exact(a: dict[str, Any]) -> tuple[Any, ...]:
        a = {name: None if v is None else v.astype(float if v.dtype.kind == "f" else v.dtype) for name, v in a.items()}
        none = np.zeros(len(a["U"]))
        b_x, b_h = (none if a[name] is None else a[name] for name in ("b_x", "b_h"))
        tree = Tree(U=a["U"], W=a["W"], b=b_x + b_h, p=a["peephole"])
        if cell == "gru":
            outside = np.arange(len(none)) < 2 * a["W"].shape[1]
            tree = Tree(U=a["U"], W=a["W"], b=b_x + b_h * outside, b_n=b_h[~outside])
        kind = next(c for c in CELLS.values() if c.kernel == cell)
        start = kind.state(*(a[name] for name in state))
        y, after = run_by_steps(NUMPY, kind, tree, a["x"], start, Layout(a["lengths"], reverse), keep(a))
        return (y, *after)

    return Call(f"recurrent {cell}", arrays, run, exact if batch and time else None)


def _scan(rng: np.random.Generator) -> Call:
    (batch, time, hidden), parts = sizes(rng, 3), int(rng.integers(1, 3))
    shape = (batch, time, parts * hidden)
    arrays = {"a": rng.random(shape if rng.integers(2) else shape[-1:], np.float32), "b": _floats(rng, *shape)}
    arrays |= {name: _floats(rng, batch, hidden) for name in ("re", "im")[:parts]}
    arrays["lengths"], reverse = _lengths(rng, batch, time), bool(rng.integers(2))

    def run(a: dict[str, Any]) -> tuple[Any, ...]:
        state = tuple(a[name] for name in ("re", "im")[:parts])
        y, after = kernels.scan(a["a"], a["b"], state, Layout(a["lengths"], reverse))
        return (y, *after)

    return Call("scan", arrays, run)


def _cross_entropy(rng: np.random.Generator) -> Call:
    rows, inputs, vocabulary = sizes(rng, 3)
    arrays = {"x": _floats(rng, rows, inputs), "weights": _floats(rng, vocabulary, inputs)}
    arrays["bias"], arrays["targets"] = _floats(rng, vocabulary), rng.integers(0, max(1, vocabulary), rows)

    def exact(a: dict[str, Any]) -> tuple[Any, ...]:
        scores = a["x"].astype(float) @ a["weights"].astype(float).T + a["bias"]
        chosen = scores[np.arange(len(scores)), a["targets"]]
        return (np.sum(np.log(np.exp(scores).sum(-1)) - chosen),)

    return Call("cross-entropy", arrays, lambda a: (kernels.cross_entropy(**a),), exact if vocabulary else None)


def _elementwise(rng: np.random.Generator) -> Call:
    name = ("exp", "sigmoid", "tanh", "softmax", "log_sum_exp")[rng.integers(5)]
    x = _floats(rng, *sizes(rng, int(rng.integers(0, 5)))) * 2
    return Call(name, {"x": np.asarray(x, np.float32)}, lambda a: (getattr(kernels, name)(a["x"]),))


def _scores(rng: np.random.Generator) -> Call:
    batch, inputs, vocabulary = sizes(rng, 3)
    arrays = {"x": _floats(rng, batch, inputs), "weights": _floats(rng, vocabulary, inputs)}
    return Call("scores", {**arrays, "bias": _floats(rng, vocabulary)}, lambda a: (steps.scores(**a),))


def _output(rng: np.random.Generator) -> Call:
    (batch, inputs), vocabulary = sizes(rng, 2), int(rng.integers(1, 200))
    arrays = {"x": _floats(rng, batch, inputs), "weights": _floats(rng, vocabulary, inputs)}
    arrays["bias"], k = _floats(rng, vocabulary), int(rng.integers(1, 1 + min(64, vocabulary)))

    def run(a: dict[str, Any]) -> tuple[Any, ...]:
        output = steps.Output(a["weights"], a["bias"])
        return output.scores(a["x"]), *output.best(a["x"], k)

    return Call("output", arrays, run)


def _attend(rng: np.random.Generator) -> Call:
    rows, inputs, steps_, outputs = sizes(rng, 4)
    sources = int(rng.integers(1, 9))
    arrays = {"query": _floats(rng, rows, inputs), "keys": _floats(rng, sources, steps_, inputs)}
    arrays |= {"values": _floats(rng, sources, steps_, outputs), "v": _floats(rng, inputs)}
    arrays |= {"source": rng.integers(0, sources, rows), "lengths": rng.integers(0, steps_ + 1, sources)}

    def run(a: dict[str, Any]) -> tuple[Any, ...]:
        return steps.attend(a["query"], a["source"], a["lengths"], (a["keys"], a["values"]), a["v"])

    return Call("attend", arrays, run)


def _top(rng: np.random.Generator) -> Call:
    row, n, hidden = _floats(rng, sizes(rng, 1)[0]), int(rng.integers(0, 70)), tuple(rng.integers(-3, 99, 2).tolist())
    return Call("top", {"row": row}, lambda a: steps.top(a["row"], n, hidden))


def _stack(rng: np.random.Generator) -> Call:
    cell = kernels.RECURRENT[rng.integers(len(kernels.RECURRENT))]
    batch, time, inputs, hidden = sizes(rng, 4)
    vocabulary, entries = int(rng.integers(1, 9)), 2 if kernels.KERNELS[cell].has_c else 1
    arrays = {"words": _floats(rng, vocabulary, inputs), **_weights(rng, cell, inputs, hidden)}
    arrays |= {"ids": rng.integers(0, vocabulary, (batch, time)), "lengths": _lengths(rng, batch, time)}
    arrays["states"] = _floats(rng, batch, entries * hidden)

    def run(a: dict[str, Any]) -> tuple[Any, ...]:
        stack = steps.Stack(cell, a["words"], [tuple(a[name] for name in WEIGHTS)])
        return stack.read(a["ids"], a["lengths"], a["states"])

    def run_over_vectors(a: dict[str, Any]) -> tuple[Any, ...]:
        stack = steps.Stack(cell, None, [tuple(a[name] for name in WEIGHTS)])
        return stack.read(a["x"], a["lengths"], a["states"])

    if rng.integers(2):
        del arrays["words"], arrays["ids"]
        return Call(f"stack {cell} over vectors", {**arrays, "x": _floats(rng, batch, time, inputs)}, run_over_vectors)
    return Call(f"stack {cell}", arrays, run)


CALLS = (
    *[_recurrent] * 6,
    *[_scan] * 2,
    _cross_entropy,
    *[_elementwise] * 2,
    _scores,
    _output,
    _attend,
    _top,
    *[_stack] * 2,
)


def _plain(array: Any) -> Any:
    """The same numbers as a contiguous array; of float32 where they are real."""
    if not isinstance(array, np.ndarray | np.generic):
        return array
    kind = {"f": np.float32, "i": np.int64, "u": np.int64}.get(array.dtype.kind, array.dtype.newbyteorder("="))
    return np.array(array, kind, order="C")


def _changed(rng: np.random.Generator, arrays: dict[str, Any]) -> tuple[dict[str, Any], list[str], bool]:
    """Some arguments in another layout, or with a fault; how, and whether their numbers and types stay."""
    changed, how, kept = dict(arrays), [], True
    there = [name for name, array in arrays.items() if array is not None]
    for name in rng.permutation(there)[: rng.integers(1, 4)]:
        kinds, kept_here = (LAYOUTS, True) if rng.random() < 0.6 else (FAULTS, False)
        what = list(kinds)[rng.integers(len(kinds))]
        changed[name] = kinds[what](changed[name])
        how.append(f"{name}: {what}")
        kept = kept and kept_here and what != "other byte order"
    return changed, how, kept


def _result(run: Callable[..., tuple[Any, ...]], *arguments: Any) -> tuple[Any, ...] | str:
    """What it gives or, where it is refused, why."""
    try:
        with np.errstate(all="ignore"):
            return run(*arguments)
    except (InputError, MemoryError) as error:
        return str(error)


def contiguous_or_refused(found: Any, plain: Any, kept: bool) -> str:
    """The kind of outcome of a drawn call and of the same with plain arguments; ``kept``: it may not be refused."""
    if isinstance(found, str):
        return "wrong" if kept and not isinstance(plain, str) else "refused"
    if isinstance(plain, str):
        return "wrong"
    if len(found) != len(plain):
        return "wrong"
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(found, plain, strict=True) if a is not None is not b]
    if all(one.dtype == other.dtype and one.tobytes() == other.tobytes() for one, other in pairs):
        return "same bits"
    close = all(one.shape == other.shape and _close(one, other) for one, other in pairs)
    return "close" if close and not kept else "wrong"


def _close(one: np.ndarray, other: np.ndarray, tolerance: float = 2e-2) -> bool:
    """Within so much of the largest number: sums of large ones cancel."""
    with np.errstate(all="ignore"):
        one, other = one.astype(float), other.astype(float)
        scale = max(1.0, float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other))))
        return bool(np.allclose(one, other, tolerance, tolerance * scale, equal_nan=True))


def numpy_trial(seed: int) -> Outcome:
    """One call of `unrolled.kernels`."""
    rng = np.random.default_rng(seed)
    call = CALLS[rng.integers(len(CALLS))](rng)
    if call.exact is not None and rng.random() < 0.2:
        found, exact = call.run(call.arrays), call.exact(call.arrays)
        right = all(_close(np.asarray(one), np.asarray(other), 1e-4) for one, other in zip(found, exact, strict=True))
        return Outcome("close" if right else "wrong", call.name, "as it is, against the equations")
    arrays, how, kept = _changed(rng, call.arrays)
    found = _result(call.run, arrays)
    plain = (
        found if isinstance(found, str) and not kept else _result(call.run, {k: _plain(a) for k, a in arrays.items()})
    )
    return Outcome(contiguous_or_refused(found, plain, kept), call.name, ", ".join(how))


def outcomes(trial: Callable[[int], Outcome], seeds: Iterable[int]) -> tuple[Counter[tuple[str, str]], list[str]]:
    """How often each kind came of each call, and the wrong ones in words."""
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for seed in seeds:
        outcome = trial(seed)
        counts[outcome.kind, outcome.call] += 1
        if outcome.kind == "wrong":
            wrong.append(f"seed {seed}: {outcome.call}; {outcome.how}")
    return counts, wrong
