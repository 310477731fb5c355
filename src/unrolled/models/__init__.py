"""Models: pure functions from sequences to features and scores, built of a body and a head."""

from unrolled.models.base import Composite
from unrolled.models.bodies import Body, RecurrentBody, VectorBody, WindowBody
from unrolled.models.heads import Bernoulli, Classes, Head, Softmax
from unrolled.models.model import FirstSteps, Model, rows_at_once, steps_at_once

__all__ = [
    "Bernoulli",
    "Body",
    "Classes",
    "Composite",
    "FirstSteps",
    "Head",
    "Model",
    "RecurrentBody",
    "Softmax",
    "VectorBody",
    "WindowBody",
    "rows_at_once",
    "steps_at_once",
]
