"""PyTorch's own tests of recurrent layers with the twins in place of torch's.

python benchmarks/torch_own_tests.py                  # two minutes; writes results/torch_own_tests.json
python benchmarks/torch_own_tests.py --tests DIR      # and the test files of a checkout of PyTorch, its folder test/

The installed package holds what its tests are made of (`torch.testing._internal`): for each module the arguments,
inputs and errors that it is tested with, for whole batches, single and packed sequences. Every property that PyTorch
tests of a module is tested here on those, in float32 (where the kernels compute) and float64, on torch's layers and on
the twins; results and gradients of the twins are also compared with torch's own. DIR has to be of the installed
version; `expecttest` is to be installed for it.
"""

import argparse
import copy
import io
import pickle
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import report
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from torch.testing._internal.common_modules import ModuleErrorEnum, module_db
from twins_in_place import NAMES, compared, outcomes

import unrolled.nn as twins

FILES = (
    "test_nn.py",
    "test_modules.py",
    "nn/test_packed_sequence.py",
    "nn/test_parametrization.py",
    "nn/test_pruning.py",
)
CHOSEN = "RNN or LSTM or GRU or rnn or lstm or gru or PackedSequence"
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}  # of the largest number of a tensor, where that is above 1
INFOS = {info.module_cls.__name__: info for info in module_db if info.module_cls in [getattr(nn, n) for n in NAMES]}
Make = Callable[[], nn.Module]


def leaves(value: Any) -> list[torch.Tensor]:
    if isinstance(value, PackedSequence):
        return [value.data]
    return [value] if isinstance(value, torch.Tensor) else [leaf for one in value for leaf in leaves(one)]


def results(module: nn.Module, given: Any) -> list[torch.Tensor]:
    """Outputs, and gradients of inputs and parameters."""
    outputs = leaves(module(*given.args, **given.kwargs))
    inputs = [t for t in leaves(given.args) if t.is_floating_point() and t.requires_grad]
    total = sum(t.square().sum() for t in outputs)
    return [t.detach() for t in outputs] + list(torch.autograd.grad(total, [*inputs, *module.parameters()]))


def close(found: list[torch.Tensor], expected: list[torch.Tensor]) -> None:
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=TOLERANCE[b.dtype] * max(1.0, float(b.abs().max())))


def forward(make: Make, sample: Any) -> None:
    """As PyTorch's reference for these inputs, where it has one."""
    module = make()
    given = sample.forward_input
    found = module(*given.args, **given.kwargs)
    if sample.reference_fn is not None:
        expected = sample.reference_fn(module, list(module.parameters()), *given.args, **given.kwargs)
        close(leaves(found), leaves(expected))


def text(make: Make, _: Any) -> None:
    assert type(make()).__name__ in repr(make())


def saved(make: Make, sample: Any) -> None:
    module, buffer = make(), io.BytesIO()
    torch.save(module, buffer)
    buffer.seek(0)
    others = [torch.load(buffer, weights_only=False), pickle.loads(pickle.dumps(module)), copy.deepcopy(module), make()]
    others[-1].load_state_dict(module.state_dict())
    for other in others:
        close(results(other, sample.forward_input), results(module, sample.forward_input))


def strided(make: Make, sample: Any) -> None:
    """Inputs that do not lie in one piece give the same."""
    given, module = sample.forward_input, make()
    apart = [torch.stack([a, a], -1)[..., 0] if isinstance(a, torch.Tensor) and a.dim() > 1 else a for a in given.args]
    close(leaves(module(*apart, **given.kwargs)), leaves(module(*given.args, **given.kwargs)))


def gradients(make: Make, sample: Any) -> None:
    """By differences, of first and second order; in double precision alone, as PyTorch does."""
    module, given = make(), sample.forward_input
    if next(module.parameters()).dtype is not torch.float64 or any(isinstance(a, PackedSequence) for a in given.args):
        return
    inputs = [t for t in leaves(given.args) if t.is_floating_point() and t.requires_grad]
    tensors = [*inputs, *module.parameters()]

    def run(*_: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(leaves(module(*given.args, **given.kwargs)))

    assert torch.autograd.gradcheck(run, tensors, fast_mode=True)
    assert torch.autograd.gradgradcheck(run, tensors, fast_mode=True)


def moved(make: Make, sample: Any) -> None:
    """To the other precision and back; shapes on the meta device; and both modes."""
    module, given = make(), sample.forward_input
    expected = results(module, given)
    dtype = next(module.parameters()).dtype
    module.to(torch.float64 if dtype is torch.float32 else torch.float32)
    back = module.to(dtype)
    if dtype is torch.float32:
        close(results(back, given), expected)
    back.eval()(*given.args, **given.kwargs)
    assert all(p.device.type == "meta" for p in make().to("meta").parameters())


def same_numbers(make: Make, sample: Any, expected: list[torch.Tensor]) -> None:
    close(results(make(), sample.forward_input), expected)


CHECKS = (forward, text, saved, strided, gradients, moved)


def cases(name: str) -> Iterator[tuple[str, Any, torch.dtype]]:
    """Every input that PyTorch tests this module with."""
    info = INFOS[name]
    packed = {"with_packed_sequence": True} if name in ("RNN", "GRU") else {}
    for dtype in TOLERANCE:
        for training in (True, False):
            given = {"requires_grad": True, "training": training, **packed}
            for i, sample in enumerate(info.module_inputs_func(info, "cpu", dtype, **given)):
                yield f"{name}, {dtype}, {'training' if training else 'evaluation'}, input {i}", sample, dtype


def made(kind: Any, arguments: Any, options: Any) -> nn.Module:
    """Always with the same weights."""
    torch.manual_seed(0)
    module: nn.Module = kind(*arguments, **options)
    return module


def of_inputs(place: Any) -> dict[str, str]:
    """Each property with each input → "passed" or the error, for torch.nn or the twins."""
    found = {}
    for name in NAMES:
        for title, sample, dtype in cases(name):
            options = {"dtype": dtype, **sample.constructor_input.kwargs}

            make = partial(made, getattr(place, name), sample.constructor_input.args, options)
            for check in CHECKS:
                found[f"{title}: {check.__name__}"] = outcome(check, make, sample)
            theirs = getattr(nn, name)(*sample.constructor_input.args, **options)
            theirs.load_state_dict(make().state_dict())
            expected = results(theirs, sample.forward_input)
            found[f"{title}: torch's own numbers"] = outcome(
                lambda make, sample, expected=expected: close(results(make(), sample.forward_input), expected),
                make,
                sample,
            )
    return found


def of_errors(place: Any) -> dict[str, str]:
    """Each error that PyTorch asks for."""
    found = {}
    for name in NAMES:
        info = INFOS[name]
        for dtype in TOLERANCE:
            samples = info.module_error_inputs_func(info, "cpu", dtype, requires_grad=False, training=False)
            for i, sample in enumerate(samples):
                found[f"{name}, {dtype}, error {i}"] = outcome(refused, getattr(place, name), (sample, dtype))
    return found


def refused(kind: Any, asked: tuple[Any, torch.dtype]) -> None:
    sample, dtype = asked
    make, given = sample.module_error_input.constructor_input, sample.module_error_input.forward_input
    try:
        if sample.error_on is ModuleErrorEnum.CONSTRUCTION_ERROR:
            kind(*make.args, **make.kwargs)
        else:
            kind(*make.args, **{"dtype": dtype, **make.kwargs})(*given.args, **given.kwargs)
    except sample.error_type as error:
        if not re.search(sample.error_regex, str(error)):
            raise AssertionError(f"expected {sample.error_regex}") from error
    else:
        raise AssertionError("nothing was raised")


def outcome(check: Callable[..., None], *given: Any) -> str:
    try:
        check(*given)
    except Exception as error:  # whatever a layer raises, the check has failed
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "passed"


def main() -> None:
    """Test torch's layers and the twins, print what the twins lost, write the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=Path, help="the folder test/ of a checkout of PyTorch")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    rows = []
    for what, run in (("properties of modules with PyTorch's inputs", of_inputs), ("PyTorch's errors", of_errors)):
        rows.append({"what": what, **compared(run(nn), run(twins))})
        print(rows[-1], file=sys.stderr, flush=True)
    for file in FILES if options.tests else ():
        runs = [outcomes([file], options.tests, twin, CHOSEN, seconds=1800) for twin in (False, True)]
        rows.append({"what": file, **compared(*runs)})
        print(rows[-1], file=sys.stderr, flush=True)
    report.write("torch_own_tests", rows=rows)


if __name__ == "__main__":
    main()
