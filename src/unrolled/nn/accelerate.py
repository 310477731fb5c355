"""One line for any PyTorch model: every recurrent layer inside becomes its twin, in place."""

import logging
from typing import TypeVar

from torch import nn

from unrolled.errors import InputError
from unrolled.nn import classes
from unrolled.nn.tools import Twin, stays_on_torch
from unrolled.nn.verify import Change, report, switch, verified

__all__ = ["accelerate", "restore"]

Model = TypeVar("Model", bound=nn.Module)


def accelerate(model: Model, verify: object = None) -> Model:
    """Make every torch.nn.RNN, LSTM and GRU (and their cells) in ``model`` its twin, in place; returns the model.

    Parameters, names, hooks and attributes stay the same objects: only the class changes. So it does in subclasses that
    inherit `forward` unchanged. Where no layer then runs in the kernels, the log says of each why.

    With ``verify``, a batch as the model takes it (a tensor, packed sequence or other single thing; a tuple or list of
    arguments; a dict), runs it before and after, forward and backward, always from the same state, and prints the
    largest differences, the speed-up and what stayed on torch. A model whose answers differ already between two runs
    of torch is said to do so. The model's gradients, buffers, attributes and mode, the batch and random numbers (of
    torch, numpy and Python) are left as they were. Where that run fails, its error is raised and the model is as it
    was. Raises InputError where ``model`` is no module, or gives no tensor to compare.
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"received a {type(model).__name__}; expected a torch.nn.Module")
    kept: dict[str, str] = {}
    changes: list[Change] = []
    for name, layer in model.named_modules():
        if not classes.recurrent(layer):
            continue
        found = _twin(layer)
        if isinstance(found, str):
            kept[name] = found
        elif found is not None:
            changes.append(Change(name, layer, type(layer), found))
    if verify is not None:
        print(report(verified(model, changes, kept, verify)))
        return model
    switch(changes, "after")
    _say_where_nothing_runs(model, changes, kept)
    return model


def restore(model: Model) -> Model:
    """Give every accelerated layer in ``model`` the class back that it had, torch's or one's own, in place; returns it.

    Parameters, hooks, attributes and all else stay as they are. Raises InputError, and changes nothing, where a layer
    has zoneout or variational dropout, which torch's own do not have, and where ``model`` is no module.
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"received a {type(model).__name__}; expected a torch.nn.Module")
    layers = [(name, layer) for name, layer in model.named_modules() if isinstance(layer, Twin)]
    for name, layer in layers:
        layer.check_restorable(f"the layer {name}" if name else "the layer")
    for _, layer in layers:
        layer.become(classes.plain(type(layer)) or type(layer))
    return model


def _twin(layer: nn.Module) -> type[nn.Module] | str | None:
    """The class to give a layer; or why it keeps its own, in words; or None where it is accelerated already."""
    reason = classes.kept(layer)
    if reason is not None:
        return reason
    try:
        return classes.twin(type(layer))
    except Exception as error:
        return f"no class can be derived from {type(layer).__name__}: {error}"


def _say_where_nothing_runs(model: nn.Module, changes: list[Change], kept: dict[str, str]) -> None:
    """Log why no layer of this model runs in the kernels, if none does."""
    slow = {change.name: reason for change in changes if (reason := stays_on_torch(change.layer))}
    if len(slow) < len(changes):
        return
    already = any(isinstance(layer, Twin) for layer in model.modules())
    reasons = [f"{name or 'the model itself'}: {reason}" for name, reason in {**kept, **slow}.items()]
    if not changes and already:
        reasons.insert(0, "it is accelerated already")
    what = "changed nothing in" if not changes else "found no layer for the kernels in"
    reason = "; ".join(reasons) or "there is no torch.nn.RNN, LSTM or GRU in it"
    logging.getLogger("unrolled").warning("accelerate %s %s: %s", what, type(model).__name__, reason)
