"""More of PyTorch's tools on an accelerated model and on torch's own: both give the same."""

import copy

import pytest
import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.utils import prune
from torch.optim.swa_utils import AveragedModel
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

import unrolled
import unrolled.nn as twins

onnxruntime = pytest.importorskip("onnxruntime")


class Model(nn.Module):
    """A layer in two levels, a cell, a linear layer."""

    def __init__(self, kind):
        super().__init__()
        self.rnn = getattr(nn, kind)(4, 6, 2)
        self.cell = getattr(nn, kind + "Cell")(6, 5)
        self.out = nn.Linear(5, 2)
        self.has_c = kind == "LSTM"

    def forward(self, x):
        h = self.cell(self.rnn(x)[0][-1])
        return self.out(h[0] if self.has_c else h)


def batch():
    return torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(1))


def pair(kind):
    torch.manual_seed(0)
    theirs = Model(kind)
    return theirs, unrolled.accelerate(copy.deepcopy(theirs))


def gradients(model, y):
    y.square().sum().backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def pruned(model):
    prune.l1_unstructured(model.rnn, "weight_hh_l0", 0.5)
    found = gradients(model, model(batch()))
    prune.remove(model.rnn, "weight_hh_l0")
    return torch.cat([found, model(batch()).flatten()])


def saved_on_cpu(model):
    with torch.autograd.graph.save_on_cpu():
        y = model(batch())
    return gradients(model, y)


def flops(model):
    with FlopCounterMode(display=False) as counted:
        model(batch())
    return torch.tensor(float(counted.get_total_flops()))


def profiled(model):
    with torch.profiler.profile() as profile:
        y = model(batch())
    return torch.cat([y, torch.full_like(y, len(profile.key_averages()) > 0)])


def averaged(model):
    average = AveragedModel(model)
    average.update_parameters(model)
    return average(batch())


def emptied(model):
    other = copy.deepcopy(model).to("meta").to_empty(device="cpu")
    other.load_state_dict(model.state_dict())
    return other(batch())


def assigned(model):
    other = copy.deepcopy(model).to("meta")
    other.load_state_dict(model.state_dict(), assign=True)
    return other(batch())


def on_meta_by_default(model):
    with torch.device("meta"):
        other = unrolled.accelerate(Model("LSTM" if model.has_c else "GRU"))
        return torch.tensor(other(torch.empty(3, 2, 4)).shape, device="cpu")


def second_derivative(model):
    x = batch().requires_grad_()
    (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
    return torch.autograd.grad(slope.square().sum(), x)[0]


def by_class(model):
    """As much code begins a model's weights."""

    def begin(layer):
        if type(layer) == nn.LSTM or type(layer) == nn.GRU:  # noqa: E721
            nn.init.ones_(layer._parameters[layer._flat_weights_names[0]])

    return model.apply(begin)(batch())


def summary(model):
    seen = []
    for module in model.modules():
        module.register_forward_hook(lambda m, _, y: seen.append(len(type(m).__name__) + len(m._get_name())))
    model(batch())
    return torch.tensor(seen)


USES = {
    "checkpoint": lambda m: gradients(m, checkpoint(m, batch().requires_grad_(), use_reentrant=False)),
    "save_on_cpu": saved_on_cpu,
    "prune": pruned,
    "flop counter": flops,
    "profiler": profiled,
    "swa": averaged,
    "to_empty": emptied,
    "assign": assigned,
    "meta": on_meta_by_default,
    "share_memory": lambda m: m.share_memory()(batch()),
    "functional_call": lambda m: torch.func.functional_call(m, {k: 2 * v for k, v in m.state_dict().items()}, batch()),
    "jacrev": lambda m: torch.func.jacrev(lambda v: m(v).sum(0))(batch()),
    "second derivative": second_derivative,
    "make_fx": lambda m: make_fx(m)(batch())(batch()),
    "DataParallel": lambda m: nn.DataParallel(m)(batch()),
    "inference_mode": lambda m: torch.inference_mode()(m)(batch()),
    "by class": by_class,
    "summary by hooks": summary,
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.jit, where torch.func takes apart what it has there
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_a_tool_gives_what_it_gave(kind, use):
    expected, found = (USES[use](model) for model in pair(kind))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "dynamo"), [("LSTM", True), ("GRU", False)])
@pytest.mark.filterwarnings("ignore")  # torch's own exporters warn of themselves
def test_onnx(kind, dynamo, tmp_path):
    pytest.importorskip("onnxscript")
    import onnx

    _, ours = pair(kind)
    path = tmp_path / "model.onnx"
    torch.onnx.export(ours.eval(), (batch(),), path, dynamo=dynamo, verbose=False)
    assert kind in {node.op_type for node in onnx.load(path).graph.node}
    session = onnxruntime.InferenceSession(path)
    (found,) = session.run(None, {session.get_inputs()[0].name: batch().numpy()})
    torch.testing.assert_close(torch.from_numpy(found), ours(batch()), rtol=1e-5, atol=1e-5)
    assert isinstance(ours.rnn, getattr(twins, kind))
