"""What the server asks of a model."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers
from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.inference.messages import Conversation
from unrolled.inputs import Input
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune
from unrolled.sources.panel import PanelFormat

__all__ = ["AnyModel", "ServedForecaster", "ServedModel", "parted"]


class AnyModel(Protocol):
    """What every model says of itself."""

    @property
    def name(self) -> str:
        """The name of its task."""

    @property
    def parameters(self) -> int:
        """How many numbers its weights are."""

    def describe(self) -> str:
        """One line on what it is."""

    def metadata(self) -> Mapping[str, Any]:
        """What a client should know: what it ``reads``, its ``card``, and more that its task has to say."""


class ServedModel(AnyModel, Protocol):
    """A model that answers inputs, such as any fitted `unrolled.tasks.predictor.Predictor`."""

    @property
    def answer(self) -> type[Answer]:
        """The named tuple that it answers with."""

    @property
    def input_(self) -> Input:
        """Its fitted input."""

    def answers(self) -> Answers:
        """What its scores are of."""

    def predict_many(self, inputs: Sequence[Any], n: int) -> Sequence[Sequence[Answer]]:
        """The ``n`` best answers to each raw input; InputError for a bad input."""

    def trace(self, raw: Any, moments: int) -> Mapping[str, Any]:
        """Its memory and its decision at so many steps of a raw input."""

    def play(self, text: str, seconds: float, decoding: Decoding) -> Tune:
        """Music after ``text``; InputError where it makes none."""

    def session(self) -> Conversation:
        """A new session."""

    def receive_many(
        self, sessions: Sequence[Conversation], messages: Sequence[Mapping[str, Any]]
    ) -> Sequence[dict[str, Any] | InputError]:
        """Each session's answer to its message, or the error that it met."""


class ServedForecaster(AnyModel, Protocol):
    """A model that forecasts series: its own, which it learnt from, or those of a panel.

    ``ids`` asks for some of the series; InputError for one that is not there.
    """

    @property
    def horizon(self) -> int:
        """How many periods it looks ahead."""

    @property
    def format(self) -> PanelFormat:
        """How tables are read for it."""

    @property
    def ids(self) -> Sequence[str]:
        """Its own series."""

    def recent(self, ids: Sequence[str] | None = None) -> Panel:
        """The last values of its own series."""

    def forecasts(
        self, data: Panel | None = None, levels: Sequence[float] = (0.1, 0.5, 0.9), ids: Sequence[str] | None = None
    ) -> Forecasts:
        """The next ``horizon`` periods, with quantiles at ``levels``."""

    def simulate(
        self, n_paths: int = 1000, data: Panel | None = None, seed: int = 0, ids: Sequence[str] | None = None
    ) -> Paths:
        """Joint sample paths of them."""


def parted(
    models: Mapping[str, ServedModel | ServedForecaster],
) -> tuple[dict[str, ServedModel], dict[str, ServedForecaster]]:
    """The models that answer inputs, and those that forecast series: their metadata says that they read a table."""
    tables = {name for name, model in models.items() if model.metadata().get("reads") == "table"}
    return (
        {name: cast(ServedModel, model) for name, model in models.items() if name not in tables},
        {name: cast(ServedForecaster, model) for name, model in models.items() if name in tables},
    )
