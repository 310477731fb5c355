"""Lengths: any order, zero allowed; padding never leaks; what is misused raises."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import unrolled.nn as twins
from unrolled.errors import InputError
from unrolled.nn import last_path

B, T, D, H = 5, 8, 3, 6
LENGTHS = torch.tensor([3, 8, 0, 5, 5])
KINDS = {
    "rnn-tanh": twins.RNN,
    "rnn-relu": lambda *sizes, **options: twins.RNN(*sizes, nonlinearity="relu", **options),
    "lstm": twins.LSTM,
    "gru": twins.GRU,
}
EACH = pytest.mark.parametrize("kind", KINDS)
BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def layer(kind, dtype=torch.float32, **options):
    torch.manual_seed(1)
    return KINDS[kind](D, H, **{"batch_first": True, "num_layers": 2, "bidirectional": True, **options}, dtype=dtype)


def random_state(kind, count=4, batch=B, dtype=torch.float32):
    torch.manual_seed(2)
    h = torch.randn(count, batch, H, dtype=dtype, requires_grad=True)
    return (h, torch.randn(count, batch, H, dtype=dtype, requires_grad=True)) if kind == "lstm" else h


def entries(state):
    return list(state) if isinstance(state, tuple) else [state]


def inputs(dtype=torch.float32, batch=B, time=T):
    return torch.randn(batch, time, D, dtype=dtype, generator=torch.Generator().manual_seed(3)).requires_grad_()


def results(module, x, state, lengths):
    y, final = module(x, state, lengths=lengths)
    total = (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)).sum()
    total = total + sum(
        (s * torch.linspace(-1, 2, s.numel(), dtype=s.dtype).view(s.shape)).sum() for s in entries(final)
    )
    given = [x, *(entries(state) if state is not None else []), *module.parameters()]
    return y.detach(), [s.detach() for s in entries(final)], torch.autograd.grad(total, given, materialize_grads=True)


@EACH
@BOTH
def test_lengths_give_what_torchs_packing_gives(kind, dtype):
    ours, x, state = layer(kind, dtype), inputs(dtype), random_state(kind, dtype=dtype)
    some = LENGTHS.clamp(min=1)  # torch's packing takes no empty row
    y, final, grads = results(ours, x, state, some)
    assert last_path().name == ("kernel" if dtype is torch.float32 else "reference")
    theirs = getattr(nn, type(ours).__name__)(
        D,
        H,
        2,
        batch_first=True,
        bidirectional=True,
        dtype=dtype,
        **({"nonlinearity": "relu"} if "relu" in kind else {}),
    )
    theirs.load_state_dict(ours.state_dict())

    class Padded(nn.Module):
        """torch's layer between packing and padding."""

        def __init__(self):
            super().__init__()
            self.layer = theirs

        def forward(self, x, state, lengths):
            y, final = self.layer(pack_padded_sequence(x, lengths, True, enforce_sorted=False), state)
            return pad_packed_sequence(y, batch_first=True, total_length=T)[0], final

    tolerance = {"rtol": 1e-5, "atol": 1e-5} if dtype is torch.float32 else {"rtol": 1e-10, "atol": 1e-10}
    torch.testing.assert_close((y, final, grads), results(Padded(), x, state, some), **tolerance)


@EACH
@BOTH
def test_nothing_in_the_padding_reaches_a_result_or_a_gradient(kind, dtype):
    ours, state = layer(kind, dtype), random_state(kind, dtype=dtype)
    padding = torch.arange(T)[None, :] >= LENGTHS[:, None]
    clean = inputs(dtype).detach().masked_fill(padding[..., None], 0).requires_grad_()
    foul = clean.detach().masked_fill(padding[..., None], float("nan")).requires_grad_()
    expected, found = results(ours, clean, state, LENGTHS), results(ours, foul, state, LENGTHS)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    assert (found[0][padding] == 0).all()
    assert (found[2][0][padding] == 0).all()


@EACH
def test_an_empty_row_keeps_its_state(kind):
    ours, state = layer(kind), random_state(kind)
    _, final = ours(inputs(), state, lengths=LENGTHS)
    for before, after in zip(entries(state), entries(final), strict=True):
        assert torch.equal(after[:, 2], before[:, 2])


@EACH
@BOTH
@pytest.mark.parametrize(("batch", "time"), [(0, T), (B, 0), (0, 0), (B, T)])
def test_nothing_to_do_is_defined(kind, dtype, batch, time):
    ours, x, state = layer(kind, dtype), inputs(dtype, batch, time), random_state(kind, batch=batch, dtype=dtype)
    y, final, grads = results(ours, x, state, torch.zeros(batch, dtype=torch.int64))
    assert y.shape == (batch, time, 2 * H)
    assert (y == 0).all()
    assert all(torch.equal(a, b) for a, b in zip(final, entries(state), strict=True))
    assert all(g.isfinite().all() for g in grads)
    assert all((g == 0).all() for g in grads[-len(list(ours.parameters())) :])


@EACH
def test_no_steps_and_no_rows_without_lengths(kind):
    ours, state = layer(kind), random_state(kind)
    y, final = ours(inputs(time=0), state)
    assert y.shape == (B, 0, 2 * H)
    assert all(torch.equal(a, b) for a, b in zip(entries(final), entries(state), strict=True))
    assert ours(inputs(batch=0))[0].shape == (0, T, 2 * H)


@EACH
def test_a_permuted_batch_gives_the_permuted_result_bit_for_bit(kind):
    ours, x, state = layer(kind), inputs(), random_state(kind)
    order = torch.tensor([4, 2, 0, 1, 3])
    moved = [s[:, order] for s in entries(state)]
    y, final = ours(x, state, lengths=LENGTHS)
    again, last = ours(x[order], tuple(moved) if kind == "lstm" else moved[0], lengths=LENGTHS[order])
    assert torch.equal(again, y[order])
    assert all(torch.equal(a, b[:, order]) for a, b in zip(entries(last), entries(final), strict=True))
    d_x = torch.autograd.grad(y.square().sum(), x)[0]
    assert torch.equal(torch.autograd.grad(again.square().sum(), x)[0], d_x)


@EACH
def test_each_row_gives_what_it_gives_alone_bit_for_bit(kind):
    ours, x = layer(kind, num_layers=1), inputs()
    y, _ = ours(x, lengths=LENGTHS)
    for row, steps in enumerate(LENGTHS.tolist()):
        assert torch.equal(y[row, :steps], ours(x[row, :steps])[0])


@EACH
def test_lengths_without_batch_first_and_of_other_whole_types(kind):
    first, second = layer(kind), layer(kind, batch_first=False)
    second.load_state_dict(first.state_dict())
    x = inputs()
    y, _ = first(x, lengths=LENGTHS)
    for lengths in (LENGTHS.int(), LENGTHS.to(torch.uint8), LENGTHS.repeat_interleave(2)[::2]):
        assert torch.equal(second(x.transpose(0, 1), lengths=lengths)[0].transpose(0, 1), y)


@BOTH
@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        (torch.tensor([1, 2, 3]), r"shape \(3,\); expected \(5,\)"),
        (LENGTHS[:, None], r"shape \(5, 1\); expected \(5,\)"),
        (torch.tensor([1, -1, 0, 2, 3]), "go from -1 to 3; expected 0 to 8"),
        (torch.tensor([1, 9, 0, 2, 3]), "go from 0 to 9; expected 0 to 8"),
        (LENGTHS.float(), "a tensor of torch.float32; expected whole numbers"),
        (LENGTHS > 3, "a tensor of torch.bool"),
        ([2.5, 1.0], "of type list; expected whole numbers"),
    ],
)
def test_lengths_that_do_not_fit(dtype, lengths, message):
    for options in ({}, {"zoneout": 0.5}, {"batch_first": False}):
        ours, x = layer("lstm", dtype, **options), inputs(dtype)
        with pytest.raises(InputError, match=message):
            ours(x if ours.batch_first else x.transpose(0, 1), lengths=lengths)


def test_lengths_go_with_padded_batches_alone():
    ours, x = layer("gru"), inputs()
    with pytest.raises(InputError, match="lengths go with a padded batch"):
        ours(x[0], lengths=torch.tensor(3))
    with pytest.raises(InputError, match="lengths go with a padded batch"):
        ours(pack_padded_sequence(x, LENGTHS.clamp(min=1), True, enforce_sorted=False), lengths=LENGTHS)
    with pytest.raises(InputError, match="proj_size goes without lengths"):
        twins.LSTM(D, H, proj_size=2, batch_first=True)(x, lengths=LENGTHS)


@EACH
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_a_state_that_does_not_fit(kind, lengths):
    ours, x = layer(kind), inputs()
    pair = (lambda s: (s, s)) if kind == "lstm" else (lambda s: s)
    for shape in ((4, B + 1, H), (2, B, H), (4, B, H + 1), (4, H), (4, 1, H)):
        with pytest.raises((RuntimeError, ValueError)):
            ours(x, pair(torch.zeros(shape)), lengths=lengths)
    for wrong in (pair(torch.zeros(4, B, H, dtype=torch.float64)), pair(torch.zeros(4, B, H, dtype=torch.int64))):
        with pytest.raises((RuntimeError, ValueError)):
            ours(x, wrong, lengths=lengths)
    with pytest.raises((RuntimeError, ValueError, AttributeError, TypeError, IndexError)):
        ours(x, torch.zeros(4, B, H) if kind == "lstm" else pair((torch.zeros(4, B, H),) * 2), lengths=lengths)
    with pytest.raises((RuntimeError, ValueError)):
        ours(x.double(), lengths=lengths)


def test_packed_rows_that_do_not_go_with_their_batch_sizes():
    packed = nn.utils.rnn.PackedSequence(torch.randn(5, D), torch.tensor([2, 2, 2]))
    with pytest.raises(InputError, match=r"batch_sizes \[2, 2, 2\] do not go with 5 packed rows"):
        layer("gru")(packed)
