"""A small language model to train, and a wrapper through which a test may interfere with a run."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from tests.models.networks import recurrent_network, window_network

from unrolled.data.windows import TokenWindows
from unrolled.settings import Training
from unrolled.training import Streamed

VOCABULARY = 11


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def make_problem(kind: str = "lstm", batch: int = 3, window: int = 5, dropout: float = 0.3) -> Streamed:
    """A problem of 16 windows an epoch (at the default sizes), the same at every call."""
    rng = np.random.default_rng(1)
    ids = rng.integers(0, VOCABULARY, 241)
    if kind == "dense":
        model = window_network(VOCABULARY, 6, 6, 3, True, dropout)
    else:
        model = recurrent_network(VOCABULARY, 6, (8, 6), kind, True, dropout)
    return Streamed(model, model.initial(rng), TokenWindows(ids, batch, window), TokenWindows(ids[:60], batch, window))


class Interfering:
    """A problem that calls ``before(step)`` ahead of each loss, and whose validation losses may be replaced.

    ``seen`` holds index, state and noise of every call of `loss`.
    """

    def __init__(self, problem: Streamed, before: Callable[[int], None], losses: list[float] | None = None):
        self.problem, self.before, self.losses = problem, before, losses
        self.module = problem.module
        self.calls = 0
        self.seen: list[tuple[int, Any, Any]] = []

    def __len__(self) -> int:
        return len(self.problem)

    @property
    def validation_batches(self) -> int:
        return self.problem.validation_batches

    def first_state(self) -> Any:
        return self.problem.first_state()

    def loss(self, index: int, state: Any, noise: Any) -> tuple[torch.Tensor, int, Any]:
        self.calls += 1
        self.seen.append((index, state, noise))
        self.before(self.calls)
        return self.problem.loss(index, state, noise)

    def validate(self) -> float:
        return self.losses.pop(0) if self.losses is not None else self.problem.validate()


@pytest.fixture
def problem() -> Callable[..., Streamed]:
    return make_problem


@pytest.fixture
def interfering() -> Callable[..., Interfering]:
    def make(
        before: Callable[[int], None] = lambda _: None, losses: list[float] | None = None, **kind: Any
    ) -> Interfering:
        return Interfering(make_problem(**kind), before, losses)

    return make


@pytest.fixture
def training() -> Callable[..., Training]:
    """Settings of a run of 3 epochs, no minutes."""

    def make(**values: Any) -> Training:
        return Training(**{"minutes": None, "epochs": 3, "batch": 3, "window": 5, "learning_rate": 0.01, **values})

    return make
