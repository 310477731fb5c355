"""A keyboard: completes the word being typed, predicts the next one, and learns the user's words."""

from unrolled.completion.dictionary import Dictionary, Suggestion
from unrolled.keyboard.keyboard import Keyboard

__all__ = ["Dictionary", "Keyboard", "Suggestion"]
