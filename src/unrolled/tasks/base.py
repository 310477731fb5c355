"""The base of every task: settings and a recipe of roles. Fitting and saving are written once, here."""

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from numpy.typing import NDArray

from unrolled import settings
from unrolled.arrays import Tree, flatten, unflatten
from unrolled.errors import InputError, MissingExtra
from unrolled.log import Log
from unrolled.metrics.evaluation import Evaluation
from unrolled.settings import Training
from unrolled.storage.files import CONFIG
from unrolled.storage.model_folder import ModelFolder, write_model_folder
from unrolled.tasks.fitted import Fitted, weights_sha256
from unrolled.tasks.predictor import Predictor
from unrolled.tasks.recipe import Learnt, Prepared, Recipe, Source
from unrolled.tasks.run_folder import LOG_FILE, check_run, run_folder
from unrolled.tasks.shown import as_html, shown

__all__ = ["Evaluation", "Task"]

TRAINING = "training__"  # the prefix by which scikit-learn names the settings of a setting

Sized = TypeVar("Sized", bound=tuple[NDArray[Any], NDArray[Any]])


@dataclass(eq=False, repr=False)
class Task(Predictor):
    """Base of the tasks: a dataclass whose fields are its settings, with scikit-learn's habits.

    The constructor stores the settings and refuses values that are not allowed; what `set_params` changes is checked
    by `fit`. `fit` returns self and sets attributes that end in ``_``: ``weights_``, ``learnt_`` (input, labels,
    baseline), ``fitted_`` and ``log_``.
    """

    training: Training = dataclasses.field(default_factory=Training, kw_only=True)
    reads: ClassVar[str]
    """What `fit` takes, for its help."""
    examples: ClassVar[tuple[str, ...]] = ("DATA -o MODEL",)
    """What may be typed after `unrolled fit NAME`, for its help."""
    kinds: ClassVar[tuple[str, ...]]
    """The kinds of input that it may learn from, names of `unrolled.inputs.INPUTS`."""
    adjustable: ClassVar[tuple[str, ...]] = ()
    """Settings that may be changed when a model is tuned."""

    def __post_init__(self) -> None:
        settings.check(self)
        if not isinstance(self.training, Training):
            raise InputError(f"training is {self.training!r:.200}; expected an unrolled.Training")
        settings.check(self.training)

    def check(self) -> None:
        """Raise InputError for a setting that is not allowed, or that contradicts another."""
        settings.check(self)
        settings.check(self.training)

    # scikit-learn's habits --------------------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name; where ``deep`` those of ``training``, too, as ``training__minutes``."""
        params = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if deep and isinstance(self.training, Training):
            params |= {TRAINING + name: value for name, value in settings.to_dict(self.training).items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Change settings, those of ``training`` as ``training__minutes``; InputError for an unknown name."""
        own = self.get_params(deep=False)
        nested = {name.removeprefix(TRAINING): params.pop(name) for name in list(params) if name.startswith(TRAINING)}
        for name, value in params.items():
            if name not in own:
                raise InputError(f"{type(self).__name__} has no setting {name!r}; it has {', '.join(own)}")
            setattr(self, name, value)
        if nested:
            self.training = settings.changed(self.training, nested)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "weights_")

    def __getstate__(self) -> dict[str, Any]:
        """What copies and pickles hold: all but what is made again when it is asked for."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

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

        def prepare(folder: Path, log: Log) -> Prepared:
            return recipe.prepare(Source(data, valid, encoding, folder, self.training), log)

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

        def prepare(folder: Path, log: Log) -> Prepared:
            source = Source(data, valid, encoding, folder, tuned.training)
            return recipe.prepare_tuning(source, self.learnt_, self.weights_, log)

        start = weights_sha256(self.weights_)
        return tuned._learn(recipe, prepare, start, run, resume, overwrite, show)

    def _learn(
        self,
        recipe: Recipe,
        prepare: Callable[[Path, Log], Prepared],
        start: str | None,
        run: str | Path | None,
        resume: bool,
        overwrite: bool,
        show: bool | None,
    ) -> Self:
        """Train the problem that ``prepare`` makes; ``start`` is the checksum of the weights to tune, else None."""
        check_run(run, resume, overwrite)
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
                training = settings.to_dict(self.training)
                budget = ("minutes", "epochs")  # a run may be resumed with more of it
                identity = {"settings": settings.to_dict(self)}
                identity["training"] = {name: value for name, value in training.items() if name not in budget}
                identity |= {"data": fingerprints} | ({} if start is None else {"start": {"sha256": start}})
                trainer = Trainer(problem, self.training, folder if run is not None else None, identity)
                outcome = trainer.fit(log, resume, from_start=start is not None)
            self.learnt_: Learnt = learnt
            self.weights_: Tree = unflatten(problem.module.arrays())
            self.learnt_ = recipe.finish(problem, learnt, self.frozen())
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
        return self

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
            "training": settings.to_dict(self.training),
            "fitted": dataclasses.asdict(self.fitted_),
        }
        texts = {**texts, "README.md": self._model_card(), LOG_FILE: self.log_}
        write_model_folder(folder, config, {"model": flatten(self.weights_), **tensors}, texts, overwrite)

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
        return task

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
