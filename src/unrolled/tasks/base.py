"""What every task shares: settings, fitting, saving and loading. A task adds what its data and model are."""

import copy
import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from numpy.typing import NDArray

from unrolled import settings
from unrolled.arrays import flatten, unflatten
from unrolled.errors import InputError, MissingExtra
from unrolled.metrics.evaluation import Evaluation
from unrolled.settings import Training
from unrolled.storage.files import CONFIG
from unrolled.storage.model_folder import ModelFolder, write_model_folder
from unrolled.tasks.answers import Answers
from unrolled.tasks.fitted import Fitted, weights_sha256
from unrolled.tasks.run_folder import LOG_FILE, check_run, checksums, workplace

if TYPE_CHECKING:
    from unrolled.training import Log

__all__ = ["Data", "Evaluation", "Task"]

Data = str | Path | Sequence[str | Path]


@dataclass(eq=False)
class Task(Answers, ABC):
    """Base of the tasks: a dataclass whose fields are its settings, with scikit-learn's habits.

    The fields are stored as they are given, a value that is not allowed is refused (of `set_params`, by `fit`). `fit`
    returns self and sets attributes that end in ``_``.
    """

    training: Training = dataclasses.field(default_factory=Training, kw_only=True)
    reads: ClassVar[str] = (
        "Text files, folders of them, .gz, - for standard input, sample:wikipedia or sample:python-docs; "
        "of music MIDI files, chorale JSON, .npz rolls, folders of them, FILE#PART."
    )
    """What `fit` takes, for its help."""
    unit: ClassVar[str] = "tokens"
    """What a loss is the mean of, and what speed counts."""
    adjustable: ClassVar[tuple[str, ...]] = ()
    """Settings that a tuned model may have otherwise than its start."""

    def __post_init__(self) -> None:
        settings.check(self)
        if not isinstance(self.training, Training):
            raise InputError(f"training is {self.training!r:.200}; expected an unrolled.Training")
        settings.check(self.training)

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
    def _prepare(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        """Learn what is not trained (vocabulary, baseline), → the problem to train, the baseline's validation loss.

        What the network will read of ``data`` and ``valid`` goes to files in ``place``, train.bin and valid.bin.
        """

    @abstractmethod
    def _prepare_tuning(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        """The same of a fitted model that goes on from its ``weights_``; what is fitted is replaced, never changed."""

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
    def _restore(self, bundle: ModelFolder) -> None:
        """Set the fitted attributes that `_parts` wrote."""

    # What a task may define ---------------------------------------------------------------------------------------

    def _finish(self, problem: Any) -> None:
        """Set what is learnt when the weights no longer change."""

    # What all share -----------------------------------------------------------------------------------------------

    def fit(
        self,
        data: Any,
        *,
        valid: Any = None,
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
        return self._learn(lambda *at: self._prepare(data, valid, encoding, *at), None, run, resume, overwrite, show)

    def tune(
        self,
        data: Any,
        *,
        valid: Any = None,
        encoding: str = "utf-8",
        run: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        show: bool | None = None,
        training: Training | None = None,
    ) -> Self:
        """A new model that goes on learning from ``data``, from the weights of this one, which stays as it is.

        Vocabulary and settings are this one's. The validation part counts from the start on, so that the result is
        never worse on it; ``training`` is ``Training()``, not this one's, where not given. All else is as in `fit`.
        """
        self._check_fitted()
        tuned = copy.copy(self)
        tuned.training = training or Training()
        tuned._check()
        start = weights_sha256(self.weights_)
        prepare = tuned._prepare_tuning
        return tuned._learn(lambda *at: prepare(data, valid, encoding, *at), start, run, resume, overwrite, show)

    def _learn(
        self,
        prepare: "Callable[[Path, Log], tuple[Any, float]]",
        start: str | None,
        run: str | Path | None,
        resume: bool,
        overwrite: bool,
        show: bool | None,
    ) -> Self:
        """Train the problem that ``prepare`` makes; ``start`` is the checksum of the weights that it begins with."""
        check_run(run, resume, overwrite)
        try:
            from unrolled.training import Log, Trainer
        except ModuleNotFoundError as error:
            raise _without_torch(error) from error
        with workplace(run) as place:
            (place / "valid.bin").unlink(missing_ok=True)  # what another run left there is not what this one reads
            if not resume:
                (place / LOG_FILE).unlink(missing_ok=True)
            if start is None:
                vars(self).pop("weights_", None)  # of a fit before: they would not fit the vocabulary of this one
            with Log(place / LOG_FILE, show, self.unit) as log:
                problem, baseline_loss = prepare(place, log)
                read = checksums(place)
                identity = {"settings": settings.to_dict(self), "training": settings.to_dict(self.training)}
                identity |= {"data": read} | ({} if start is None else {"start": {"sha256": start}})
                trainer = Trainer(problem, self.training, place if run is not None else None, identity)
                outcome = trainer.fit(log, resume, from_start=start is not None)
            self.weights_ = unflatten(problem.module.arrays())
            self._finish(problem)
            self.log_ = (place / LOG_FILE).read_text(encoding="utf-8")
        self.fitted_ = Fitted(
            **dataclasses.asdict(outcome),
            data=read["train"],
            items=self._items(),
            start=start or "",
            baseline_loss=baseline_loss,
        )
        return self

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write the model folder; it must not exist unless ``overwrite``. See `unrolled.storage.model_folder`."""
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
        write_model_folder(folder, config, {"model": weights, **tensors}, texts, overwrite)

    @classmethod
    def from_bundle(cls, bundle: ModelFolder) -> Self:
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

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        return sum(map(math.prod, self.shapes().values()))

    def network(self) -> tuple[Any, Any]:
        """The model and its parameters, a tree of numpy arrays."""
        self._check_fitted()
        return self._model(), self.weights_

    def _card(self) -> str:
        """The model card."""
        start = f"- tuned from: the model.safetensors of sha256 {self.fitted_.start}\n" if self.fitted_.start else ""
        rows = "".join(f"| {k} | {v} |\n" for k, v in settings.to_dict(self).items())
        return (
            f"# A {self.name} model\n\nMade by unrolled; read it with `unrolled.load` or the command `unrolled`.\n\n"
            f"- parameters: {self.parameters:,}\n"
            f"- learnt from: {self.fitted_.items:,} {self.unit}, sha256 {self.fitted_.data}\n"
            f"{start}- {self.summary()}\n\n"
            f"| setting | value |\n| --- | --- |\n{rows}"
        )

    def summary(self) -> str:
        """How well the fit went, in a line or two."""
        return self.fitted_.summary()


def _without_torch(error: ModuleNotFoundError) -> Exception:
    return MissingExtra("torch", "train", "training") if error.name == "torch" else error
