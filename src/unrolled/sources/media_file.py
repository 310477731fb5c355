"""The bytes of a file that is read as a whole, such as a recording or a picture."""

from pathlib import Path

from unrolled.errors import InputError

__all__ = ["read_media"]


def read_media(path: Path, most: int, noun: str) -> bytes:
    """The content of a file; of one that is longer than ``most`` bytes one byte more than these.

    Raises InputError, in which ``noun`` says what was expected, for what is no file or cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: a folder or a pipe; expected a file with a {noun}")
        with path.open("rb") as file:
            return file.read(most + 1)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # such as a NUL within its name
        raise InputError(f"{str(path)!r:.200}: no path: {error}; expected a file with a {noun}") from None
