"""Encoders, one for each kind of input: raw → what a model reads, the names of its steps, what a baseline reads."""

from unrolled.encoders.base import Encoder
from unrolled.encoders.make import VECTORIZERS, make_encoder, restore_encoder
from unrolled.encoders.sound import Sound
from unrolled.encoders.words import Words

__all__ = ["VECTORIZERS", "Encoder", "Sound", "Words", "make_encoder", "restore_encoder"]
