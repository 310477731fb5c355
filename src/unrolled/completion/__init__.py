"""Completion of words: a lexicon, a search in it that tolerates typing errors, and the dictionary of a model."""
