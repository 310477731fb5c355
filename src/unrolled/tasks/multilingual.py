"""Several next-word models as one keyboard, which tells their languages apart by what is written."""

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any, ClassVar, Self

from unrolled.completion.blocked import BlockList
from unrolled.decoding import ranked
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers, Prediction, TokenAnswers, checked_count
from unrolled.inference.messages import Conversation
from unrolled.inference.together import answer_together
from unrolled.inputs.text import Text
from unrolled.keyboard.languages import Languages, LanguagesStream
from unrolled.keyboard.multilingual import MultilingualKeyboard
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune
from unrolled.strokes.reader import StrokeReader
from unrolled.tasks.next_word import NextWord
from unrolled.text.tokens import END, UNKNOWN

__all__ = ["Multilingual"]


class Multilingual:
    """Next-word models by the name of their language, joined: it predicts and converses as one of them does.

    Nothing is trained. InputError for fewer than two models, and for models that do not cut text into the same words.

    >>> import unrolled
    >>> both = unrolled.Multilingual({"English": english, "German": german})  # doctest: +SKIP
    >>> both.session().write("Ein Mann steht auf der ").suggest()  # doctest: +SKIP
    [Suggestion(text='Straße', ...)]
    """

    name: ClassVar[str] = NextWord.name
    card: ClassVar[str] = NextWord.card
    answer: ClassVar[type[Answer]] = Prediction

    def __init__(self, models: Mapping[str, NextWord]) -> None:
        if len(models) < 2:
            raise InputError(f"{len(models)} model to join; expected a model for each of at least two languages")
        for name, model in models.items():
            if not isinstance(model, NextWord):
                raise InputError(f"{name} is a {getattr(model, 'name', type(model).__name__)} model; {_EXPECTED}")
        self.models = dict(models)
        self._languages = Languages({name: model.dictionary() for name, model in models.items()})
        self.blocked_ = reduce(or_, (model.blocked_ for model in models.values()))

    @property
    def blocked_(self) -> BlockList:
        """What its keyboards never suggest: what the models did not, or another list that was put in its place."""
        return self._languages.dictionary.blocked

    @blocked_.setter
    def blocked_(self, blocked: BlockList) -> None:
        self._languages.dictionary.block(blocked)

    @cached_property
    def input_(self) -> Text:
        """Text in the words of all languages."""
        tokenizer = self._languages.tokenizer
        text = Text(tokenizer.kind, len(tokenizer))
        text.tokenizer = tokenizer
        return text

    @property
    def parameters(self) -> int:
        """The number of parameters of all models together."""
        return sum(model.parameters for model in self.models.values())

    def describe(self) -> str:
        """One line on what it is."""
        return f"{', '.join(self.models)}: languages told apart by what is written"

    def metadata(self) -> dict[str, Any]:
        """What a client should know of it; see `Predictor.metadata`."""
        cells = {model.cell for model in self.models.values()}
        about: dict[str, Any] = {"reads": self.input_.kind, "card": self.card, "letters": self.input_.letters}
        about |= {} if self._strokes is None else {"strokes": self._strokes.shown()}
        return about | ({"cell": cells.pop()} if len(cells) == 1 else {}) | {"languages": list(self.models)}

    def ready(self) -> Self:
        """Make now what the first question would wait for."""
        for model in self.models.values():
            model.ready()
        self.session().suggest()
        return self

    def session(self) -> MultilingualKeyboard:
        """A new conversation."""
        return MultilingualKeyboard(self._languages, [model.stream() for model in self.models.values()], self._strokes)

    @property
    def _strokes(self) -> StrokeReader | None:
        """What reads strokes, the first that a model has: it knows keys, not languages."""
        return next((model.strokes_ for model in self.models.values() if model.strokes_), None)

    def receive_many(
        self, sessions: Sequence[Conversation], messages: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any] | InputError]:
        """Each session's answer to its message, or the InputError that the message caused."""
        return answer_together(sessions, messages)

    def answers(self) -> Answers:
        """The words of all languages."""
        return TokenAnswers(self._languages.tokenizer)

    def predict(self, raw: Any, n: int = 3) -> Sequence[Answer]:
        """The ``n`` most probable next words; InputError for what is no text."""
        stream = LanguagesStream(self._languages, [model.stream() for model in self.models.values()])
        p = stream.feed_steps(self.input_.bounded(self.input_.encode(raw), end=True)).probabilities()
        best = ranked(p[: self._languages.dictionary.known_to_model], checked_count(n), (UNKNOWN, END)).tolist()
        return [Prediction(self.input_.tokenizer.tokens[i], float(p[i])) for i in best]

    def predict_many(self, inputs: Sequence[Any], n: int = 3) -> Sequence[Sequence[Answer]]:
        """`predict` of each input."""
        return [self.predict(raw, n) for raw in inputs]

    def trace(self, raw: Any, moments: int) -> dict[str, Any]:
        """InputError: each of the models has a memory of its own."""
        raise InputError("several languages together have no one memory to show; expected one of their models")

    def play(self, text: str, seconds: float, decoding: Decoding) -> Tune:
        """InputError: it makes no music."""
        raise InputError(f"a {self.name} model makes no music")


_EXPECTED = "expected next-word models, to join them"
