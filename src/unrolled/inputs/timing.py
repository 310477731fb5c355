"""How long a step of music lasts, as it is saved in a model folder."""

from unrolled.errors import InputError
from unrolled.settings import from_dict, to_dict
from unrolled.sources.score import Timing
from unrolled.storage.model_folder import ModelFolder
from unrolled.storage.strict_json import parse_json, to_json

__all__ = ["TIMING", "check_seconds", "restore_timing", "timing_text"]

TIMING = "music.json"  # steps a beat and tempo


def timing_text(timing: Timing) -> str:
    """A timing as JSON."""
    return to_json(to_dict(timing), "the timing")


def restore_timing(folder: ModelFolder) -> Timing:
    """The timing in a model folder; InputError where it is damaged."""
    try:
        timing: Timing = from_dict(Timing, parse_json(folder.text(TIMING).encode(), TIMING))
    except InputError as error:
        raise InputError(f"{folder.folder / TIMING}: {error}") from error
    return timing


def check_seconds(seconds: float) -> None:
    """Raise InputError unless ``seconds`` of music can be made: more than 0, at most 3,600."""
    if not 0 < seconds <= 3_600:
        raise InputError(f"seconds is {seconds}; expected more than 0 and at most 3,600")
