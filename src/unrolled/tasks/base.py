"""The base of every task: settings and a recipe. Fitting and saving are written once, here."""

import copy
import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from unrolled import settings
from unrolled.arrays import Tree, flatten, unflatten
from unrolled.errors import InputError, MissingExtra
from unrolled.log import Log
from unrolled.models.base import Layer
from unrolled.settings import Training
from unrolled.storage.files import CONFIG
from unrolled.storage.model_folder import ModelFolder, write_model_folder
from unrolled.tasks.estimator import Estimator
from unrolled.tasks.fitted import Fitted, weights_sha256
from unrolled.tasks.recipe import Learnt, Prepared, Recipe, Source, Tensors
from unrolled.tasks.run_folder import LOG_FILE, check_run, run_folder
from unrolled.tasks.shown import as_html, shown

__all__ = ["L_co", "Learnt", "Task"]

L_co = TypeVar("L_co", bound=Learnt, covariant=True)


@dataclass(eq=False, repr=False)
class Task(Estimator, ABC, Generic[L_co]):
    """Base of the tasks: a dataclass whose fields are its settings, with scikit-learn's habits.

    `fit` returns self and sets attributes that end in ``_``: ``weights_``, ``learnt_`` (what else was learnt),
    ``fitted_`` and ``log_``. What can be asked of a fitted task is for its subclasses to say.
    """

    name: ClassVar[str]
    """Its name on the command line and in config.json."""
    card: ClassVar[str]
    """The page's card, `serve/page/cards/CARD.js`."""
    reads: ClassVar[str]
    """What `fit` takes, for its help."""
    examples: ClassVar[tuple[str, ...]] = ("DATA -o MODEL",)
    """What may be typed after `unrolled fit NAME`, for its help."""
    adjustable: ClassVar[tuple[str, ...]] = ()
    """Settings that may be changed when a model is tuned."""
    usual: ClassVar[tuple[int, float]] = (20, 0.003)
    """Sequences in a step and learning rate, where `Training` leaves them to the task."""
    takes_valid: ClassVar[bool] = True
    """Whether data of their own may be given to `fit` for early stopping."""
    extends: ClassVar[bool] = False
    """Whether it adds to the model folder that it learns from, which may then be the one that it writes."""
    tried_by: ClassVar[str] = "predict"
    """The command to try a model with."""
    advice: ClassVar[str] = "more data helps most, then a smaller --width or more --dropout"
    """What to try where the baseline is better than the network."""

    @abstractmethod
    def recipe(self) -> Recipe[L_co]:
        """How it works with these settings, nothing fitted yet."""

    @abstractmethod
    def describe(self) -> str:
        """One line on what the model is."""

    @property
    @abstractmethod
    def baseline_name(self) -> str:
        """The name of what the network is compared with."""

    @property
    @abstractmethod
    def example(self) -> str:
        """What may be typed after `unrolled predict MODEL` to try the model."""

    @property
    def unit(self) -> str:
        """What data is counted in: a loss is a mean over these."""
        return self.recipe().unit

    def network(self) -> tuple[Layer, Tree]:
        """The model and its parameters, a tree of numpy arrays."""
        self._check_fitted()
        return self.recipe().model(self.learnt_), self.weights_

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight by name, in the model's order."""
        return {name: tuple(shape) for name, shape in flatten(self.network()[0].shapes()).items()}

    @property
    def parameters(self) -> int:
        """The number of parameters."""
        return sum(map(math.prod, self.shapes().values()))

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model: its ``card``; tasks add to it."""
        return {"card": self.card}

    def ready(self) -> Self:
        """Make now what the first question would wait for; `fit` ends with it."""
        return self

    def __repr__(self) -> str:
        return shown(self)

    def _repr_html_(self) -> str:
        return as_html(self)

    # Learning ---------------------------------------------------------------------------------------------------------

    def fit(
        self,
        data: Any,
        /,
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
        ``overwrite``. ``show`` draws a progress bar on standard error (None: if that is a terminal, else now and then a
        line). Raises InputError for bad settings or data, TrainingError where a run fails.
        """
        self.check()
        recipe = self.recipe()

        def prepare(folder: Path, log: Log) -> Prepared[L_co]:
            return recipe.prepare(self._source(data, valid, encoding, folder), log)

        return self._learn(recipe, prepare, None, run, resume, overwrite, show)

    def tune(
        self,
        data: Any,
        /,
        *,
        valid: Any = None,
        encoding: str = "utf-8",
        run: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        show: bool | None = None,
        training: Training | None = None,
    ) -> Self:
        """A new model that starts from the weights of this one and goes on learning from ``data``.

        This one is not changed; the new one has its vocabulary and settings, but ``training`` is ``Training()`` where
        not given. The start is validated, too, so that the result is never worse on the validation part. All else is
        as in `fit`.
        """
        self._check_fitted()
        tuned = copy.copy(self)
        tuned.training = training or Training()
        tuned.check()
        recipe = tuned.recipe()

        def prepare(folder: Path, log: Log) -> Prepared[L_co]:
            source = tuned._source(data, valid, encoding, folder)
            return recipe.prepare_tuning(source, self.learnt_, self.weights_, log)

        start = weights_sha256(self.weights_)
        return tuned._learn(recipe, prepare, start, run, resume, overwrite, show)

    @property
    def how(self) -> Training:
        """How it is trained: ``training``, and what that leaves to the task."""
        return self.training.filled(*self.usual)

    def _source(self, data: Any, valid: Any, encoding: str, folder: Path) -> Source:
        assert self.how.batch is not None
        return Source(data, valid, encoding, folder, self.how, self.how.batch)

    def _learn(
        self,
        recipe: Recipe[L_co],
        prepare: Callable[[Path, Log], Prepared[L_co]],
        start: str | None,
        run: str | Path | None,
        resume: bool,
        overwrite: bool,
        show: bool | None,
    ) -> Self:
        """Train the problem that ``prepare`` makes; ``start`` is the checksum of the weights to tune, else None."""
        check_run(run, resume, overwrite)
        self._read_beside()
        if find_spec("torch") is None:  # it is loaded after the data has been read: a refusal need not wait for it
            raise MissingExtra("torch", "train", "training")
        with run_folder(run) as folder:
            if not resume:
                (folder / LOG_FILE).unlink(missing_ok=True)
            with Log(folder / LOG_FILE, show, self.unit) as log:
                problem, learnt, fingerprints, items, baseline_loss = prepare(folder, log)
                from unrolled.training import Trainer

                if start is None:
                    vars(self).pop("weights_", None)  # those of an earlier fit would not suit the new vocabulary
                training = settings.to_dict(self.how)
                budget = ("minutes", "epochs")  # a run may be resumed with more of it
                identity = {"settings": settings.to_dict(self)}
                identity["training"] = {name: value for name, value in training.items() if name not in budget}
                identity |= {"data": fingerprints} | ({} if start is None else {"start": {"sha256": start}})
                trainer = Trainer(problem, self.how, folder if run is not None else None, identity)
                outcome = trainer.fit(log, resume, from_start=start is not None)
            self.learnt_: L_co = learnt
            self.weights_: Tree = unflatten(problem.module.arrays())
            self.learnt_ = recipe.finish(problem, learnt, self.weights_)
            self.log_: str = (folder / LOG_FILE).read_text(encoding="utf-8")
        self.fitted_: Fitted = Fitted(
            **dataclasses.asdict(outcome),
            data=fingerprints["train"],
            items=items,
            start=start or "",
            baseline_loss=baseline_loss,
            mixed_loss=self.learnt_.mixed_loss,
            remark=self.learnt_.remark,
        )
        return self.ready()

    def summary(self) -> str:
        """How well the fit went, in a line or two."""
        self._check_fitted()
        return self.recipe().summary(self.learnt_, self.fitted_)

    # Saved and loaded -------------------------------------------------------------------------------------------------

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write the model folder; it must not exist unless ``overwrite``. See `unrolled.storage.model_folder`."""
        self._check_fitted()
        tensors, texts = self.recipe().saved(self.learnt_)
        config = {
            "task": self.name,
            "settings": settings.to_dict(self),
            "training": settings.to_dict(self.how),
            "fitted": dataclasses.asdict(self.fitted_),
        }
        texts = {**texts, **self._beside(), "README.md": self._model_card(), LOG_FILE: self.log_}
        tensors = {"model": flatten(self.weights_), **tensors, **self._tensors_beside()}
        write_model_folder(folder, config, tensors, texts, overwrite)

    @classmethod
    def from_folder(cls, folder: ModelFolder, values: Any) -> Self:
        """The task of an opened model folder, with these settings; its weights are numpy arrays."""
        try:
            task: Self = settings.from_dict(cls, values)
            task.training = settings.from_dict(Training, folder.config.get("training"))
            task.fitted_ = settings.from_dict(Fitted, folder.config.get("fitted"))
            task.check()
        except InputError as error:
            raise InputError(f"{folder.folder / CONFIG}: {error}") from error
        task.log_ = folder.text(LOG_FILE) if LOG_FILE in folder.files else ""
        task.learnt_ = task.recipe().restore(folder)
        shapes = flatten(task.recipe().model(task.learnt_).shapes())
        task.weights_ = unflatten(folder.tensors("model", {name: tuple(shape) for name, shape in shapes.items()}))
        task._restore_beside(folder)
        return task

    def _read_beside(self) -> None:
        """Read what settings name beside the data, before anything is learnt; mostly nothing."""

    def _beside(self) -> dict[str, str]:
        """The texts of a model folder, by file, of what stands beside what was learnt; mostly none."""
        return {}

    def _tensors_beside(self) -> Tensors:
        """Tensors by file that `save` puts into the model folder beside what was learnt."""
        return {}

    def _restore_beside(self, folder: ModelFolder) -> None:
        """Take what `_beside` and `_tensors_beside` gave from a model folder."""

    def _model_card(self) -> str:
        """The README.md of a model folder."""
        start = f"- tuned from: the model.safetensors of sha256 {self.fitted_.start}\n" if self.fitted_.start else ""
        rows = "".join(f"| {k} | {v} |\n" for k, v in settings.to_dict(self).items())
        return (
            f"# A {self.name} model\n\nMade by unrolled; read it with `unrolled.load` or the command `unrolled`.\n\n"
            f"- parameters: {self.parameters:,}\n"
            f"- learnt from: {self.fitted_.items:,} {self.unit}, sha256 {self.fitted_.data}\n"
            f"{start}- {self.summary()}\n\n"
            f"| setting | value |\n| --- | --- |\n{rows}"
        )
