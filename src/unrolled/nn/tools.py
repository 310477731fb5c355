"""How PyTorch's tools see a twin: as the layer of torch's that it stands for.

A tool that looks a layer up by its class (quantization, tables by class, ``type(m) == nn.LSTM`` in one's own code)
finds torch's: the classes are equal, though not the same. A tool that compiles or replaces the layer gets torch's own.
"""

import copy
from abc import ABCMeta
from collections.abc import Callable
from functools import cache
from types import new_class
from typing import Any, ClassVar

import torch
from torch import fx, nn
from torch.jit._script import call_prepare_scriptable_func
from torch.nn.modules.module import register_module_module_registration_hook
from torch.utils._pytree import tree_leaves

from unrolled.errors import InputError
from unrolled.nn.eligibility import plain, why_not

__all__ = [
    "EqualToTorchs",
    "Twin",
    "as_a_node",
    "made_again",
    "made_by_torch",
    "stays_on_torch",
    "torchs",
    "uncompiled",
]


class EqualToTorchs(ABCMeta):  # so that twins may be mixed with abstract classes, as torch's are
    """The class of twins: each equals the class that it stands for, and hashes as it does."""

    def __eq__(cls, other: object) -> bool:
        return torchs(cls) is (torchs(other) if isinstance(other, type) else other)

    def __hash__(cls) -> int:
        return type.__hash__(torchs(cls))

    def __subclasscheck__(cls, kind: type) -> bool:
        return type.__subclasscheck__(cls, kind)  # an abstract class's own remembers equal classes as one

    def __instancecheck__(cls, instance: object) -> bool:
        return type.__instancecheck__(cls, instance)


def torchs(kind: type) -> type:
    """The class that this one stands for; itself where it stands for none."""
    found: type = vars(kind).get("_twin_of", kind)
    return found


class Twin(nn.Module, metaclass=EqualToTorchs):
    """What all twins share. Each says as ``_twin_of`` which class of torch's it stands for."""

    OPTIONS: ClassVar[tuple[str, ...]] = ()
    """Attributes that torch's layer does not have."""

    def _options(self) -> dict[str, object]:
        """The options that are set."""
        return {name: value for name in self.OPTIONS if (value := getattr(self, name))}

    def check_restorable(self, where: str) -> None:
        """InputError where torch's own class would compute something else."""
        if options := self._options():
            has = " and ".join(f"{name}={value}" for name, value in options.items())
            raise InputError(
                f"{where} has {has}, which torch's own {type(self).__name__} does not have; expected neither"
            )

    def become(self, kind: type) -> None:
        """Change to a class of torch's, or derived from it: nothing but the class is left different from its own."""
        for option in self.OPTIONS:
            vars(self).pop(option, None)
        object.__setattr__(self, "__class__", kind)

    def __setattr__(self, name: str, value: Any) -> None:
        """As torch's own; a class that torch makes around this one's stays around the twin."""
        if name == "__class__":
            value = _around(type(self), value)
        super().__setattr__(name, value)

    def extra_repr(self) -> str:
        """As torch's, and the options that torch's layer does not have."""
        return ", ".join([super().extra_repr(), *(f"{name}={value}" for name, value in self._options().items())])

    def __repr__(self) -> str:
        """As torch's, and whether the layer runs in the kernels; a subclass may have an extra_repr of its own."""
        reason = stays_on_torch(self)
        note, text = "accelerated" if reason is None else f"not accelerated: {reason}", super().__repr__()
        head, several, rest = text.partition("(\n")
        return f"{head}(\n  {note}\n{rest}" if several else f"{text[:-1]}, {note})"

    def __prepare_scriptable__(self) -> nn.Module:
        """What torch.jit.script compiles: torch's own layer with the same parameters."""
        self.check_restorable("a layer for torch.jit.script")
        copied = copy.copy(self)
        copied.__class__ = next(kind for kind in type(self).__mro__ if kind.__module__.startswith("torch.nn.modules"))
        return copied

    @property
    def qconfig(self) -> object:
        """How torch.ao.quantization is to replace this layer; once it is set, the class is torch's own again, which
        that asks for."""
        if "qconfig" not in vars(self):
            raise AttributeError(name="qconfig", obj=self)
        return vars(self)["qconfig"]

    @qconfig.setter
    def qconfig(self, value: object) -> None:
        vars(self)["qconfig"] = value
        if value is not None:
            self.check_restorable("a layer for torch.ao.quantization")
            self.become(torchs(type(self)))

    @qconfig.deleter
    def qconfig(self) -> None:
        vars(self).pop("qconfig", None)


def made_by_torch(kind: type) -> bool:
    """Whether `parametrize`, `fully_shard` or `replicate` put this class in the place of another."""
    marks = (vars(kind).get(name) for name in ("__getstate__", "__deepcopy__"))
    return any(getattr(mark, "__module__", "").startswith("torch.") for mark in marks)


def made_again(kind: type, bases: tuple[type, ...]) -> type:
    """A class like one that torch made, over other bases."""
    members = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
    return new_class(kind.__name__, bases, {}, lambda namespace: namespace.update(members))


def _around(twin: type, kind: type) -> type:
    """What torch made around ``twin``, or meant to: FSDP2 keeps one class for all layers whose classes are equal, a
    twin's and torch's; so the one that it keeps is made one around torch's own, and the twin gets another."""
    if not made_by_torch(kind) or "__getstate__" in vars(kind):  # parametrize makes one for each layer
        return kind
    modules = [issubclass(base, nn.Module) for base in kind.__bases__]
    made = made_again(kind, tuple(twin if m else base for m, base in zip(modules, kind.__bases__, strict=True)))
    kind.__bases__ = tuple(torchs(base) if m else base for m, base in zip(modules, kind.__bases__, strict=True))
    return made


def stays_on_torch(layer: nn.Module) -> str | None:
    """Why a twin would run on torch's own path, as its parameters are; None where it would run in the kernels."""
    if getattr(layer, "proj_size", 0):
        return "projections"
    weights = [p for p in layer.parameters() if plain(p)]  # a sharded one is gathered for each pass
    return why_not(weights[0], *weights[1:]) if weights else None


@cache
def uncompiled(function: Callable[..., object]) -> Callable[..., object]:
    """The same, run as it is, and all that it calls."""
    plainly: Callable[..., object] = torch.compiler.disable(function)  # type: ignore[no-untyped-call]
    return plainly


def as_a_node(module: nn.Module, *arguments: object, **named: object) -> fx.Proxy | None:
    """While torch.fx traces the module around this one: a call of it as a whole, as of torch's own; else None."""
    tracers = [a.tracer for a in tree_leaves((arguments, named)) if isinstance(a, fx.Proxy)]
    if not tracers or not isinstance(tracers[0], fx.Tracer) or tracers[0].root is module:
        return None
    return tracers[0].create_proxy("call_module", tracers[0].path_of_module(module), arguments, named)


def _scriptable(parent: nn.Module, name: str, child: nn.Module | None) -> nn.Module | None:
    """What a module of torch.jit's gets in place of one with twins inside: copies of torch's own classes."""
    if not isinstance(parent, torch.jit.ScriptModule) or child is None or isinstance(child, torch.jit.ScriptModule):
        return None
    twins = any(isinstance(module, Twin) for module in child.modules())
    return call_prepare_scriptable_func(child) if twins else None  # type: ignore[no-untyped-call]


# Its type says that hooks give nothing, its documentation that they may give a module to register instead.
register_module_module_registration_hook(_scriptable)  # type: ignore[arg-type]
