"""Encoders, one for each kind of input: raw → what a model reads, the names of its steps, what a baseline reads."""

from unrolled.inputs.base import Encoder
from unrolled.inputs.make import VECTORIZERS, make_encoder, restore_encoder
from unrolled.inputs.sound import Sound
from unrolled.inputs.text import Words

__all__ = ["VECTORIZERS", "Encoder", "Sound", "Words", "make_encoder", "restore_encoder"]
