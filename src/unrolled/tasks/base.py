"""What every task shares: settings, fitting, saving and loading. A task adds what its data and model are."""

import dataclasses
import hashlib
import math
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled import settings
from unrolled.arrays import flatten, unflatten
from unrolled.errors import InputError, MissingExtra
from unrolled.files import CONFIG, RESUME_FILE
from unrolled.runtime.bundle import Bundle, write_bundle
from unrolled.runtime.session import Session
from unrolled.settings import Training, option

if TYPE_CHECKING:
    from unrolled.training import Log

__all__ = ["Data", "Evaluation", "Fitted", "Task", "file_sha256"]

LOG_FILE = "log.jsonl"
Data = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class Evaluation:
    """The measures of a network and, beside them, those of what a user would do without one."""

    metrics: dict[str, float]
    baseline: dict[str, float]
    baseline_name: str


@dataclass(frozen=True)
class Fitted:
    """What a fit leaves behind, beside the task's own parts; config.json holds it."""

    loss: float = option(0.0, "lowest validation loss, nats per item", 0.0)
    steps: int = option(0, "steps done", 0)
    seconds: float = option(0.0, "time they took", 0.0)
    interrupted: bool = option(False, "whether Ctrl-C ended it")
    data: str = option("", "sha256 of what the network read")
    items: int = option(0, "how many tokens (or the like) that holds", 0)


@dataclass(eq=False)
class Task(ABC):
    """Base of the tasks: a dataclass whose fields are its settings, with scikit-learn's habits.

    The fields are only stored; `fit` checks them, returns self and sets attributes that end in ``_``.
    """

    training: Training = dataclasses.field(default_factory=Training, kw_only=True)
    name: ClassVar[str] = ""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Change settings; InputError on a name there is not."""
        for name, value in params.items():
            if name not in self.get_params():
                raise InputError(
                    f"{type(self).__name__} has no setting {name!r}; it has {', '.join(self.get_params())}"
                )
            setattr(self, name, value)
        return self

    # What a task defines ------------------------------------------------------------------------------------------

    @abstractmethod
    def _prepare(self, data: Data, valid: Data | None, encoding: str, place: Path, log: "Log") -> Any:
        """Learn what is not trained (vocabulary, baseline), → the problem to train.

        What the network will read of ``data`` and ``valid`` goes to files in ``place``, train.bin and valid.bin.
        """

    @abstractmethod
    def _items(self) -> int:
        """How many items (tokens, or the like) train.bin holds."""

    @abstractmethod
    def _model(self) -> Any:
        """The model that the settings and the fitted parts describe."""

    @abstractmethod
    def _parts(self) -> tuple[dict[str, Mapping[str, NDArray[Any]]], dict[str, str]]:
        """What to save beside the weights: tensors by file and texts by file name."""

    @abstractmethod
    def _restore(self, bundle: Bundle) -> None:
        """Set the fitted attributes that `_parts` wrote."""

    # What a task may define ---------------------------------------------------------------------------------------

    def session(self) -> Session:
        """A new conversation with the model; InputError where the task has none."""
        raise InputError(f"a {self.name} model has no stream")

    def receive_many(self, sessions: Sequence[Session], messages: Sequence[Any]) -> list[dict[str, Any] | InputError]:
        """Each session's answer to its message, or the error it met; computed together where that is quicker."""
        answers: list[dict[str, Any] | InputError] = []
        for session, message in zip(sessions, messages, strict=True):
            try:
                answers.append(session.receive(message))
            except InputError as error:
                answers.append(error)
        return answers

    def predict_many(self, inputs: Sequence[str], n: int = 3) -> list[list[Any]]:
        """`predict` of each input; computed together where that is quicker."""
        return [self.predict(text, n) for text in inputs]  # type: ignore[attr-defined]

    # What all share -----------------------------------------------------------------------------------------------

    def fit(
        self,
        data: Data,
        valid: Data | None = None,
        encoding: str = "utf-8",
        run: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        show: bool | None = None,
    ) -> Self:
        """Learn from ``data``: a path, several, or "sample:NAME". Ctrl-C ends training and keeps the best so far.

        ``valid`` names the data that early stopping listens to; without it the last tenth of ``data`` is held out.
        ``run`` is a folder for the log and the file to ``resume`` from; an unfinished run there is kept unless
        ``overwrite``. ``show`` draws a progress bar on standard error (None: if that is a terminal). Raises InputError
        for bad settings or data, TrainingError where a run fails.
        """
        self._check()
        _check_run(run, resume, overwrite)
        try:
            from unrolled.training import Log, Trainer
        except ModuleNotFoundError as error:
            raise _without_torch(error) from error
        with _workplace(run) as place:
            if valid is None:  # what another run left there is not what this one reads
                (place / "valid.bin").unlink(missing_ok=True)
            if not resume:
                (place / LOG_FILE).unlink(missing_ok=True)
            vars(self).pop("weights_", None)  # of a fit before: they would not fit the vocabulary of this one
            with Log(place / LOG_FILE, show) as log:
                problem = self._prepare(data, valid, encoding, place, log)
                files = (place / "train.bin", place / "valid.bin")
                read = {path.stem: file_sha256(path) for path in files if path.exists()}
                identity = {"settings": settings.to_dict(self), "training": settings.to_dict(self.training)}
                trainer = Trainer(problem, self.training, place if run is not None else None, identity | {"data": read})
                outcome = trainer.fit(log, resume)
            self.weights_ = unflatten(problem.module.arrays())
            self.log_ = (place / LOG_FILE).read_text(encoding="utf-8")
        self.fitted_ = Fitted(**dataclasses.asdict(outcome), data=read["train"], items=self._items())
        return self

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write the model folder; it must not exist unless ``overwrite``. See `unrolled.runtime.bundle`."""
        self._check_fitted()
        tensors, texts = self._parts()
        config = {
            "task": self.name,
            "settings": settings.to_dict(self),
            "training": settings.to_dict(self.training),
            "fitted": dataclasses.asdict(self.fitted_),
        }
        weights = flatten(self.weights_)
        texts = {**texts, "README.md": self._card(), LOG_FILE: self.log_}
        write_bundle(folder, config, {"model": weights, **tensors}, texts, overwrite)

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> Self:
        """The task that wrote an opened model folder, backed by numpy."""
        try:
            task: Self = settings.from_dict(cls, bundle.config.get("settings"))
            task.training = settings.from_dict(Training, bundle.config.get("training"))
            task.fitted_ = settings.from_dict(Fitted, bundle.config.get("fitted"))
            task._check()
        except InputError as error:
            raise InputError(f"{bundle.folder / CONFIG}: {error}") from error
        task.log_ = bundle.text(LOG_FILE) if LOG_FILE in bundle.files else ""
        task._restore(bundle)
        shapes = {name: tuple(shape) for name, shape in flatten(task._model().shapes()).items()}
        task.weights_ = unflatten(bundle.tensors("model", shapes))
        return task

    def _check(self) -> None:
        """Raise InputError where a setting is not allowed."""
        settings.check(self)
        settings.check(self.training)

    def _check_fitted(self) -> None:
        if not hasattr(self, "weights_"):
            raise InputError(
                f"this {type(self).__name__} has learnt nothing yet; call fit first, or unrolled.load a model"
            )

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight by name, in the model's order."""
        self._check_fitted()
        return {name: tuple(shape) for name, shape in flatten(self._model().shapes()).items()}

    def network(self) -> tuple[Any, Any]:
        """The model and its parameters, a tree of numpy arrays."""
        self._check_fitted()
        return self._model(), self.weights_

    def _card(self) -> str:
        """The model card."""
        count = sum(int(np.prod(shape)) for shape in self.shapes().values())
        rows = "".join(f"| {k} | {v} |\n" for k, v in settings.to_dict(self).items())
        return (
            f"# A {self.name} model\n\nMade by unrolled; read it with `unrolled.load` or the command `unrolled`.\n\n"
            f"- parameters: {count:,}\n- learnt from: {self.fitted_.items:,} tokens, sha256 {self.fitted_.data}\n"
            f"- {self.summary()}\n\n"
            f"| setting | value |\n| --- | --- |\n{rows}"
        )

    def summary(self) -> str:
        """How well the fit went, in a line or two."""
        fitted = self.fitted_
        perplexity = math.exp(fitted.loss) if fitted.loss < 700 else math.inf
        return f"validation perplexity {perplexity:,.2f} after {fitted.steps:,} steps, {fitted.seconds:,.0f} s"


def _check_run(run: str | Path | None, resume: bool, overwrite: bool) -> None:
    """Raise InputError where there is nothing to resume, or something that would be lost."""
    unfinished = run is not None and (Path(run) / RESUME_FILE).exists()
    if resume and not unfinished:
        where = "no run folder" if run is None else run
        raise InputError(f"nothing to resume: {where} holds no unfinished run; leave --resume out to start")
    if unfinished and not (resume or overwrite):
        raise InputError(f"{run} holds a run to go on with: resume it, or start anew elsewhere or with --overwrite")


@contextmanager
def _workplace(run: str | Path | None) -> Iterator[Path]:
    """The run's folder, made if need be, or a temporary one."""
    if run is None:
        with tempfile.TemporaryDirectory(prefix="unrolled-") as folder:
            yield Path(folder)
        return
    place = Path(run)
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{place}: {error.strerror}; the run's log and resume file go to this folder") from error
    yield place


def _without_torch(error: ModuleNotFoundError) -> Exception:
    return MissingExtra("torch", "train", "training") if error.name == "torch" else error


def file_sha256(path: Path) -> str:
    """The checksum of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
