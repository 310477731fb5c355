"""What the server asks of a model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, cast

from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers
from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.inference.messages import Conversation
from unrolled.inference.translations import Aligned, Translation
from unrolled.inputs import Input
from unrolled.settings import Decoding, Search
from unrolled.sources.midi import Tune
from unrolled.sources.panel import PanelFormat

__all__ = ["AnyModel", "Parted", "Servable", "ServedForecaster", "ServedModel", "ServedWriter", "parted"]


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


class ServedWriter(AnyModel, Protocol):
    """A model that reads a text or a file and writes a text, such as any fitted `unrolled.tasks.pairs.PairTask`.

    InputError for an input that cannot be read, or a search that it does not know.
    """

    @property
    def media_types(self) -> Sequence[str]:
        """The content types of inputs that are files, which it gets as bytes; none where inputs are texts."""

    def predict_many(
        self,
        inputs: Sequence[Any],
        n: int = 1,
        search: Search | None = None,
        glossary: Mapping[str, str] | None = None,
    ) -> Sequence[Sequence[Translation]]:
        """The ``n`` best texts for each input, best first."""

    def align(
        self,
        inputs: Sequence[Any],
        search: Search | None = None,
        glossary: Mapping[str, str] | None = None,
        prefixes: Sequence[Sequence[int]] | None = None,
    ) -> Sequence[Sequence[Aligned]]:
        """The same with tokens and attention; an answer begins with the ids of its input's prefix."""

    def alternatives(
        self,
        raw: Any,
        prefix: Sequence[int],
        n: int = 5,
        search: Search | None = None,
        glossary: Mapping[str, str] | None = None,
    ) -> Sequence[Aligned]:
        """Answers that begin with ``prefix`` and go on differently from each other."""

    def forming(
        self,
        raw: Any,
        search: Search | None = None,
        glossary: Mapping[str, str] | None = None,
        prefix: Sequence[int] = (),
    ) -> Iterator[Sequence[Aligned]]:
        """What the answers look like after each step of the search, the best first; at last all of them."""

    def remark(self, raw: Any) -> str:
        """A warning about an input, such as that it was cut; mostly empty."""


Servable = ServedModel | ServedForecaster | ServedWriter


class Parted(NamedTuple):
    """Models by what they do: answer inputs, forecast series, write texts."""

    readers: dict[str, ServedModel]
    forecasters: dict[str, ServedForecaster]
    writers: dict[str, ServedWriter]


def parted(models: Mapping[str, Servable]) -> Parted:
    """Models by what they do, as their metadata says: forecasters read a table, writers write a text."""
    found = Parted({}, {}, {})
    for name, model in models.items():
        about = model.metadata()
        if about.get("reads") == "table":
            found.forecasters[name] = cast(ServedForecaster, model)
        elif about.get("writes") == "text":
            found.writers[name] = cast(ServedWriter, model)
        else:
            found.readers[name] = cast(ServedModel, model)
    return found
