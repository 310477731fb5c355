"""Replaces files and folders whole: after a crash the old one or the new one stands, never half of one.

New content is written to a temporary sibling, forced to disk and renamed into place. A sibling is called
`.NAME.tmp-PID-RANDOM`, so that the next save recognises and removes what a killed process left behind.
"""

import ctypes
import io
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from unrolled.errors import InputError
from unrolled.storage.marks import by_mark
from unrolled.storage.strict_json import parse_json

__all__ = [
    "CACHE",
    "CONFIG",
    "CONFIG_LIMIT",
    "RESUME_FILE",
    "check_new_file",
    "check_writable_target",
    "decoded",
    "decoded_lines",
    "new_folder",
    "open_regular",
    "read_file",
    "read_text",
    "replace_file",
]

CONFIG = "config.json"
RESUME_FILE = "resume.safetensors"  # from which an unfinished run is resumed
CACHE = "cache"  # a folder beside it: what took long to compute of the data, until the run is finished
CONFIG_LIMIT = 2**20
_PathLike = str | os.PathLike[str]
_in_use: set[str] = set()  # temporaries of this process: an earlier process may have had the same number


def replace_file(path: _PathLike, write: Callable[[BinaryIO], object]) -> None:
    """Replace the file at `path` by what `write` writes into its stream; a link stays and its target changes.

    If it is stopped, by a full disk or a kill, the old file stands whole. Raises InputError if it cannot write.
    """
    target = _resolve(path)
    with _temporary(target) as temporary:
        with open(temporary, "xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
        _sync(target.parent)


@contextmanager
def new_folder(path: _PathLike, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder that takes its place at `path` when the block ends well, and vanishes when it does not.

    With `overwrite` a model folder at `path` stands until the new one does. Raises InputError as
    `check_writable_target` does, and for any OSError in the block (a full disk).
    """
    target = _resolve(path)
    check_writable_target(target, overwrite)
    with _temporary(target) as temporary:
        temporary.mkdir()
        yield temporary
        for folder, _, names in os.walk(temporary):
            for name in [*names, "."]:
                _sync(Path(folder, name))
        if overwrite and os.path.lexists(target):
            _refuse_foreign(target)  # it may have changed during the block
            _exchange(temporary, target)
        else:
            os.rename(temporary, target)
        _sync(target.parent)


def check_writable_target(path: _PathLike, overwrite: bool = False) -> None:
    """Raise InputError if `new_folder(path, overwrite)` would be refused: call it before a long run.

    Refused: something exists there (unless `overwrite`), it is no model folder, or no folder can be made there.
    """
    target = _resolve(path)
    if not os.path.isdir(target.parent):
        raise InputError(f"cannot write {target}: the folder {target.parent} does not exist; make it first")
    with _temporary(target) as probe:  # asks the system itself: read-only disks, quotas and long names show here
        probe.mkdir()
    if not os.path.lexists(target):
        return
    if not os.path.isdir(target):
        raise InputError(f"cannot write {target}: it exists and is not a folder; name a new folder")
    _refuse_foreign(target)
    if not overwrite:
        message = f"cannot write {target}: it exists; name a new folder, or replace it with overwrite=True"
        raise InputError(message, "overwrite=True")


def check_new_file(path: _PathLike, overwrite: bool = False) -> Path:
    """The path of a file to be written later; InputError now if it could not be written then."""
    target = Path(path)
    if target.is_dir() or not target.name:
        raise InputError(f"{path}: is a folder; expected the name of a file")
    if target.exists() and not overwrite:
        raise InputError(f"{path} exists already; overwrite=True replaces it", "overwrite=True")
    folder = target.resolve().parent
    if not folder.is_dir():
        raise InputError(f"cannot write {path}: the folder {folder} does not exist; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"cannot write {path}: no permission to write in {folder}")
    return target


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; a link, folder, pipe or device raises InputError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        reason = "is a link, expected a regular file" if os.path.islink(path) else f"cannot be read: {error}"
        raise InputError(f"{path}: {reason}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError(f"{path}: is a folder, pipe or device, expected a regular file")
    return os.fdopen(descriptor, "rb")


def read_file(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes; raises InputError for any other."""
    with open_regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > limit:
            raise InputError(f"{path}: holds {size} bytes, expected at most {limit}")
        try:
            return stream.read(size)
        except (OSError, MemoryError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from error


def decoded(data: bytes, where: str) -> str:
    """Decode UTF-8 text, or what its byte order mark says; InputError, naming byte and line, for anything else."""
    encoding = by_mark(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "ignore").count("\n") + 1
        shown = "utf-8" if encoding == "utf-8-sig" else encoding
        raise InputError(f"{where}: byte {data[error.start]:#04x} in line {line} is not valid {shown}") from error


def decoded_lines(stream: Iterable[bytes], name: str) -> Iterator[str | InputError]:
    """The lines of a stream, each as soon as it is there, without line ends; see `decoded`, whose error may be one."""
    waiting = iter(stream)
    first = next(waiting, b"")
    if by_mark(first) in ("utf-16", "utf-32"):  # a line break is more than one byte there
        yield from (line.rstrip("\n") for line in io.StringIO(decoded(first + b"".join(waiting), name), newline=None))
        return
    for number, line in enumerate(chain([first] if first else [], waiting), 1):
        try:
            yield decoded(line, f"{name}:{number}").rstrip("\r\n")
        except InputError as error:
            yield error


def read_text(path: Path) -> str:
    """Read the UTF-8 text of a file of any kind, such as a pipe."""
    try:
        return decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{str(path)!r}: {error.strerror}; expected a text file behind @") from error


def _resolve(path: _PathLike) -> Path:
    try:
        target = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise InputError(f"{os.fspath(path)!a} is not a path: {error}") from error
    if not target.name:
        raise InputError(f"cannot write {target}: it has no name of its own")
    return target


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """Yield the path of an unused sibling; what exists there at the end is removed: half a new one, or the old one."""
    _settle_leftovers(target)
    temporary = _sibling(target, "tmp")
    _in_use.add(temporary.name)
    try:
        yield temporary
    except OSError as error:
        own = error.filename is None or os.fspath(error.filename).startswith(os.fspath(temporary))
        raise InputError(f"cannot write {target}: {(own and error.strerror) or error}") from error
    finally:
        _remove(temporary)
        _in_use.discard(temporary.name)


def _sibling(target: Path, kind: str) -> Path:
    return target.with_name(f".{target.name}.{kind}-{os.getpid()}-{os.urandom(4).hex()}")


def _settle_leftovers(target: Path) -> None:
    """Remove what killed processes left beside `target`; an old folder whose new one is missing is put back."""
    leftover = re.compile(rf"\.{re.escape(target.name)}\.(tmp|old)-(\d{{1,7}})-[0-9a-f]{{8}}")
    try:
        names = os.listdir(target.parent)
    except OSError:
        return  # the writing that follows says why
    for name in names:
        match = leftover.fullmatch(name)
        if match and name not in _in_use and not _is_other_process(int(match[2])):
            with suppress(OSError):  # of no consequence now; the next save tries again
                _settle(target.with_name(name), target, keep=match[1] == "old")


def _is_other_process(number: int) -> bool:
    if number == os.getpid():
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's process lives
    return True


def _settle(aside: Path, target: Path, keep: bool) -> None:
    if keep and os.path.lexists(aside) and not os.path.lexists(target):
        os.rename(aside, target)
    else:
        _remove(aside)


def _exchange(new: Path, old: Path) -> None:
    """Swap `new` and `old` in one step where the system can, else by way of a third name."""
    if _swap(new, old):
        return
    aside = _sibling(old, "old")
    _in_use.add(aside.name)
    try:
        os.rename(old, aside)
        os.rename(new, old)
    finally:
        _settle(aside, old, keep=True)
        _in_use.discard(aside.name)


def _swap(first: Path, second: Path) -> bool:
    libc = ctypes.CDLL(None)
    names = os.fsencode(first), os.fsencode(second)
    if hasattr(libc, "renameat2"):  # Linux: both relative to AT_FDCWD, RENAME_EXCHANGE
        return bool(libc.renameat2(-100, names[0], -100, names[1], 2) == 0)
    if hasattr(libc, "renamex_np"):  # macOS: RENAME_SWAP
        return bool(libc.renamex_np(*names, 2) == 0)
    return False


def _remove(path: Path) -> None:
    with suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_foreign(folder: Path) -> None:
    """Raise InputError unless `folder` is empty or holds a model and nothing else: only those may be replaced."""
    try:
        names = set(os.listdir(folder))
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}") from error
    if not names:
        return
    try:
        config = parse_json(read_file(folder / CONFIG, CONFIG_LIMIT), CONFIG)
    except InputError:
        config = None
    if not isinstance(config, dict) or "format" not in config or not isinstance(config.get("files"), dict):
        raise InputError(f"cannot write {folder}: it exists and is no model folder; name a new folder")
    if foreign := sorted(names - config["files"].keys() - {CONFIG}):
        raise InputError(f"cannot write {folder}: {foreign[0]!a} in it is no part of a model; move it away first")
