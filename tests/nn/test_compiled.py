"""The twins under torch.compile and torch.export: the operators that stand for the kernels, with any B and T."""

import pytest
import torch
from torch.export import Dim

import unrolled.nn as twins
from unrolled.errors import InputError
from unrolled.nn import last_path
from unrolled.nn.raw import CALLS

B, T, D, H = 3, 4, 5, 7
LENGTHS = torch.tensor([4, 0, 2])
KINDS = {
    "rnn-tanh": twins.RNN,
    "rnn-relu": lambda *sizes, **options: twins.RNN(*sizes, nonlinearity="relu", **options),
    "lstm": twins.LSTM,
    "gru": twins.GRU,
}
EACH = pytest.mark.parametrize("kind", KINDS)


def layer(kind, **options):
    torch.manual_seed(0)
    return KINDS[kind](D, H, **{"bidirectional": True, "batch_first": True, **options})


def inputs(batch=B, time=T):
    return torch.randn(batch, time, D, generator=torch.Generator().manual_seed(1)).requires_grad_()


def leaves(value):
    return [value] if isinstance(value, torch.Tensor) else [leaf for v in value for leaf in leaves(v)]


def results(function, module, x, *arguments):
    outputs = leaves(function(x, *arguments))
    grads = torch.autograd.grad(sum(o.square().sum() for o in outputs), [x, *module.parameters()])
    return [o.detach() for o in outputs] + list(grads)


@pytest.fixture
def whole_graphs():
    """Dynamo turns torch's recurrent layers away unless it is told not to."""
    torch.compiler.reset()
    with torch._dynamo.config.patch(allow_rnn=True):
        yield
    torch.compiler.reset()


@EACH
@pytest.mark.parametrize(("ragged", "batch_first"), [(True, True), (False, False)])
@pytest.mark.usefixtures("whole_graphs")
def test_one_graph_with_the_kernels_inside(kind, ragged, batch_first):
    module, x = layer(kind, batch_first=batch_first), inputs()
    x = x if batch_first else x.detach().transpose(0, 1).contiguous().requires_grad_()
    lengths = LENGTHS if ragged else None
    whole = torch.compile(lambda x: module(x, lengths=lengths), fullgraph=True, backend="aot_eager")
    before = dict(CALLS)
    found = results(whole, module, x)
    assert CALLS["forward"] - before["forward"] == CALLS["backward"] - before["backward"] == 2
    for a, b in zip(found, results(lambda x: module(x, lengths=lengths), module, x), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("whole_graphs")
def test_zoneout_and_dropout_while_compiling():
    module = layer("gru", num_layers=2, zoneout=0.3, dropout=0.2, variational=True).eval()
    whole = torch.compile(lambda x, n: module(x, lengths=n), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(whole(inputs(), LENGTHS)[0], module(inputs(), lengths=LENGTHS)[0])


@pytest.mark.usefixtures("whole_graphs")
def test_lengths_are_checked_while_compiling_too():
    module = layer("gru")
    whole = torch.compile(lambda x, n: module(x, lengths=n), fullgraph=True, backend="aot_eager")
    whole(inputs(), LENGTHS)
    with pytest.raises(InputError, match="go from 0 to 9; expected 0 to 4"):
        whole(inputs(), torch.tensor([0, 9, 1]))


@pytest.mark.usefixtures("whole_graphs")
def test_one_graph_for_any_batch_and_time():
    module = layer("lstm")
    whole = torch.compile(module, fullgraph=True, backend="aot_eager", dynamic=True)
    for batch, time in ((3, 4), (6, 9), (2, 5)):
        x = inputs(batch, time)
        for a, b in zip(results(whole, module, x), results(module, module, x), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_plain_torch_compile_leaves_the_layer_to_the_kernels():
    torch.compiler.reset()
    module, x = layer("lstm"), inputs()
    broken = torch.compile(lambda x: [t * 2 for t in leaves(module(x + 1))], backend="aot_eager")
    layer("gru").double()(x.double())
    before = CALLS["forward"]
    found = broken(x)
    assert CALLS["forward"] == before + 2
    assert last_path().name == "kernel"  # between graphs it runs as it does without torch.compile
    torch.testing.assert_close(found, [t * 2 for t in leaves(module(x + 1))])
    torch.compiler.reset()


@EACH
def test_export_with_any_batch_and_time(kind):
    module = layer(kind)
    shapes = ({0: Dim("batch"), 1: Dim("time")},)
    program = torch.export.export(module, (inputs().detach(),), dynamic_shapes=shapes)
    assert "unrolled.recurrence" in str(program.graph)
    for batch, time in ((6, 9), (2, 3)):
        x = inputs(batch, time)
        torch.testing.assert_close(program.module()(x)[0], module(x)[0])


def test_export_with_lengths():
    module = layer("lstm")
    program = torch.export.export(module, (inputs().detach(),), {"lengths": LENGTHS})
    other = torch.tensor([1, 4, 3])
    torch.testing.assert_close(program.module()(inputs(), lengths=other)[0], module(inputs(), lengths=other)[0])


@pytest.mark.parametrize(
    ("cell", "packed", "zoneout"),
    [
        ("rnn", False, False),
        ("rnn", True, True),
        ("lstm", False, True),
        ("gru", True, False),
        ("peephole", False, False),
    ],
)
def test_the_operator_keeps_torchs_rules(cell, packed, zoneout):
    torch.manual_seed(0)
    gates = {"rnn": 1, "lstm": 4, "gru": 3, "peephole": 4}[cell]
    has_c, lengths = cell in ("lstm", "peephole"), torch.tensor([4, 2, 1])
    shapes = [(7, D) if packed else (B, T, D), (B, H), (B, H) if has_c else None, (gates * H, D), (gates * H, H)]
    shapes += [(gates * H,), None, (3 * H,) if cell == "peephole" else None]
    tensors = [None if s is None else torch.randn(s, requires_grad=True) for s in shapes]
    tensors = [torch.empty(0) if t is None else t for t in tensors]
    rows = 7 if packed else B * T
    keep = [torch.rand(rows, H) if zoneout and there else None for there in (True, has_c)]
    given = [torch.empty(0) if t is None else t for t in (lengths if packed else None, *keep)]
    arguments = (cell, False, packed, given, tensors)
    torch.library.opcheck(
        torch.ops.unrolled.recurrence.default, arguments, test_utils=("test_schema", "test_faketensor")
    )
    torch.library.opcheck(torch.ops.unrolled.recurrence.default, arguments, test_utils="test_aot_dispatch_dynamic")
