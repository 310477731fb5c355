"""Completing words: a lexicon, a search in it that forgives typing errors, and the dictionary of a model."""
