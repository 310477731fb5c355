"""Exponential smoothing: a bank of members for each series, fitted by a grid over all series at once."""
