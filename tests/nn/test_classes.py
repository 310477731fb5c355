"""Which classes have a twin, what is kept of a user's own, and what is said of those that have none."""

import copy
import io
import logging
import pickle
from abc import ABC, abstractmethod

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

import unrolled
import unrolled.nn as twins
from unrolled.nn import classes, last_path


class Recurrent(ABC, nn.RNNBase):
    """As pytorch-forecasting has it: what its layers share."""

    @abstractmethod
    def start(self, x): ...

    def step(self, x):
        return super().forward(x)


class OwnLSTM(Recurrent, nn.LSTM):
    """A subclass with methods of its own, by a class of classes of its own."""

    def __init__(self, width):
        super().__init__(width, 6)

    def start(self, x):
        return x.new_zeros(1, x.shape[1], self.hidden_size)

    def extra_repr(self):
        return "mine"


class OwnCell(nn.GRUCell):
    """A subclass that adds nothing."""


class Doubled(nn.LSTM):
    """Overrides what the kernels replace."""

    def forward(self, x):
        return super().forward(2 * x)


class Swapped(nn.GRU):
    """Overrides a part of torch's own forward."""

    def permute_hidden(self, hx, permutation):
        return hx.flip(1)


class Named(nn.RNN):
    """Has something of a name that the twin has."""

    _layers = 3


class Final(nn.GRU):
    """Lets nothing derive from it."""

    def __init_subclass__(cls):
        raise TypeError("this class is final")


def batch():
    return torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def layer():
    torch.manual_seed(0)
    return OwnLSTM(4)


def test_a_subclass_that_inherits_forward_is_accelerated(layer):
    plain, cell = copy.deepcopy(layer), unrolled.accelerate(OwnCell(4, 5))
    unrolled.accelerate(layer)
    x = batch()
    torch.testing.assert_close(layer(x)[0], plain(x)[0], rtol=1e-5, atol=1e-5)
    assert last_path() == ("kernel", None)
    assert isinstance(layer, OwnLSTM | twins.LSTM)
    assert (type(layer).__name__, type(layer).__qualname__, type(layer).__module__) == ("OwnLSTM", "OwnLSTM", __name__)
    assert layer.start(x).shape == (1, 2, 6)
    assert torch.equal(layer.step(x)[0], layer(x)[0])
    assert "mine" in repr(layer)
    cell(x[0])
    assert last_path() == ("kernel", None)
    assert isinstance(cell, OwnCell)
    assert type(unrolled.accelerate(OwnCell(1, 2))) is type(cell)
    assert classes.plain(type(layer)) is OwnLSTM
    assert type(layer)(3).hidden_size == 6


def test_copies_and_pickles_of_a_subclass(layer):
    model = nn.Sequential(unrolled.accelerate(layer))
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    copies = [copy.deepcopy(model), copy.copy(model), pickle.loads(pickle.dumps(model))]
    for other in (*copies, torch.load(buffer, weights_only=False)):
        assert type(other[0]) is type(layer)
        assert torch.equal(other(batch())[0], model(batch())[0])
    assert pickle.loads(pickle.dumps(type(layer))) is type(layer)
    child = type("Child", (type(layer),), {"__module__": __name__, "__qualname__": "Child"})
    globals()["Child"] = child
    assert pickle.loads(pickle.dumps(child)) is child


@pytest.mark.parametrize("accelerate_first", [True, False])
def test_a_parametrized_subclass_gives_torchs_own_numbers(layer, accelerate_first):
    """torch's layers evaluate a parametrization several times a pass; spectral_norm counts how often."""
    plain = parametrizations.spectral_norm(copy.deepcopy(layer), "weight_hh_l0")
    layer = unrolled.accelerate(layer) if accelerate_first else layer
    torch.manual_seed(3)
    unrolled.accelerate(parametrizations.spectral_norm(layer, "weight_hh_l0"))
    plain.load_state_dict(layer.state_dict())
    for _ in range(2):
        torch.testing.assert_close(layer(batch())[0], plain(batch())[0], rtol=1e-5, atol=1e-5)
        assert last_path() == ("kernel", None)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(layer.state_dict()[name], value)
    assert isinstance(layer, twins.LSTM)
    before = classes.plain(type(layer))
    assert (before.__bases__, before.__name__) == ((OwnLSTM,), "ParametrizedOwnLSTM")
    parametrize.remove_parametrizations(layer, "weight_hh_l0")
    assert classes.plain(type(layer)) is OwnLSTM


class Lengths(nn.RNNBase):
    """A mix-in that is written for any layer, as pytorch-forecasting's."""

    def forward(self, x, hx=None, last=False):
        y, state = super().forward(x, hx)
        return (y[-1] if last else y), state


class Mixed(Lengths, nn.GRU):
    """Inherits the forward of the mix-in, which calls torch's."""


def test_a_mix_in_that_wraps_forward():
    layer = Mixed(4, 6)
    expected = layer(batch(), last=True)[0]
    found = unrolled.accelerate(layer)(batch(), last=True)[0]
    assert last_path() == ("kernel", None)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def replaced(layer):
    layer.forward = layer.forward
    return layer


def holding(layer):
    layer.zoneout = nn.Dropout(0.1)
    return layer


WHY = {
    "overrides forward": (lambda: Doubled(4, 6), "Doubled is a class of one's own, which overrides forward"),
    "overrides a part": (lambda: Swapped(4, 6), "Swapped is a class of one's own, which overrides permute_hidden"),
    "a name": (lambda: Named(4, 6), "Named has a _layers of its own, which the kernels' class has too"),
    "an attribute": (lambda: holding(nn.LSTM(4, 6)), "it holds a zoneout, which the kernels' class has too"),
    "final": (lambda: Final(4, 6), "no class can be derived from Final: this class is final"),
    "replaced": (lambda: replaced(nn.GRU(4, 6)), "its forward was replaced on the object"),
    "script": (lambda: torch.jit.script(nn.GRU(4, 6)), "it is a script or trace, which torch.jit has compiled"),
    "base": (lambda: nn.RNNBase("LSTM", 4, 6), "RNNBase is a class of one's own, not derived from torch.nn.RNN"),
}
SLOW = {
    "dtype": (lambda: nn.LSTM(4, 6).double(), "float64, where the kernels compute in float32"),
    "device": (lambda: nn.GRUCell(4, 6, device="meta"), "on meta, where the kernels run on the CPU"),
    "projections": (lambda: nn.LSTM(4, 6, proj_size=3), "projections"),
}


@pytest.mark.parametrize("case", WHY)
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_what_keeps_its_class_and_why(case, caplog):
    make, reason = WHY[case]
    model = nn.ModuleDict({"layer": make()})
    kind = type(model.layer)
    with caplog.at_level(logging.WARNING, logger="unrolled"):
        unrolled.accelerate(model)
    assert type(model.layer) is kind
    assert caplog.records[0].message.startswith(f"accelerate changed nothing in ModuleDict: layer: {reason}")


@pytest.mark.parametrize("case", SLOW)
def test_what_changes_but_does_not_run_in_the_kernels_yet(case, caplog):
    make, reason = SLOW[case]
    model = nn.Sequential(make())
    with caplog.at_level(logging.WARNING, logger="unrolled"):
        unrolled.accelerate(model)
    assert [r.message for r in caplog.records] == [
        f"accelerate found no layer for the kernels in Sequential: 0: {reason}"
    ]
    assert classes.plain(type(model[0])) is not None


def test_a_quantized_layer_says_so(caplog):
    layer = type("LSTM", (nn.Module,), {"__module__": "torch.ao.nn.quantized.dynamic.modules.rnn"})()
    unrolled.accelerate(nn.Sequential(layer))
    assert caplog.records[0].message == "accelerate changed nothing in Sequential: 0: it is quantized, or about to be"


def test_other_models_in_which_nothing_changes(caplog):
    unrolled.accelerate(nn.Linear(4, 2))
    layer = unrolled.accelerate(nn.LSTM(4, 6))
    unrolled.accelerate(nn.ModuleList([layer, Doubled(4, 6)]))
    assert [r.message.split(": ", 1)[1] for r in caplog.records] == [
        "there is no torch.nn.RNN, LSTM or GRU in it",
        "it is accelerated already; 1: Doubled is a class of one's own, which overrides forward",
    ]
