"""Readers of raw data, each yielding examples one at a time."""
