"""Tasks that answer single raw inputs: they predict, stream, converse, generate, trace and measure, without torch."""

import dataclasses
import shlex
import tempfile
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled import settings
from unrolled.arrays import NUMPY, Tree
from unrolled.baselines import Baseline
from unrolled.baselines.mixture import StepMixture, WholeMixture
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers, Prediction, checked_count
from unrolled.inference.frozen import Frozen
from unrolled.inference.messages import Conversation
from unrolled.inference.session import Session
from unrolled.inference.stream import Stream
from unrolled.inference.together import answer_together
from unrolled.inference.trace import trace
from unrolled.inputs import Generative, Input
from unrolled.inputs.base import Steps
from unrolled.metrics.evaluation import Evaluation
from unrolled.models import Model
from unrolled.progress import track
from unrolled.settings import Decoding, Layout
from unrolled.sources.midi import Tune
from unrolled.sources.rows import Row
from unrolled.tasks.answering import Answering, LearntInput
from unrolled.tasks.base import Task
from unrolled.tasks.continuation import Continuation, drawn

__all__ = ["Predictor"]


class Predictor(Task[LearntInput]):
    """What a fitted task can do without torch where it answers raw inputs, each by itself."""

    answer: ClassVar[type[Answer]] = Prediction
    """The type of an answer of `predict`; the server's schema derives from it."""
    kinds: ClassVar[tuple[str, ...]]
    """The kinds of input that it may learn from, names of `unrolled.inputs.INPUTS`."""
    takes_items: ClassVar[bool] = False
    """Whether its answers can be limited to what a list of items can answer."""

    @abstractmethod
    def recipe(self) -> Answering:
        """The roles with these settings, nothing fitted yet."""

    @property
    def input_(self) -> Input:
        """The fitted input."""
        self._check_fitted()
        return self.learnt_.input

    @property
    def baseline_(self) -> Baseline:
        """The baseline that the network is compared with; that of a loaded model is read when first asked for."""
        self._check_fitted()
        return self.learnt_.baseline

    @property
    def baseline_name(self) -> str:
        """The name of the baseline."""
        return self.baseline_.name

    @property
    def example(self) -> str:
        """An input that may be typed, or the sign of a file."""
        example = self.input_.raw_example
        return shlex.quote(example) if isinstance(example, str) else "@FILE"

    def network(self) -> tuple[Model, Tree]:
        """The model and its parameters, a tree of numpy arrays."""
        self._check_fitted()
        return self.recipe().model(self.learnt_), self.weights_

    def frozen(self) -> Frozen:
        """The model made ready for streams, which share it until the task is fitted again."""
        kept: Frozen | None = vars(self).get("_frozen")
        if kept is None or kept.params is not self.weights_:
            kept = self._frozen = Frozen(*self.network())
        return kept

    def answers(self) -> Answers:
        """What the model's scores stand for, and how answers are made of them."""
        self._check_fitted()
        return self.recipe().answers(self.learnt_)

    def read_input(self, path: Path) -> Any:
        """The input for `predict` in a file of the model's own kind."""
        return self.input_.read_file(path)

    def read_several(self, path: Path, layout: Layout | None = None) -> Iterator[Row] | None:
        """The inputs in a file or folder that holds several, such as a table; None for a file that is one input.

        A ``layout`` without columns takes those of the fit.
        """
        layout = layout or Layout()
        own = layout.columns or getattr(self, "columns", None)
        return self.input_.several(path, dataclasses.replace(layout, columns=own))

    def remark(self, raw: Any) -> str:
        """A warning about an input to `predict`, such as that none of its words is known; mostly empty."""
        return self.input_.remark(raw)

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model: the kind of input it ``reads``, its ``card``; tasks add to it."""
        return {"reads": self.input_.kind} | super().metadata()

    def only_matching(self, items: str | Path) -> Self:
        """This model, to answer only what the items in a file can answer; InputError unless it ``takes_items``."""
        raise InputError(f"must_match means nothing for a {self.name} model; expected one of search suggestions")

    # Answering --------------------------------------------------------------------------------------------------------

    def predict(self, raw: Any, n: int = 3) -> Sequence[Answer]:
        """The ``n`` most probable answers to a raw input, most probable first; InputError for a bad input."""
        return self.predict_many([raw], n)[0]

    def predict_many(self, inputs: Sequence[Any], n: int = 3) -> Sequence[Sequence[Answer]]:
        """`predict` of each input, computed together."""
        self._check_fitted()
        return self.recipe().best(self.learnt_, self.frozen(), inputs, checked_count(n))

    def stream(self) -> Stream:
        """A new stream, which reads its input as it comes; see `unrolled.inference.stream.Stream`."""
        return Stream(self.frozen(), self.input_, self.answers(), self._mixture())

    def ready(self) -> Self:
        """Make now what the first question would wait for, also the baseline where answers are mixed with it."""
        self.frozen()
        if self.mixed:
            _ = self.baseline_
        return self

    @property
    def mixed(self) -> bool:
        """Whether it answers with its network and its baseline mixed."""
        self._check_fitted()
        return self._mixture() is not None

    def _mixture(self) -> StepMixture | WholeMixture | None:
        return self.recipe().mixture(self.learnt_)

    def session(self) -> Conversation:
        """A new conversation; see `unrolled.inference.session.Session`."""
        return Session(self.stream, self.input_, self.answers().names)

    def receive_many(
        self, sessions: Sequence[Conversation], messages: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any] | InputError]:
        """Each session's answer to its message, or the InputError that the message caused."""
        return answer_together(sessions, messages)

    def trace(self, raw: Any, moments: int) -> dict[str, Any]:
        """The memory and the decision after ``moments`` steps of a raw input; see `unrolled.inference.trace`."""
        return trace(self.stream(), self.input_, raw, moments)

    def steps(self, raw: Any) -> tuple[list[str], NDArray[np.float32]]:
        """The name of each step of a raw input, and the vectors (T, D) that the layers read."""
        model, params = self.network()
        names, steps = self.input_.trace(raw)
        vectors: NDArray[np.float32] = model.body.embed(NUMPY, params, self.input_.expand(steps)[None])[0]
        return names, vectors

    def generate(
        self, text: str = "", words: int = 50, decoding: Decoding | None = None, **changes: float | None
    ) -> str:
        """``text`` and what the model writes after it; InputError where the task writes nothing.

        ``changes`` are fields of ``decoding``: ``generate("once upon", temperature=0.8, seed=1)``.
        """
        input, steps = self._drawn(text, decoding, changes, "writes nothing; expected a next-word model")
        if words < 0:
            raise InputError(f"words is {words}; expected at least 0", "words")
        return input.continued(text, steps, words)

    def play(
        self, text: str = "", seconds: float = 20.0, decoding: Decoding | None = None, **changes: float | None
    ) -> Tune:
        """``seconds`` of music after ``text``; InputError where the task makes none. See `generate` for ``changes``."""
        input, steps = self._drawn(text, decoding, changes, "makes no music")
        return input.play(text, steps, seconds)

    def _drawn(
        self, text: str, decoding: Decoding | None, changes: dict[str, float | None], refusal: str
    ) -> tuple[Generative, Iterator[Steps]]:
        """The input, and steps drawn from the model after ``text``."""
        input = self.input_
        if not (isinstance(input, Generative) and self.recipe().continues):
            raise InputError(f"a {self.name} model {refusal}")
        decoding = settings.changed(decoding or Decoding(), changes)
        settings.check(decoding)
        read = self.stream().feed_steps(input.bounded(input.encode(text), end=True))
        return input, drawn(read, input, decoding)

    # Measuring --------------------------------------------------------------------------------------------------------

    def evaluate(self, data: Any, /, *, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on ``data`` (a path, several, or "sample:NAME") beside the baseline and, of a mixture, the network.

        ``show`` draws a progress bar on standard error (None: if that is a terminal).
        """
        self._check_fitted()
        recipe, learnt = self.recipe(), self.learnt_
        with tempfile.TemporaryDirectory(prefix="unrolled-") as folder:
            part = recipe.part(learnt, data, encoding, Path(folder))
            columns = recipe.columns(learnt, self.frozen(), part)
            columns[learnt.baseline.name] = learnt.baseline.predictions(part)
            measured = {}
            for name, predictions in columns.items():
                blocks = ((len(block[1]), block) for block in predictions)
                tracked = track(blocks, len(part), f"measuring the {name}", show, self.unit)
                measured[name] = recipe.measure(learnt, tracked, part)
            remark = recipe.described(learnt, part, next(iter(measured.values())))
        return Evaluation.of(measured, remark)

    def mix(self, data: Any, /, *, encoding: str = "utf-8") -> Self:
        """Choose on ``data`` that was not learnt from how much the network and its baseline count in answers.

        `fit` does that on its validation part; models of earlier versions answer with the network alone until this is
        called. The first 100,000 tokens, or 20,000 frames, are read. Returns self; InputError where the model mixes
        nothing.
        """
        self._check_fitted()
        recipe = self.recipe()
        if not (isinstance(recipe, Continuation) and recipe.mixed):
            raise InputError(f"this {self.name} model mixes nothing; expected one of text or music, and mixture=True")
        with tempfile.TemporaryDirectory(prefix="unrolled-") as folder:
            part = recipe.part(self.learnt_, data, encoding, Path(folder))
            self.learnt_ = recipe.weighed(self.learnt_, self.frozen(), part)
        return self
