"""The small trained keyboard, loaded."""

import pytest

import unrolled


@pytest.fixture(scope="session")
def task(keyboard):
    """A NextWord over the words of a tiny grammar."""
    return unrolled.load(keyboard)
