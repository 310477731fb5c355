"""The twins among torch's other machinery: what the kernels cannot see runs on torch's own path, and says so once."""

import copy
import logging
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, jvp, vmap

import unrolled
import unrolled.nn as twins
from unrolled.errors import InputError
from unrolled.nn import last_path
from unrolled.nn.paths import _reported

B, T, D, H = 3, 4, 5, 6
KINDS = ("RNN", "LSTM", "GRU")
EACH = pytest.mark.parametrize("kind", KINDS)


def pair(kind, **options):
    torch.manual_seed(0)
    theirs, ours = getattr(nn, kind)(D, H, **options), getattr(twins, kind)(D, H, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


@pytest.fixture
def x():
    return torch.randn(T, B, D, generator=torch.Generator().manual_seed(1))


@EACH
def test_a_fallback_says_why_once(kind, x, caplog):
    _, ours = pair(kind, dtype=torch.float64)
    _reported.clear()
    with caplog.at_level(logging.WARNING, logger="unrolled"):
        for _ in range(3):
            ours(x.double())
    reason = "float64, where the kernels compute in float32"
    assert [record.message for record in caplog.records] == [f"{kind} runs on torch's own path: {reason}"]
    assert last_path() == ("torch", reason)


@pytest.mark.parametrize("kind", ["RNN", "GRU"])  # torch's own LSTM needs a processor with bfloat16 instructions here
def test_autocast_and_half_precision(kind, x):
    theirs, ours = pair(kind)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(ours(x)[0], theirs(x)[0])
        assert last_path() == ("torch", "inside torch.autocast")
        y, _ = ours(x, lengths=torch.tensor([4, 2, 0]))
    assert last_path().name == "reference"
    torch.testing.assert_close(y.float(), ours(x, lengths=torch.tensor([4, 2, 0]))[0], rtol=0.05, atol=0.05)
    assert torch.equal(ours.bfloat16()(x.bfloat16())[0], theirs.bfloat16()(x.bfloat16())[0])
    assert last_path().reason.startswith("bfloat16")


@EACH
def test_the_meta_device(kind, x):
    _, ours = pair(kind)
    y, _ = ours.to("meta")(x.to("meta"))
    assert (y.device.type, y.shape) == ("meta", (T, B, H))
    assert last_path() == ("torch", "on meta, where the kernels run on the CPU")


@EACH
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_transforms_of_torch_func(kind, x):
    theirs, ours = pair(kind)
    weights = dict(theirs.named_parameters())
    loss = lambda module: lambda p: functional_call(module, p, (x,))[0].square().sum()  # noqa: E731
    found, expected = grad(loss(ours))(weights), grad(loss(theirs))(weights)
    assert last_path() == ("torch", "inside a functorch transform")
    torch.testing.assert_close(found, expected)
    with pytest.raises(RuntimeError, match="Batching rule not implemented"):  # nor has torch's own layer one
        vmap(lambda v: ours(v)[0])(torch.stack([x, x]))
    assert torch.equal(functional_call(ours, weights, (x,))[0], ours(x)[0])
    assert last_path().name == "kernel"


@pytest.mark.parametrize("kind", ["RNN", "GRU"])  # torch's own LSTM has no forward mode on the CPU
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_forward_mode_differentiation(kind, x):
    theirs, ours = pair(kind)
    tangents = []
    for module in (ours, theirs):
        with torch.autograd.forward_ad.dual_level():
            y, _ = module(torch.autograd.forward_ad.make_dual(x, torch.ones_like(x)))
            tangents.append(torch.autograd.forward_ad.unpack_dual(y).tangent)
    torch.testing.assert_close(*tangents)
    torch.testing.assert_close(*(jvp(lambda v, m=m: m(v)[0], (x,), (x,)) for m in (ours, theirs)))


@EACH
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_torch_jit_traces_torchs_own_path(kind, x):
    _, ours = pair(kind, num_layers=2)
    traced = torch.jit.trace(ours, (x,))
    other = torch.randn(7, 2, D)
    torch.testing.assert_close(traced(other)[0], ours(other)[0], rtol=1e-5, atol=1e-5)


@EACH
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("cell", [False, True])
def test_torch_jit_scripts_torchs_own_layer(kind, x, cell):
    model = nn.Sequential(getattr(nn, kind + ("Cell" if cell else ""))(D, H))
    unrolled.accelerate(model)
    given = x[0] if cell else x
    expected = model(given)
    scripted = torch.jit.script(model)
    found = scripted(given)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert scripted[0].weight_hh is model[0].weight_hh if cell else True


def test_torch_jit_script_refuses_what_torch_does_not_have():
    with pytest.raises(InputError, match=r"a layer for torch\.jit\.script has zoneout=0\.2, which torch's own"):
        twins.LSTM(D, H, zoneout=0.2).__prepare_scriptable__()


@EACH
def test_layers_that_share_their_weights(kind, x):
    theirs, ours = ([copy.deepcopy(m), copy.deepcopy(m)] for m in pair(kind, num_layers=1))
    grads = []
    for first, second in (theirs, ours):
        second.weight_hh_l0 = first.weight_hh_l0
        (first(x)[0].sum() + second(x)[0].square().sum()).backward()
        grads.append(first.weight_hh_l0.grad)
    torch.testing.assert_close(*grads, rtol=1e-5, atol=1e-5)


def test_moving_to_another_type_and_back(x):
    theirs, ours = pair("LSTM")
    ours.double()(x.double())
    torch.testing.assert_close(ours.float()(x)[0], theirs(x)[0], rtol=1e-5, atol=1e-5)
    assert last_path().name == "kernel"


PARALLEL = """
import sys, torch, unrolled
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.nn.modules.module import register_module_forward_hook

def model():
    return nn.ModuleDict({"lstm": nn.LSTM(5, 6, 2), "gru": nn.GRU(6, 6)})

def run(model, x):
    return model["gru"](model["lstm"](x)[0])[0]

def data_parallel(rank):
    torch.manual_seed(0)
    plain = nn.LSTM(5, 6, 2)
    fast = nn.LSTM(5, 6, 2)
    fast.load_state_dict(plain.state_dict())
    unrolled.accelerate(fast)
    parallel = nn.parallel.DistributedDataParallel(fast)
    torch.manual_seed(1)
    x = torch.randn(4, 6, 5)
    parallel(x[:, rank::2])[0].square().sum().backward()
    plain(x)[0].square().sum().backward()
    for a, b in zip(fast.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(2 * a.grad, b.grad, rtol=1e-4, atol=1e-5)
    assert unrolled.nn.last_path().name == "kernel"

def sharded(accelerate_first):
    torch.manual_seed(0)
    plain, fast, plain2 = model(), model(), model()
    fast.load_state_dict(plain.state_dict())
    x, mesh, paths = torch.randn(4, 3, 5), init_device_mesh("cpu", (2,)), []
    if accelerate_first:
        unrolled.accelerate(fast)
    for layer in (*plain.values(), *fast.values(), *plain2.values()):
        fully_shard(layer, mesh=mesh)
    assert unrolled.nn.classes.plain(type(plain["gru"])) is unrolled.nn.classes.plain(type(plain2["gru"])) is None
    unrolled.accelerate(fast)
    assert all(isinstance(layer, FSDPModule) for layer in fast.values())
    assert [type(layer).__name__ for layer in fast.values()] == ["FSDPLSTM", "FSDPGRU"]
    with register_module_forward_hook(lambda *_: paths.append(unrolled.nn.last_path().name)):
        y = run(fast, x)
    assert paths == ["kernel", "kernel"]
    torch.testing.assert_close(y, run(plain, x), rtol=1e-5, atol=1e-5)
    y.square().sum().backward()
    run(plain, x).square().sum().backward()
    for a, b in zip(fast.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a.grad.full_tensor(), b.grad.full_tensor(), rtol=1e-4, atol=1e-5)
    unrolled.restore(fast)
    assert [type(a).__mro__[1:3] for a in fast.values()] == [type(a).__mro__[1:3] for a in plain.values()]

def work(rank, path):
    dist.init_process_group("gloo", init_method="file://" + path, rank=rank, world_size=2)
    data_parallel(rank)
    sharded(True)
    sharded(False)
    dist.destroy_process_group()

if __name__ == "__main__":
    torch.set_num_threads(1)
    mp.start_processes(work, (sys.argv[1],), nprocs=2, start_method="fork")
"""


def test_data_parallel_and_fully_sharded(tmp_path):
    """A model of two processes: DistributedDataParallel, and FSDP2 before and after `accelerate`."""
    program = tmp_path / "parallel.py"
    program.write_text(PARALLEL)
    run = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "meet")], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
