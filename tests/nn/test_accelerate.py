"""`accelerate` on models as users have them: what changes, what stays, and what ``verify`` reports and leaves alone."""

import copy
import io
import math
import pickle
import re

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

import unrolled
import unrolled.nn as twins
from unrolled.errors import InputError
from unrolled.nn import last_path


class Tagger(nn.Module):
    """A model with all kinds of recurrent modules, buffers, dropout and a tied pair of layers."""

    def __init__(self, **options):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)
        self.lstm = nn.LSTM(4, 6, batch_first=True, num_layers=2, dropout=0.3, **options)
        self.again = nn.GRU(6, 6, batch_first=True)
        self.tied = self.again
        self.cell = nn.GRUCell(6, 5)
        self.rnn = nn.RNN(6, 5, nonlinearity="relu", batch_first=True)

    def forward(self, x):
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)
        y, (h, _) = self.lstm(x)
        y, _ = self.tied(self.again(y)[0])
        return {"out": self.rnn(y)[0], "last": (self.cell(h[-1]), y.argmax(-1), y > 0)}


class OwnLSTM(nn.LSTM):
    """A user's own subclass."""

    def forward(self, x):
        return super().forward(2 * x)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Tagger()


def batch():
    return torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(1))


def printed_difference(text, what):
    return float(re.search(rf"difference in {what}:\s+(\S+)", text)[1])


def test_every_recurrent_module_becomes_its_twin_with_the_same_parameters(model):
    before = dict(model.named_parameters())
    kinds = {name: type(module) for name, module in model.named_modules()}
    assert unrolled.accelerate(model) is model
    assert all(p is before[name] for name, p in model.named_parameters())
    for name, module in model.named_modules():
        assert isinstance(module, kinds[name])
    assert type(model.lstm) is twins.LSTM
    assert type(model.rnn) is twins.RNN
    assert type(model.cell) is twins.GRUCell
    assert model.tied is model.again
    assert type(model.again) is twins.GRU


def test_an_accelerated_model_gives_the_same(model):
    plain = copy.deepcopy(model).eval()
    fast = unrolled.accelerate(model.eval())
    torch.testing.assert_close(fast(batch())["out"], plain(batch())["out"], rtol=1e-5, atol=1e-5)
    assert last_path().name == "kernel"
    assert unrolled.accelerate(fast) is fast


def test_a_model_that_is_itself_a_layer():
    layer = nn.LSTM(4, 6)
    unrolled.accelerate(layer)
    assert type(layer) is twins.LSTM
    assert isinstance(layer, nn.LSTM)


def test_something_else_is_refused():
    with pytest.raises(InputError, match=r"received a list; expected a torch\.nn\.Module"):
        unrolled.accelerate([nn.LSTM(4, 6)])


def test_verify_reports_what_it_found(model, capsys):
    unrolled.accelerate(model, verify=batch())
    text = capsys.readouterr().out
    assert "recurrent modules accelerated: 4" in text
    assert printed_difference(text, "outputs") < 1e-5
    assert printed_difference(text, "gradients") < 1e-5
    assert re.search(r"forward and backward: [\d.]+ ms before, [\d.]+ ms after: [\d.]+ times as fast", text)
    assert "stays on torch" not in text
    assert type(model.lstm) is twins.LSTM


def test_verify_leaves_everything_else_as_it_was(model):
    model.rnn.eval()
    model(batch())["out"].sum().backward()
    kept = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    objects = dict(model.named_buffers())
    modes = {name: m.training for name, m in model.named_modules()}
    random = torch.get_rng_state()
    unrolled.accelerate(model, verify=(batch(),))
    assert torch.equal(random, torch.get_rng_state())
    assert modes == {name: m.training for name, m in model.named_modules()}
    assert all(torch.equal(b, buffers[name]) and b is objects[name] for name, b in model.named_buffers())
    assert kept.keys() == {name for name, p in model.named_parameters() if p.grad is not None}
    assert all(torch.equal(p.grad, kept[name]) for name, p in model.named_parameters() if name in kept)
    assert not any(m._forward_hooks for m in model.modules())


@pytest.mark.parametrize("training", [True, False])
def test_verify_takes_dicts_and_either_mode(model, training, capsys):
    unrolled.accelerate(model.train(training), verify={"x": batch()})
    assert printed_difference(capsys.readouterr().out, "outputs") < 1e-5


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_verify_says_what_stays_on_torch_and_why(capsys):
    model = nn.ModuleDict(
        {
            "wide": nn.LSTM(4, 6, proj_size=3),
            "own": OwnLSTM(4, 6),
            "exact": nn.GRU(4, 6).double(),
            "fast": nn.RNN(4, 6),
        }
    )
    model.forward = lambda x: [
        model["wide"](x.double().float())[0],
        model["own"](x)[0],
        model["exact"](x.double())[0],
        model["fast"](x)[0],
    ]
    unrolled.accelerate(model, verify=batch())
    text = capsys.readouterr().out
    assert "recurrent modules accelerated: 1" in text
    assert "stays on torch: wide: projections" in text
    assert "stays on torch: own: OwnLSTM is a class of one's own" in text
    assert "stays on torch: exact: float64, where the kernels compute in float32" in text
    assert "stays on torch: fast" not in text
    assert type(model["own"]) is OwnLSTM


def test_verify_where_nothing_is_recurrent(capsys):
    model = nn.Linear(4, 2)
    unrolled.accelerate(model, verify=batch())
    text = capsys.readouterr().out
    assert "recurrent modules accelerated: 0" in text
    assert printed_difference(text, "outputs") == 0


def test_verify_of_a_frozen_model_compares_outputs(model, capsys):
    unrolled.accelerate(model.requires_grad_(False), verify=batch())
    assert printed_difference(capsys.readouterr().out, "outputs") < 1e-5


def test_an_error_in_the_users_batch_leaves_the_model_on_torch(model):
    with pytest.raises(RuntimeError):
        unrolled.accelerate(model, verify=torch.randn(3, 5, 7))
    assert type(model.lstm) is nn.LSTM
    assert type(model.again) is nn.GRU


def test_an_output_without_tensors_cannot_be_verified():
    model = nn.LSTM(4, 6)
    model.forward = str
    with pytest.raises(InputError, match="no tensor to compare"):
        unrolled.accelerate(model, verify=batch())


def test_a_nan_that_only_one_of_both_gives_is_no_small_difference(capsys, monkeypatch):
    model = nn.LSTM(4, 6)
    real = twins.LSTM.forward
    monkeypatch.setattr(twins.LSTM, "forward", lambda self, x: (real(self, x)[0] * float("nan"), None))
    model = nn.Sequential(model)
    model.forward = lambda x: model[0](x)[0]
    unrolled.accelerate(model, verify=batch())
    assert math.isnan(printed_difference(capsys.readouterr().out, "outputs"))


def test_a_weight_normed_layer_stays_weight_normed():
    for norm in (parametrizations.weight_norm, parametrizations.spectral_norm):
        torch.manual_seed(0)
        layer = norm(nn.LSTM(4, 6), "weight_hh_l0").eval()
        plain, x = copy.deepcopy(layer), batch()
        unrolled.accelerate(layer)
        assert isinstance(layer, twins.LSTM)
        grads = []
        for each in (layer, plain):
            y, _ = each(x)
            assert y.requires_grad
            grads.append(torch.autograd.grad(y.square().sum(), list(each.parameters())))
        assert last_path().name == "kernel"
        torch.testing.assert_close(grads[0], grads[1], rtol=1e-4, atol=1e-5)
        parametrize.remove_parametrizations(layer, "weight_hh_l0")
        assert type(layer) is twins.LSTM
        torch.testing.assert_close(layer(x)[0], plain(x)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated:FutureWarning")
def test_torchs_old_weight_norm_by_hooks():
    torch.manual_seed(0)
    layer = nn.utils.weight_norm(nn.GRU(4, 6), "weight_ih_l0")
    plain = nn.utils.weight_norm(nn.GRU(4, 6), "weight_ih_l0")
    plain.load_state_dict(layer.state_dict())
    unrolled.accelerate(layer)
    grads = [torch.autograd.grad(m(batch())[0].square().sum(), list(m.parameters())) for m in (layer, plain)]
    torch.testing.assert_close(grads[0], grads[1], rtol=1e-4, atol=1e-5)


def test_copies_and_pickles_of_a_users_own_module(model):
    unrolled.accelerate(model.eval())
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), torch.load(buffer, weights_only=False)):
        assert type(other.lstm) is twins.LSTM
        assert other.tied is other.again
        assert torch.equal(other(batch())["out"], model(batch())["out"])
    fresh = Tagger().eval()
    fresh.load_state_dict(model.state_dict())
    torch.testing.assert_close(fresh(batch())["out"], model(batch())["out"], rtol=1e-5, atol=1e-5)


def test_hooks_keep_firing(model):
    seen = []
    model.lstm.register_forward_pre_hook(lambda *_: seen.append("before"))
    unrolled.accelerate(model)
    model.lstm.register_forward_hook(lambda *_: seen.append("after"))
    model.lstm.register_full_backward_hook(lambda *_: seen.append("back"))
    model.lstm.weight_hh_l0.register_hook(lambda _: seen.append("gradient"))
    model(batch())["out"].sum().backward()
    assert seen[:2] == ["before", "after"]
    assert sorted(seen[2:]) == ["back", "gradient"]
