"""A dataclass of settings with scikit-learn's habits, fitted or not."""

import dataclasses
import sys
from dataclasses import dataclass
from typing import Any, Self

from unrolled import settings
from unrolled.errors import InputError
from unrolled.settings import Training

__all__ = ["Estimator"]

TRAINING = "training__"  # the prefix by which scikit-learn names the settings of a setting


@dataclass(eq=False, repr=False)
class Estimator:
    """The constructor stores the settings and refuses values that are not allowed; `check` sees those changed since."""

    training: Training = dataclasses.field(default_factory=Training, kw_only=True)

    def __post_init__(self) -> None:
        settings.check(self)
        if not isinstance(self.training, Training):
            raise InputError(f"training is {self.training!r:.200}; expected an unrolled.Training")
        settings.check(self.training)

    def check(self) -> None:
        """Raise InputError for a setting that is not allowed, or that contradicts another."""
        settings.check(self)
        settings.check(self.training)

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

    def _check_fitted(self) -> None:
        if not hasattr(self, "weights_"):
            raise _not_fitted(
                f"this {type(self).__name__} has learnt nothing yet; call fit first, or unrolled.load a model"
            )


def _not_fitted(message: str) -> InputError:
    """An InputError that, where scikit-learn is loaded, is its NotFittedError, too."""
    exceptions = sys.modules.get("sklearn.exceptions")
    if exceptions is None:
        return InputError(message)
    error: InputError = type("NotFittedError", (InputError, exceptions.NotFittedError), {})(message)
    return error
