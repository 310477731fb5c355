"""Listening: a classifier that reads its input as it comes and says at any moment what it is."""

from unrolled.listening.growth import growth
from unrolled.listening.listener import Label, Listener, Reading
from unrolled.listening.session import Session

__all__ = ["Label", "Listener", "Reading", "Session", "growth"]
