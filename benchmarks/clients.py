"""Public model classes before and after `unrolled.accelerate`: answers, gradients, PyTorch's tools, and how fast.

python benchmarks/clients.py                 # all of `client_models.py`, under 5 minutes; writes results/clients.json
python benchmarks/clients.py --only flair    # those whose name holds this; prints alone
python benchmarks/clients.py --onnx          # and by PyTorch's exporter to ONNX, minutes more
python benchmarks/clients.py --table         # puts the results into docs/pytorch.md and prints them

The packages are installed beforehand, see `client_models.py`; nothing is fetched. A step is zeroing gradients, forward,
a loss of all outputs, backward and Adam; the two models take turns, on one thread. Times are of the processor, and a
ratio is the median of the turns' own ratios: how many times as long torch takes.
"""

import argparse
import copy
import io
import logging
import os
import pickle
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is loaded
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import client_models
import report
import torch
from torch import nn

import unrolled
from unrolled.bench.machine import versions
from unrolled.nn.classes import plain
from unrolled.nn.verify import tensors

RECURRENT = (nn.RNNBase, nn.RNNCellBase)
PACKAGES = (
    "neuralforecast",
    "darts",
    "pytorch-forecasting",
    "joeynmt",
    "sb3-contrib",
    "flair",
    "speechbrain",
    "transformers",
)
TOLERANCE = 1e-4  # of the largest number of a tensor, where that is above 1
SECONDS = 2.0  # of turns, at least
PAGE, START, END = Path(__file__).parents[1] / "docs" / "pytorch.md", "<!-- clients.json -->", "<!-- end -->"
Call = tuple[Any, ...]


def outputs(model: Callable[..., Any], given: Call) -> list[torch.Tensor]:
    """Every tensor of a call, always from the same random numbers."""
    torch.manual_seed(1)
    return list(tensors(model(*copy.deepcopy(given))))


def loss(found: list[torch.Tensor]) -> torch.Tensor:
    return sum(t.square().mean() for t in found if t.is_floating_point() and t.requires_grad)


def trained(model: nn.Module, given: Call) -> list[torch.Tensor]:
    """Outputs while training, and each parameter's gradient."""
    model.train().zero_grad()
    found = outputs(model, given)
    loss(found).backward()
    return [t.detach() for t in found] + [p.grad for p in model.parameters() if p.grad is not None]


def answered(model: Callable[..., Any], given: Call) -> list[torch.Tensor]:
    with torch.no_grad():
        return outputs(model, given)


def pickled(model: nn.Module, given: Call) -> list[torch.Tensor]:
    return answered(pickle.loads(pickle.dumps(model.eval())), given)


def saved(model: nn.Module, given: Call) -> list[torch.Tensor]:
    buffer = io.BytesIO()
    torch.save(model.eval(), buffer)
    buffer.seek(0)
    return answered(torch.load(buffer, weights_only=False), given)


def exported(model: nn.Module, given: Call) -> list[torch.Tensor]:
    return answered(torch.export.export(model.eval(), given, strict=False).module(), given)


def traced(model: nn.Module, given: Call) -> list[torch.Tensor]:
    return answered(torch.jit.trace(model.eval(), given, check_trace=False), given)


def scripted(model: nn.Module, given: Call) -> list[torch.Tensor]:
    return answered(torch.jit.script(model.eval()), given)


def quantized(model: nn.Module, given: Call) -> list[torch.Tensor]:
    kinds = {nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell, nn.Linear}
    return answered(torch.ao.quantization.quantize_dynamic(model.eval(), kinds, dtype=torch.qint8), given)


def symbolic(model: nn.Module, given: Call) -> list[torch.Tensor]:
    return answered(torch.fx.symbolic_trace(model.eval()), given)


def to_onnx(model: nn.Module, given: Call) -> list[torch.Tensor]:
    import onnxruntime

    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        torch.onnx.export(model.eval(), given, file.name, verbose=False)
        session = onnxruntime.InferenceSession(file.name)
        names = [one.name for one in session.get_inputs()]
        values = [t.numpy() for t in tensors(given)]
        return [torch.tensor(a) for a in session.run(None, dict(zip(names, values, strict=False)))]


TOOLS: dict[str, Callable[[nn.Module, Call], list[torch.Tensor]]] = {
    "training": trained,
    "answers": lambda model, given: answered(model.eval(), given),
    "deepcopy": lambda model, given: answered(copy.deepcopy(model).eval(), given),
    "pickle": pickled,
    "torch.save": saved,
    "torch.export": exported,
    "torch.jit.trace": traced,
    "torch.jit.script": scripted,
    "torch.fx": symbolic,
    "quantize_dynamic": quantized,
}


def attempt(tool: Callable[[nn.Module, Call], list[torch.Tensor]], model: nn.Module, given: Call) -> Any:
    """What a tool gives, or the kind of error that it raises."""
    try:
        return tool(copy.deepcopy(model), given)
    except Exception as error:  # a tool may fail in any way: so it must on both models
        return error


def compared(before: Any, after: Any) -> str:
    """ "same", "neither" where the tool fails on torch's own too, or what is wrong."""
    if isinstance(before, Exception):
        return "neither" if isinstance(after, Exception) else "works now"
    if isinstance(after, Exception):
        return f"FAILS: {type(after).__name__}: {str(after)[:200]}"
    if [t.shape for t in before] != [t.shape for t in after]:
        return "DIFFERS in shape"
    worst = 0.0
    for a, b in zip(before, after, strict=True):
        if a.numel():
            x, y = a.double(), b.double()
            worst = max(worst, float((x - y).abs().max()) / max(1.0, float(x.abs().max())))
    return "same" if worst <= TOLERANCE else f"DIFFERS by {worst:.1e}"


def checked(model: nn.Module, fast: nn.Module, given: Call, tools: dict[str, Any]) -> dict[str, str]:
    """Each tool on the model as it was and accelerated."""
    found = {name: compared(attempt(tool, model, given), attempt(tool, fast, given)) for name, tool in tools.items()}
    found["state_dict"] = "same" if not any(model.load_state_dict(fast.state_dict())) else "DIFFERS"
    if hasattr(unrolled, "restore"):
        back = unrolled.restore(copy.deepcopy(fast))
        kinds = [[type(m) for m in each.modules()] for each in (back, model)]
        found["restore"] = "same" if all(a is b for a, b in zip(*kinds, strict=True)) else "DIFFERS"
    return found


def step(model: nn.Module, given: Call) -> Callable[[], object]:
    optimizer = torch.optim.Adam(model.train().parameters(), lr=1e-4)

    def run() -> None:
        optimizer.zero_grad()
        loss(list(tensors(model(*given)))).backward()
        optimizer.step()

    return run


def answer(model: nn.Module, given: Call) -> Callable[[], object]:
    model.eval()

    def run() -> None:
        with torch.no_grad():
            model(*given)

    return run


def timed(before: Callable[[], object], after: Callable[[], object]) -> tuple[float, float, float]:
    """Milliseconds of each, and the ratio."""
    times: tuple[list[float], list[float]] = ([], [])
    began = time.process_time()
    while len(times[0]) < 9 or time.process_time() - began < SECONDS:
        for call, found in zip((before, after), times, strict=True):
            start = time.process_time()
            call()
            found.append(time.process_time() - start)
    ratios = [a / b for a, b in zip(times[0][2:], times[1][2:], strict=True)]
    return statistics.median(times[0]) * 1e3, statistics.median(times[1]) * 1e3, statistics.median(ratios)


def measured(name: str, tools: dict[str, Any]) -> dict[str, Any]:
    """One row: what was accelerated, what each tool gave, and the times."""
    model, given = client_models.built(name)
    fast = unrolled.accelerate(copy.deepcopy(model))
    layers = [layer for layer in fast.modules() if isinstance(layer, RECURRENT)]
    row: dict[str, Any] = {"model": name, "parameters": sum(p.numel() for p in model.parameters())}
    row["accelerated"] = f"{sum(plain(type(layer)) is not None for layer in layers)} of {len(layers)}"
    row["tools"] = checked(model, fast, given, tools)
    row["wrong"] = [tool for tool, found in row["tools"].items() if found.startswith(("FAILS", "DIFFERS"))]
    for what, make in (("step", step), ("forward", answer)):
        before, after, ratio = timed(make(model, given), make(fast, given))
        row[what] = {"torch_ms": round(before, 2), "ms": round(after, 2), "ratio": round(ratio, 2)}
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """The rows for the README, the largest gain first."""
    lines = ["| model | whole training step, torch / this | forward |", "|---|---|---|"]
    for row in sorted(rows, key=lambda row: -row["step"]["ratio"]):
        times = f"{row['step']['torch_ms']:,.1f} / {row['step']['ms']:,.1f} ms"
        lines.append(f"| {row['model']} | {row['step']['ratio']:.3g}× ({times}) | {row['forward']['ratio']:.3g}× |")
    return "\n".join(lines)


def put(text: str) -> None:
    """Put the table into its place in the documentation."""
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    PAGE.write_text(before + START + "\n" + text + "\n" + END + rest.split(END)[1], encoding="utf-8")
    print(text)


def main() -> None:
    """Measure what is asked for; write the results where that is everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="models whose name holds this")
    parser.add_argument("--onnx", action="store_true", help="the exporter to ONNX, too")
    parser.add_argument("--table", action="store_true", help="print the results that there are")
    options = parser.parse_args()
    if options.table:
        put(table(report.rows("clients")))
        return
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    tools = TOOLS | ({"torch.onnx": to_onnx} if options.onnx else {})
    began, rows = time.perf_counter(), []
    for name in client_models.MODELS:
        if options.only.lower() in name.lower():
            rows.append(measured(name, tools))
            print(f"{time.perf_counter() - began:4.0f} s: {rows[-1]}", flush=True)
    print(table(rows))
    if not options.only:
        figures = {
            "models": len(rows),
            "as_before": sum(not row["wrong"] for row in rows),
            "slowest_step": min(row["step"]["ratio"] for row in rows),
            "largest_step": max(row["step"]["ratio"] for row in rows),
        }
        report.write("clients", show=False, packages=versions(PACKAGES), threads=1, figures=figures, rows=rows)


if __name__ == "__main__":
    main()
