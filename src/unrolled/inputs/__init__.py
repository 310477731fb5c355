"""Inputs, one file for each kind: raw examples → arrays and back, and all else that depends on the kind."""

from importlib import import_module

from unrolled.errors import InputError
from unrolled.inputs.base import LONGEST, Input
from unrolled.inputs.generative import Generative

__all__ = ["EXAMPLE_KINDS", "INPUTS", "LONGEST", "Generative", "Input", "input_class"]

INPUTS = {
    "text": "unrolled.inputs.text:Text",
    "dna": "unrolled.inputs.dna:Dna",
    "sound": "unrolled.inputs.sound:Sound",
    "numbers": "unrolled.inputs.numbers:Numbers",
    "queries": "unrolled.inputs.queries:Queries",
    "notes": "unrolled.inputs.notes:Notes",
    "chords": "unrolled.inputs.chords:Chords",
}
EXAMPLE_KINDS = ("text", "dna", "sound", "numbers")
"""The kinds that a classifier reads."""


def input_class(kind: str) -> type[Input]:
    """The class of a kind of input, loaded when it is asked for; InputError for an unknown kind."""
    if kind not in INPUTS:
        raise InputError(f"there is no kind of input {kind!r:.80}; there is {', '.join(INPUTS)}")
    module, _, name = INPUTS[kind].partition(":")
    loaded: type[Input] = getattr(import_module(module), name)
    return loaded
