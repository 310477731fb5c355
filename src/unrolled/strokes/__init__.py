"""Strokes over a keyboard, in place of typed letters: keyboards, and the words that a stroke may stand for."""
