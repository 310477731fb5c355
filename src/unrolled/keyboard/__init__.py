"""A keyboard: completes the word being typed, predicts the next one, and learns the words of who types."""

from unrolled.keyboard.keyboard import Keyboard, Suggestion

__all__ = ["Keyboard", "Suggestion"]
