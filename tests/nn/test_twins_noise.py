"""Dropout between layers, variational dropout and zoneout: finite at 0 and 1; backward uses the forward's mask."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import unrolled.nn as twins
from unrolled.errors import InputError
from unrolled.nn import last_path

B, T, D, H = 4, 6, 3, 5
LENGTHS = torch.tensor([2, 6, 0, 4])
KINDS = {
    "rnn-tanh": twins.RNN,
    "rnn-relu": lambda *sizes, **options: twins.RNN(*sizes, nonlinearity="relu", **options),
    "lstm": twins.LSTM,
    "gru": twins.GRU,
}
EACH = pytest.mark.parametrize("kind", KINDS)
NOISE = {
    "dropout": {"dropout": 0.5},
    "variational": {"dropout": 0.5, "variational": True},
    "zoneout": {"zoneout": 0.3},
    "all": {"dropout": 0.3, "variational": True, "zoneout": 0.4},
}


def layer(kind, dtype=torch.float32, **options):
    torch.manual_seed(1)
    return KINDS[kind](D, H, num_layers=2, batch_first=True, dtype=dtype, **options)


def inputs(dtype=torch.float32):
    return torch.randn(B, T, D, generator=torch.Generator().manual_seed(3)).to(dtype).requires_grad_()


def entries(state):
    return list(state) if isinstance(state, tuple) else [state]


def results(module, x, lengths=None):
    torch.manual_seed(7)
    y, final = module(x, lengths=lengths)
    total = y.square().sum() + sum(s.sum() for s in entries(final))
    return y.detach(), [s.detach() for s in entries(final)], torch.autograd.grad(total, [x, *module.parameters()])


def value(module, x, lengths):
    """A scalar, always with the same masks."""
    torch.manual_seed(7)
    y, final = module(x, lengths=lengths)
    return y.square().sum() + sum(s.sum() for s in entries(final))


@EACH
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("both", [False, True])
def test_kernel_and_reference_draw_the_same_masks_and_agree(kind, noise, lengths, both):
    options = {**NOISE[noise], "bidirectional": both}
    fast, slow = layer(kind, **options), layer(kind, torch.float64, **options)
    slow.load_state_dict(fast.state_dict())
    found = results(fast, inputs(), lengths)
    assert last_path().name == "kernel"
    expected = results(slow, inputs(torch.float64), lengths)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4, check_dtype=False)


@EACH
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_backward_uses_the_forwards_masks(kind, noise, lengths):
    module, x = layer(kind, torch.float64, **NOISE[noise]), inputs(torch.float64)
    parameters = list(module.parameters())
    grads = torch.autograd.grad(value(module, x, lengths), [x, *parameters], materialize_grads=True)
    step = 1e-6
    for tensor, grad in zip([x, *parameters], grads, strict=True):
        direction = torch.randn(tensor.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
        with torch.no_grad():
            tensor.add_(step * direction)
            above = value(module, x, lengths)
            tensor.sub_(2 * step * direction)
            below = value(module, x, lengths)
            tensor.add_(step * direction)
        assert float((above - below) / (2 * step)) == pytest.approx(float((grad * direction).sum()), rel=1e-5, abs=1e-6)


@EACH
@pytest.mark.parametrize("rate", [0.0, 1.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("training", [True, False])
def test_rates_of_zero_and_one_are_finite(kind, rate, dtype, training):
    for options in ({"dropout": rate}, {"dropout": rate, "variational": True}, {"zoneout": rate}):
        module = layer(kind, dtype, **options).train(training)
        y, final, grads = results(module, inputs(dtype), LENGTHS)
        for found in (y, *final, *grads):
            assert found.isfinite().all()
        if rate == 0:
            plain = layer(kind, dtype).train(training)
            torch.testing.assert_close(y, results(plain, inputs(dtype), LENGTHS)[0], rtol=0, atol=0)
        elif "zoneout" in options:
            assert (y == 0).all()  # every step keeps the zeros it began with


@EACH
def test_zoneout_keeps_units_as_they_were_at_its_rate(kind):
    torch.manual_seed(2)
    module = KINDS[kind](D, 64, batch_first=True, zoneout=0.25)
    y, _ = module(torch.randn(8, 40, D))
    kept = float((y[:, 1:] == y[:, :-1]).float().mean())
    assert (0.2 < kept < 0.3) or (kind == "rnn-relu" and kept > 0.2)  # a relu repeats its zeros too


@EACH
def test_variational_dropout_has_one_mask_for_a_sequence(kind):
    module = layer(kind, dropout=0.5, variational=True)
    seen = []
    real = nn.functional.dropout

    def spy(x, rate):
        mask = real(x, rate)
        seen.append(mask)
        return mask

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.functional, "dropout", spy)
        module(inputs())
    assert [mask.shape for mask in seen] == [(B, 1, H)]
    assert set(seen[0].unique().tolist()) == {0.0, 2.0}


@EACH
@pytest.mark.parametrize("noise", NOISE)
def test_evaluation_is_deterministic_and_draws_nothing(kind, noise):
    module = layer(kind, **NOISE[noise]).eval()
    before = torch.get_rng_state()
    assert torch.equal(module(inputs())[0], module(inputs())[0])
    assert torch.equal(before, torch.get_rng_state())


@EACH
def test_zoneout_on_packed_data_in_evaluation_equals_lengths(kind):
    module, some = layer(kind, zoneout=0.3).eval(), LENGTHS.clamp(min=1)
    packed = pack_padded_sequence(inputs(), some, True, enforce_sorted=False)
    y, final = module(packed)
    assert last_path().name == "kernel"
    expected, last = module(inputs(), lengths=some)
    assert torch.equal(pad_packed_sequence(y, batch_first=True, total_length=T)[0], expected)
    assert all(torch.equal(a, b) for a, b in zip(entries(final), entries(last), strict=True))


@pytest.mark.parametrize("rate", [-0.1, 1.5])
def test_a_rate_that_is_no_probability(rate):
    with pytest.raises(InputError, match=rf"zoneout is {rate}; expected a probability, 0 to 1"):
        twins.GRU(D, H, zoneout=rate)
    with pytest.raises(ValueError, match="dropout should be a number in range"):
        twins.GRU(D, H, dropout=rate)


def test_variational_dropout_takes_no_packed_data():
    packed = pack_padded_sequence(inputs(), torch.tensor([6, 5, 2, 1]), True)
    with pytest.raises(InputError, match="variational dropout has one mask a sequence"):
        layer("gru", dropout=0.5, variational=True)(packed)
