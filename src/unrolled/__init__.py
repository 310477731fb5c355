"""Recurrent networks from raw sequences to a small model that answers at once, on the computer you have.

The names below load their modules when they are first used: `import unrolled` alone loads nothing else.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from unrolled.version import __version__ as __version__

if TYPE_CHECKING:
    from unrolled.completion.blocked import BlockList
    from unrolled.errors import InputError, MissingExtra, TrainingError, UnrolledError
    from unrolled.nn.accelerate import accelerate, restore
    from unrolled.settings import Decoding, Search, Training
    from unrolled.tasks import load
    from unrolled.tasks.caption import Captioner
    from unrolled.tasks.classify import Classifier
    from unrolled.tasks.compose import Composer
    from unrolled.tasks.forecast import Forecaster
    from unrolled.tasks.multilingual import Multilingual
    from unrolled.tasks.next_word import NextWord
    from unrolled.tasks.suggest import Suggester
    from unrolled.tasks.summarize import Summarizer
    from unrolled.tasks.swipe import Swipe
    from unrolled.tasks.translate import Translator

__all__ = [
    "NextWord",
    "Suggester",
    "Composer",
    "Classifier",
    "Forecaster",
    "Translator",
    "Summarizer",
    "Captioner",
    "Swipe",
    "Multilingual",
    "load",
    "accelerate",
    "restore",
    "Training",
    "Decoding",
    "Search",
    "BlockList",
    "InputError",
    "MissingExtra",
    "TrainingError",
    "UnrolledError",
]

_MODULE_OF = {
    "NextWord": "unrolled.tasks.next_word",
    "Suggester": "unrolled.tasks.suggest",
    "Composer": "unrolled.tasks.compose",
    "Classifier": "unrolled.tasks.classify",
    "Forecaster": "unrolled.tasks.forecast",
    "Translator": "unrolled.tasks.translate",
    "Summarizer": "unrolled.tasks.summarize",
    "Captioner": "unrolled.tasks.caption",
    "Swipe": "unrolled.tasks.swipe",
    "Multilingual": "unrolled.tasks.multilingual",
    "load": "unrolled.tasks",
    "accelerate": "unrolled.nn",
    "restore": "unrolled.nn",
    "Training": "unrolled.settings",
    "Decoding": "unrolled.settings",
    "Search": "unrolled.settings",
    "BlockList": "unrolled.completion.blocked",
    "InputError": "unrolled.errors",
    "MissingExtra": "unrolled.errors",
    "TrainingError": "unrolled.errors",
    "UnrolledError": "unrolled.errors",
}


def __getattr__(name: str) -> object:
    if name != "nn" and name not in _MODULE_OF:
        instead = "Composer(events='chords') in its place" if name == "NextChord" else ", ".join(__all__)
        raise AttributeError(f"module 'unrolled' has no attribute {name!r}; it has {instead}")
    value: object = import_module("unrolled.nn") if name == "nn" else getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


if sys.modules.get("torch") is not None:
    import_module("unrolled.operators").autoload()  # torch, where it comes later, does so itself
