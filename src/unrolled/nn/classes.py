"""Which class stands for which: torch's recurrent layers and their twins, subclasses of them, and classes torch makes.

A subclass that inherits `forward` unchanged (or wrapped by a mix-in) has a twin too: a class of the same name over it
and the twin of torch's layer, made once for each subclass, so that its own methods, `isinstance` and `super()` stay.
Its pickle names the subclass alone. A class that torch itself made around one of these (by `parametrize`, `fully_shard`
or `replicate`) is made again over the twin.
"""

import copyreg
from collections.abc import Callable
from types import new_class

import torch
from torch import nn

from unrolled.nn import twins
from unrolled.nn.tools import EqualToTorchs, Twin, made_again, made_by_torch, torchs

__all__ = ["TWIN", "kept", "plain", "recurrent", "twin"]

TWIN: dict[type[nn.Module], type[nn.Module]] = {
    nn.RNN: twins.RNN,
    nn.LSTM: twins.LSTM,
    nn.GRU: twins.GRU,
    nn.RNNCell: twins.RNNCell,
    nn.LSTMCell: twins.LSTMCell,
    nn.GRUCell: twins.GRUCell,
}
_METACLASSES: dict[type[type], type[type]] = {}
# what torch's own forward reads or calls, and the kernels' does not
BYPASSED = (
    "forward",
    "check_forward_args",
    "check_input",
    "check_hidden_size",
    "get_expected_hidden_size",
    "get_expected_cell_size",
    "permute_hidden",
    "check_forward_input",
    "check_forward_hidden",
    "_flat_weights",
    "_update_flat_weights",
    "_init_flat_weights",
    "_weights_have_changed",
)


def twin(kind: type[nn.Module]) -> type[nn.Module] | None:
    """The class that computes by the kernels what ``kind`` computes; None where there is none, or it does already."""
    if issubclass(kind, Twin) or kept_by_class(kind) is not None:
        return None
    if kind in TWIN:
        return TWIN[kind]
    if made_by_torch(kind):
        return _again(kind, twin)
    return _subclass(kind, TWIN[_base(kind)])


def plain(kind: type[nn.Module]) -> type[nn.Module] | None:
    """The class of which ``kind`` is the twin; None where it is no twin."""
    if not issubclass(kind, Twin):
        return None
    return _again(kind, plain) if made_by_torch(kind) else torchs(kind)


def kept_by_class(kind: type[nn.Module]) -> str | None:
    """Why a class derived from torch's recurrent ones has no twin, in words; None where it may have one."""
    if not issubclass(kind, tuple(TWIN)):
        return f"{kind.__name__} is a class of one's own, not derived from torch.nn.RNN, LSTM, GRU or their cells"
    if issubclass(kind, Twin):
        return None
    base = _base(kind)
    before = kind.__mro__[: kind.__mro__.index(base)]
    for name in BYPASSED:
        if any(name in vars(each) and not (name == "forward" and _wraps(each, base)) for each in before):
            return f"{kind.__name__} is a class of one's own, which overrides {name}"
    own = {name for each in before for name in vars(each)}
    taken = sorted(own & _names(base))
    return f"{kind.__name__} has a {taken[0]} of its own, which the kernels' class has too" if taken else None


def kept(layer: nn.Module) -> str | None:
    """Why this layer keeps its class, in words; None where it may change it, or has."""
    if isinstance(layer, torch.jit.ScriptModule):
        return "it is a script or trace, which torch.jit has compiled"
    if "quantiz" in type(layer).__module__ or vars(layer).get("qconfig") is not None:
        return "it is quantized, or about to be"
    if isinstance(layer, Twin):
        return None
    reason = kept_by_class(type(layer))
    if reason is not None:
        return reason
    if "forward" in vars(layer):
        return "its forward was replaced on the object"
    held = vars(layer).keys() | layer._modules.keys() | layer._parameters.keys() | layer._buffers.keys()
    taken = sorted(held & _names(_base(type(layer))) - {"qconfig"})
    return f"it holds a {taken[0]}, which the kernels' class has too" if taken else None


def recurrent(layer: nn.Module) -> bool:
    """Whether this is one of torch's recurrent layers, in any form."""
    if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
        return True
    name = getattr(layer, "original_name", type(layer).__name__)  # of a script: the class that it was
    form = isinstance(layer, torch.jit.ScriptModule) or type(layer).__module__.startswith("torch.ao.nn.quantiz")
    return form and name in {kind.__name__ for kind in TWIN}


def _base(kind: type[nn.Module]) -> type[nn.Module]:
    """Torch's own class among the bases of one that is no twin."""
    return next(each for each in kind.__mro__ if each in TWIN)


def _wraps(mixin: type, base: type[nn.Module]) -> bool:
    """Whether this is a mix-in that is written for any layer, whose forward calls that of the class after it."""
    code = getattr(vars(mixin)["forward"], "__code__", None)
    return not issubclass(mixin, base) and "super" in getattr(code, "co_names", ())


def _names(base: type[nn.Module]) -> frozenset[str]:
    """What a twin has beside torch's attributes: a subclass or layer must not use these names for something else."""
    ours = {name for each in TWIN[base].__mro__ if each.__module__.startswith("unrolled.") for name in vars(each)}
    return frozenset(name for name in ours if not hasattr(base, name) and name[:2] != "__" and name != "_abc_impl")


def _subclass(kind: type[nn.Module], over: type[nn.Module]) -> type[nn.Module]:
    """The class over a user's own and a twin; Python keeps it as long as anything is of it."""
    for known in kind.__subclasses__():
        if vars(known).get("_twin_of") is kind:
            return known
    names: dict[str, object] = {name: getattr(kind, name) for name in ("__module__", "__qualname__", "__doc__")}
    names["_twin_of"] = kind
    return new_class(kind.__name__, (kind, over), {"metaclass": _metaclass(type(kind))}, lambda own: own.update(names))


def _metaclass(of: type[type]) -> type[type]:
    """A class of classes that equal the subclass they stand for, and are pickled as that."""
    if of not in _METACLASSES:
        _METACLASSES[of] = type(of.__name__, (EqualToTorchs, of), {})
        copyreg.pickle(_METACLASSES[of], _reduced)
    return _METACLASSES[of]


def _reduced(kind: type) -> str | tuple[Callable[..., type], tuple[type, ...]]:
    return (_loaded, (torchs(kind),)) if "_twin_of" in vars(kind) else kind.__qualname__


def _loaded(kind: type[nn.Module]) -> type[nn.Module]:
    """What stands in a pickle: the twin, or the subclass alone where it has come to override something since."""
    return twin(kind) or kind


def _again(kind: type[nn.Module], change: Callable[[type[nn.Module]], type[nn.Module] | None]) -> type[nn.Module]:
    """A class like one that torch made, over what its bases change to."""
    bases = [(issubclass(base, nn.Module) and change(base)) or base for base in kind.__bases__]
    return made_again(kind, tuple(bases))
