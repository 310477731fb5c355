"""`accelerate(model, verify=batch)`: every form of batch, models that keep state, and what is left behind: nothing."""

import random
import re
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

import unrolled
import unrolled.nn as twins
from unrolled.errors import InputError


def difference(text, what):
    return float(re.search(rf"difference in {what}:\s+(\S+)", text)[1])


@dataclass(slots=True)
class Memory:
    """What a model of a user's own may keep its state in."""

    steps: int = 0
    seen: list = field(default_factory=list)


class Keeping(nn.Module):
    """A model that keeps state in every way and draws from every generator."""

    def __init__(self):
        super().__init__()
        self.layer = nn.GRU(4, 8)
        self.h, self.held = None, torch.zeros(1, 2, 8)
        self.memory, self.counts, self.sums = Memory(), {}, np.zeros(2)
        self.own = torch.Generator().manual_seed(5)

    def forward(self, x):
        x.mul_(1.1)
        y, h = self.layer(x, self.h if self.h is not None else self.held.clone())
        self.h = h.detach()
        self.held.data.copy_(h.detach())
        self.memory.steps += 1
        self.memory.seen.append(float(y.detach().sum()))
        self.counts["calls"] = self.counts.get("calls", 0) + 1
        self.sums += 1
        self.extra = True
        noise = torch.rand(1, generator=self.own) + torch.rand(1) + random.random() + np.random.rand()  # noqa: NPY002
        scale = self.memory.steps * len(self.memory.seen) * self.counts["calls"] * float(self.sums[0])
        return {"y": y * scale + noise, "again": self.sums.copy()}


def test_a_model_that_keeps_state_is_not_called_different_and_keeps_it(capsys):
    torch.manual_seed(0)
    model, x = Keeping(), torch.ones(5, 2, 4)
    others = (random.getstate(), torch.get_rng_state(), model.own.get_state())
    unrolled.accelerate(model, verify=x)
    text = capsys.readouterr().out
    assert difference(text, "outputs") < 1e-5
    assert difference(text, "gradients") < 1e-5
    assert "torch alone" not in text
    assert (model.h, model.memory, model.counts, hasattr(model, "extra")) == (None, Memory(), {}, False)
    assert not model.held.any()
    assert not model.sums.any()
    assert torch.equal(x, torch.ones(5, 2, 4))
    assert others[0] == random.getstate()
    assert torch.equal(others[1], torch.get_rng_state())
    assert torch.equal(others[2], model.own.get_state())


class Counted(nn.Module):
    """A model whose state is out of sight."""

    calls = 0

    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(4, 6)

    def forward(self, x):
        Counted.calls += 1
        return self.layer(x)[0][: 4 + self.calls % 2] + self.calls


def test_a_model_whose_state_cannot_be_set_back_is_said_to_differ_from_itself(capsys):
    unrolled.accelerate(Counted(), verify=torch.randn(6, 2, 4))
    assert "torch alone differs by inf between two runs of this model" in capsys.readouterr().out


PACKED = pack_sequence([torch.ones(3, 4), torch.ones(2, 4)])


@pytest.mark.parametrize(
    "batch", [PACKED, (PACKED,), [PACKED, None], {"input": PACKED}], ids=lambda b: type(b).__name__
)
def test_packed_sequences(batch, capsys):
    layer = unrolled.accelerate(nn.LSTM(4, 5), verify=batch)
    text = capsys.readouterr().out
    assert difference(text, "outputs") < 1e-6
    assert difference(text, "gradients") < 1e-5
    assert type(layer) is twins.LSTM


class Ragged(nn.Module):
    """Packs by lengths, as models of text do; the size of its last layer is seen at the first call."""

    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.LSTM(4, 6), nn.Sequential(nn.LazyLinear(3), nn.Dropout(0.5))

    def forward(self, x, lengths):
        return self.out(self.layer(pack_padded_sequence(x, lengths, enforce_sorted=False))[0].data)


def test_lengths_as_an_array(capsys):
    lengths, x = np.array([2, 5]), torch.randn(5, 2, 4)
    for batch in ((x, lengths), {"x": x, "lengths": lengths}):
        unrolled.accelerate(Ragged(), verify=batch)
        assert difference(capsys.readouterr().out, "outputs") < 1e-6
    layer = twins.GRU(4, 6)
    expected = layer(x, lengths=torch.tensor([2, 5]))
    for given in (lengths, lengths.astype(np.uint8), [2, 5], list(lengths)):
        torch.testing.assert_close(layer(x, lengths=given), expected, rtol=0, atol=0)
    for wrong in (np.array([2.0, 5.0]), np.array([True, False]), "25"):
        with pytest.raises(InputError, match="expected whole numbers"):
            layer(x, lengths=wrong)


def test_a_model_without_gradients_says_so(capsys):
    unrolled.accelerate(nn.LSTM(4, 5).requires_grad_(False), verify=torch.randn(3, 2, 4))
    assert "largest difference in gradients: none to compare" in capsys.readouterr().out


def test_a_model_that_is_accelerated_already_is_not_called_slow(capsys):
    model = unrolled.accelerate(nn.Sequential(nn.GRU(4, 6)))
    unrolled.accelerate(model, verify=torch.randn(3, 2, 4))
    text = capsys.readouterr().out
    assert text.endswith("nothing was changed: what can be accelerated is already\n")
    assert "better left to torch" not in text
