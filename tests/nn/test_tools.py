"""PyTorch's tools on an accelerated model: they do what they did, and print(model) tells what they would find."""

import copy
import importlib
import io
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from torch import fx, nn
from torch.ao import quantization
from torch.ao.quantization import quantize_fx

import unrolled
import unrolled.nn as twins
from unrolled.errors import InputError
from unrolled.nn import classes, last_path
from unrolled.nn.tools import Twin

KINDS = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


class Own(nn.GRU):
    """A user's own subclass, with an extra_repr of its own."""

    def extra_repr(self):
        return "mine"


class Tagger(nn.Module):
    """A layer, a cell and a linear layer, as in a model of one's own."""

    def __init__(self, kind="LSTM", **options):
        super().__init__()
        self.rnn = getattr(nn, kind)(4, 6, **options)
        self.cell = getattr(nn, kind + "Cell")(6, 5)
        self.out = nn.Linear(5, 2)
        self.has_c = kind == "LSTM"

    def forward(self, x, state=None):
        y, _ = self.rnn(x, state)
        h = self.cell(y[-1])
        return self.out(h[0] if self.has_c else h)


def pair(*arguments, **options):
    torch.manual_seed(0)
    theirs = Tagger(*arguments, **options).eval()
    return theirs, unrolled.accelerate(copy.deepcopy(theirs))


@pytest.fixture
def x():
    return torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kind", KINDS)
def test_tables_by_class_find_the_twin(kind):
    theirs, ours = getattr(nn, kind), getattr(twins, kind)
    own = type("Own", (theirs,), {})
    other = nn.GRU if kind != "GRU" else nn.LSTM
    assert ours == theirs
    assert theirs == ours
    assert ours != other
    assert {theirs: "found", own: "one's own"}[ours] == "found"
    assert {theirs: "found", own: "one's own"}[classes.twin(own)] == "one's own"
    assert ours in {theirs}
    assert ours not in {other, own}
    assert type("Child", (ours,), {}) not in {theirs}
    assert ours != "a string"


def test_restore_gives_each_class_back():
    model = nn.ModuleDict({"lstm": nn.LSTM(4, 6), "own": Own(4, 5), "cell": nn.GRUCell(4, 5)})
    nn.utils.parametrizations.weight_norm(model["lstm"], "weight_hh_l0")
    seen = []
    model["own"].register_forward_hook(lambda *_: seen.append("hook"))
    before = {name: (type(m), dict(vars(m))) for name, m in model.named_modules()}
    parameters, text = dict(model.named_parameters()), repr(model)
    assert unrolled.restore(unrolled.accelerate(model)) is model
    for name, module in model.named_modules():
        kind, attributes = before[name]
        assert type(module) is kind or (type(module).__name__, type(module).__bases__) == (
            "ParametrizedLSTM",
            (nn.LSTM,),
        )
        assert vars(module) == attributes
    assert all(p is parameters[name] for name, p in model.named_parameters())
    assert repr(model) == text
    model["own"](torch.randn(3, 2, 4))
    assert seen == ["hook"]
    assert unrolled.restore(model) is model
    built = unrolled.restore(nn.Sequential(twins.LSTM(4, 6)))
    assert type(built[0]) is nn.LSTM
    assert vars(built[0]).keys() == vars(nn.LSTM(4, 6)).keys()
    assert isinstance(unrolled.accelerate(built)[0], twins.LSTM)


def test_restore_says_what_torch_does_not_have():
    model = nn.Sequential(nn.Sequential(twins.GRU(4, 6)), twins.LSTM(4, 6, zoneout=0.1, variational=True))
    expected = (
        "the layer 1 has zoneout=0.1 and variational=True, which torch's own LSTM does not have; expected neither"
    )
    with pytest.raises(InputError, match=re.escape(expected)):
        unrolled.restore(model)
    assert isinstance(model[0][0], twins.GRU)
    model[1].zoneout, model[1].variational = 0.0, False
    assert type(unrolled.restore(model)[1]) is nn.LSTM
    with pytest.raises(InputError, match=r"received a list; expected a torch\.nn\.Module"):
        unrolled.restore([])


def test_print_shows_what_is_accelerated():
    assert repr(twins.LSTM(4, 5, num_layers=2)) == "LSTM(4, 5, num_layers=2, accelerated)"
    assert (
        repr(twins.GRU(4, 5, zoneout=0.1, variational=True)) == "GRU(4, 5, zoneout=0.1, variational=True, accelerated)"
    )
    assert repr(twins.RNNCell(4, 5)) == "RNNCell(4, 5, accelerated)"
    assert repr(twins.LSTM(4, 5, proj_size=3)) == "LSTM(4, 5, proj_size=3, not accelerated: projections)"
    assert repr(twins.GRU(4, 5).double()).startswith("GRU(4, 5, not accelerated: float64")
    assert repr(unrolled.accelerate(Own(4, 5))) == "Own(mine, accelerated)"
    model = unrolled.accelerate(nn.Sequential(nn.GRU(4, 5), nn.Linear(5, 2)))
    assert repr(model).splitlines()[1:3] == [
        "  (0): GRU(4, 5, accelerated)",
        "  (1): Linear(in_features=5, out_features=2, bias=True)",
    ]
    nn.utils.parametrizations.spectral_norm(model[0], "weight_hh_l0")
    assert repr(model).splitlines()[1:4] == ["  (0): ParametrizedGRU(", "    accelerated", "    4, 5"]


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_symbolic_trace_has_the_layers_as_leaves(kind, x):
    theirs, ours = pair(kind)
    traced, expected = fx.symbolic_trace(ours), fx.symbolic_trace(theirs, concrete_args={"state": None})
    assert [str(node) for node in fx.symbolic_trace(ours, concrete_args={"state": None}).graph.nodes] == [
        str(node) for node in expected.graph.nodes
    ]
    assert torch.equal(traced(x), ours(x))
    assert last_path().name == "kernel"
    assert torch.equal(fx.Interpreter(traced).run(x, None), ours(x))
    torch.testing.assert_close(traced(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_a_traced_layer_keeps_lengths(x):
    class Ragged(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = twins.GRU(4, 6)

        def forward(self, x, n):
            return self.rnn(x, lengths=n)[0]

    module, n = Ragged(), torch.tensor([3, 1])
    assert torch.equal(fx.symbolic_trace(module)(x, n), module(x, n))
    with pytest.raises(fx.proxy.TraceError):
        fx.symbolic_trace(module.rnn)  # a layer alone: as torch's own


@pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("spec", [None, {nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell}, "by name"])
def test_quantize_dynamic(kind, spec, x):
    theirs, ours = pair(kind)
    if spec == "by name":
        spec = {"rnn": quantization.default_dynamic_qconfig, "cell": quantization.default_dynamic_qconfig}
    expected, found = (quantization.quantize_dynamic(model, spec, dtype=torch.qint8) for model in (theirs, ours))
    assert [type(m) is type(e) for m, e in zip(found.modules(), expected.modules(), strict=True)]
    assert type(found.rnn).__module__ == type(found.cell).__module__ == "torch.ao.nn.quantized.dynamic.modules.rnn"
    assert torch.equal(found(x), expected(x))
    assert isinstance(ours.rnn, getattr(twins, kind))  # the copy alone was quantized
    only_linear = quantization.quantize_dynamic(ours, {nn.Linear}, dtype=torch.qint8)
    assert isinstance(only_linear.rnn, getattr(twins, kind))
    assert isinstance(unrolled.accelerate(unrolled.restore(only_linear)).rnn, getattr(twins, kind))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_quantization_of_a_graph_and_before_training():
    def by_graph(model):
        mapping = quantization.QConfigMapping().set_object_type(nn.LSTM, quantization.default_dynamic_qconfig)
        return quantize_fx.convert_fx(quantize_fx.prepare_fx(model, mapping, (x,)))

    def before_training(model):
        model.train()[0].qconfig = quantization.get_default_qat_qconfig("fbgemm")
        return quantization.prepare_qat(model)

    x = torch.randn(3, 2, 4)
    for use in (by_graph, before_training):
        theirs = nn.Sequential(nn.LSTM(4, 6)).eval()
        expected, found = (use(model) for model in (copy.deepcopy(theirs), unrolled.accelerate(theirs)))
        assert [type(m).__name__ for m in found.modules()] == [type(m).__name__ for m in expected.modules()]
        assert not any(isinstance(m, Twin) for m in found.modules())


@pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated:DeprecationWarning")
def test_quantizing_zoneout_is_refused():
    with pytest.raises(InputError, match=r"a layer for torch\.ao\.quantization has zoneout=0\.2"):
        quantization.quantize_dynamic(nn.Sequential(twins.LSTM(4, 5, zoneout=0.2)), {nn.LSTM})


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("build", [twins.LSTM, lambda *sizes: unrolled.accelerate(nn.Sequential(nn.LSTM(*sizes)))])
def test_script_modules(build, x):
    inside = build(4, 6)

    class Script(torch.jit.ScriptModule):
        def __init__(self):
            super().__init__()
            self.inside = inside

        @torch.jit.script_method
        def forward(self, x):
            return self.inside(x)

    script = Script()
    torch.testing.assert_close(script(x)[0], inside(x)[0], rtol=1e-5, atol=1e-5)
    assert last_path().name == "kernel"  # the user's own layer is as it was
    buffer = io.BytesIO()
    torch.jit.save(script, buffer)
    buffer.seek(0)
    assert torch.equal(torch.jit.load(buffer)(x)[0], script(x)[0])


FRESH = """
import os, sys, unrolled, torch
schema = torch.ops.unrolled.recurrence.default._schema
assert "unrolled.nn" not in sys.modules
if os.fork() == 0:
    model = torch.load("model.pt", weights_only=False)
    model(torch.ones(3, 2, 4))
    import own_layers
    assert unrolled.nn.last_path().name == "kernel" and isinstance(model[0], own_layers.Own)
    sys.exit()
assert os.wait()[1] == 0
x, h, none = torch.ones(2, 3, 4), torch.zeros(2, 5), torch.zeros(0)
inputs = [x, h, none, torch.ones(5, 4), torch.ones(5, 5), none, none, none]
y = torch.ops.unrolled.recurrence("rnn", False, False, [none] * 3, inputs)[0]
assert y.shape == (2, 3, 5) and abs(y[0, 0, 0] - torch.tanh(torch.tensor(4.0))) < 1e-6
"""


def test_a_fresh_process_knows_the_operators_and_loads_saved_subclasses(tmp_path, monkeypatch):
    """The operators by the entry point of the installed package, whichever of the two is imported first."""
    (tmp_path / "own_layers.py").write_text("import torch\nclass Own(torch.nn.GRU):\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    own = importlib.import_module("own_layers")
    torch.save(unrolled.accelerate(nn.Sequential(own.Own(4, 5))), tmp_path / "model.pt")
    points = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["entry-points"]
    installed = tmp_path / "unrolled-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: unrolled\nVersion: 0.1.0\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in of.items()) for group, of in points.items()]
    (installed / "entry_points.txt").write_text("\n".join(lines))
    path = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = [sys.executable, "-c", FRESH]
    run = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.filterwarnings("ignore:The tensor attributes:UserWarning")  # so it says of torch's own layers
def test_a_restored_model_exports_to_torchs_own_operators(x):
    _, ours = pair("GRU")
    expected = ours(x)
    program = torch.export.export(unrolled.restore(ours), (x,))
    assert "unrolled" not in str(program.graph)
    torch.testing.assert_close(program.module()(x), expected, rtol=1e-5, atol=1e-5)
    assert isinstance(unrolled.accelerate(ours).rnn, twins.GRU)
