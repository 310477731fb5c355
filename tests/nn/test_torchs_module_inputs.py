"""torch's own inputs for RNN, GRU, LSTM and their cells, errors included, on the twins."""

import re

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from torch.testing._internal.common_modules import ModuleErrorEnum, module_db

import unrolled.nn as twins

NAMES = ("RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell")
INFOS = {info.module_cls.__name__: info for info in module_db if info.module_cls in [getattr(nn, n) for n in NAMES]}
TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5}
EACH = pytest.mark.parametrize("name", NAMES)
BOTH = pytest.mark.parametrize("dtype", TOLERANCE, ids=str)


def built(name, given, dtype):
    """torch's module and the twin with the same weights."""
    options = {"dtype": dtype, **given.kwargs}
    theirs = getattr(nn, name)(*given.args, **options)
    ours = getattr(twins, name)(*given.args, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def leaves(value):
    if isinstance(value, PackedSequence):
        return [value.data]
    return [value] if isinstance(value, torch.Tensor) else [leaf for v in value for leaf in leaves(v)]


@EACH
@BOTH
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_torchs_own_inputs(name, dtype):
    info, tolerance, seen = INFOS[name], TOLERANCE[dtype], 0
    torch.manual_seed(0)
    options = {"with_packed_sequence": True} if name in ("RNN", "GRU") else {}
    for training in (True, False):
        samples = info.module_inputs_func(info, "cpu", dtype, requires_grad=True, training=training, **options)
        for sample in samples:
            theirs, ours = built(name, sample.constructor_input, dtype)
            given, results = sample.forward_input, []
            inputs = [t for t in leaves(given.args) if t.is_floating_point()]
            for module in (theirs.train(training), ours.train(training)):
                outputs = leaves(module(*given.args, **given.kwargs))
                total = sum(o.square().sum() for o in outputs)
                results.append(
                    [*(o.detach() for o in outputs), *torch.autograd.grad(total, [*inputs, *module.parameters()])]
                )
            for found, expected in zip(*reversed(results), strict=True):
                scale = max(1.0, float(expected.abs().max()))  # these inputs reach 9: gradients are sums of large terms
                torch.testing.assert_close(found, expected, rtol=0, atol=tolerance * scale)
            seen += 1
    assert seen >= 4


@EACH
@BOTH
def test_torchs_own_errors(name, dtype):
    info, seen = INFOS[name], 0
    for sample in info.module_error_inputs_func(info, "cpu", dtype, requires_grad=False, training=False):
        make, given = sample.module_error_input.constructor_input, sample.module_error_input.forward_input
        kind = getattr(twins, name)
        with pytest.raises(sample.error_type) as caught:  # noqa: PT012  which of the two raises is the case's matter
            if sample.error_on is ModuleErrorEnum.CONSTRUCTION_ERROR:
                kind(*make.args, **make.kwargs)
            else:
                kind(*make.args, **{"dtype": dtype, **make.kwargs})(*given.args, **given.kwargs)
        assert re.search(sample.error_regex, str(caught.value)), str(caught.value)
        seen += 1
    assert seen >= 3
