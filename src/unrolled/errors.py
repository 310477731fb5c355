"""The errors that a user may see; each carries the exit code of the command line."""

__all__ = ["InputError", "MissingExtra", "TrainingError", "UnrolledError"]


class UnrolledError(Exception):
    """Base of every error this library raises on purpose."""

    exit_code = 1


class InputError(UnrolledError, ValueError):
    """Bad input: the message says what was received, what was expected and where.

    ``arguments`` are the words of the message that name arguments of Python, as in "minutes" or "overwrite=True": the
    command line shows its options in their place.
    """

    exit_code = 2

    def __init__(self, message: str = "", *arguments: str) -> None:
        super().__init__(message)
        self.arguments = arguments


class MissingExtra(UnrolledError, ImportError):
    """An optional library is not installed; the message names the extra that brings it."""

    exit_code = 2

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {library}, which is not installed: pip install 'unrolled[{extra}]'")


class TrainingError(UnrolledError):
    """A training run failed; its last good checkpoint is kept."""
