"""The model folder: JSON, text and safetensors, each with its size and checksum in `config.json`. It never runs code.

config.json          format, library version, task, settings, metrics, and `files`: name → bytes, sha256
model.safetensors    the weights, float32; other .safetensors files hold what a baseline or a state needs
tokenizer.json, vocabulary.json, README.md; words.json, where tokens are parts of words; strokes.json and
strokes.safetensors, where a keyboard was taught to read strokes
"""

import dataclasses
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Self, TypedDict

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.files import CONFIG, CONFIG_LIMIT, new_folder, open_regular, read_file
from unrolled.storage.strict_json import parse_json, to_json
from unrolled.storage.tensor_file import Shapes, Tensors, encode_tensors, read_tensors

__all__ = ["FORMAT", "TENSORS_LIMIT", "TEXT_LIMIT", "ModelFolder", "write_model_folder"]

FORMAT = 1
TEXT_LIMIT = 64 * 2**20  # bytes
TENSORS_LIMIT = 4 * 2**30  # bytes
_LIMITS = {
    ".safetensors": TENSORS_LIMIT,
    ".json": TEXT_LIMIT,
    ".jsonl": TEXT_LIMIT,
    ".md": TEXT_LIMIT,
    ".txt": TEXT_LIMIT,
}
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_CHUNK = 2**20
_WEIGHTS = ("model", "strokes")  # files of tensors that networks multiply with
_LARGEST = 1e9  # of a weight: training ends far below it, and the product of two, summed, stays far within float32


class _File(TypedDict):
    """What config.json says of one file."""

    bytes: int
    sha256: str


def write_model_folder(
    folder: str | Path,
    config: Mapping[str, object],
    tensors: Mapping[str, Tensors],
    texts: Mapping[str, str],
    overwrite: bool = False,
    kept: Mapping[str, bytes] | None = None,
) -> None:
    """Write a model folder, whole or not at all: `tensors["model"]` becomes model.safetensors, texts keep their names.

    ``kept`` are files of another model folder, which go in as they are. Raises InputError if the folder cannot be
    written (see `files.new_folder`) or could not be read back.
    """
    if taken := {"format", "library", "files"} & config.keys():
        raise ValueError(f"write_model_folder fills in {sorted(taken)} itself")
    files: dict[str, _File] = {}
    with new_folder(folder, overwrite) as unfinished:
        for name, content in chain((kept or {}).items(), _contents(tensors, texts)):
            _check_file(name, len(content), str(folder))
            if name in files:
                raise ValueError(f"write_model_folder was given {name} twice")
            (unfinished / name).write_bytes(content)
            files[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        document = {"format": FORMAT, "library": _library_version(), **config, "files": files}
        content = to_json(document, CONFIG, indent=2).encode()
        parse_json(content, CONFIG)
        if len(content) > CONFIG_LIMIT:
            raise InputError(f"{CONFIG}: would hold {len(content)} bytes, at most {CONFIG_LIMIT} are read")
        (unfinished / CONFIG).write_bytes(content)


@dataclass(frozen=True)
class ModelFolder:
    """An opened model folder: when it was opened, all its files were there, of the right size and unaltered.

    ``held`` are files that were read already: they outlive the folder, and go with a pickle of it.
    """

    folder: Path
    config: Mapping[str, Any]
    held: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Check the folder and all its files, and read its config.json; raises InputError, naming the file at fault."""
        path = Path(folder)
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise InputError(f"{str(path)!a}: {reason}; expected a folder that `unrolled fit` wrote") from error
        if not is_folder or not os.path.lexists(path / CONFIG):
            what = f"has no {CONFIG}" if is_folder else "is a file"
            raise InputError(f"{path}: {what}; expected a folder that `unrolled fit` wrote")
        opened = cls(path, _read_config(path / CONFIG))
        for name in opened.files:
            with opened._opened(name) as (stream, size):
                digest = hashlib.sha256()
                for _ in range(0, size, _CHUNK):
                    digest.update(stream.read(_CHUNK))
                opened._check_sum(name, digest.hexdigest())
        return opened

    @property
    def files(self) -> Mapping[str, _File]:
        """Name of each file beside config.json → {"bytes": its size, "sha256": its checksum}."""
        files: Mapping[str, _File] = self.config["files"]
        return files

    def holding(self, name: str) -> Self:
        """This folder with a file in memory, to be understood later, when the folder may have moved or gone."""
        if name not in self.files:
            return self  # said where it is asked for
        with self._opened(name) as (stream, size):
            return dataclasses.replace(self, held={**self.held, name: stream.read(size)})

    def contents(self) -> dict[str, bytes]:
        """All files beside config.json, unaltered; raises InputError, naming the file, where one was altered since."""
        contents = {}
        for name in self.files:
            with self._opened(name) as (stream, size):
                contents[name] = stream.read(size)
            self._check_sum(name, hashlib.sha256(contents[name]).hexdigest())
        return contents

    def text(self, name: str) -> str:
        """Return the text of a file ("tokenizer.json"); raises InputError if it is missing, altered or not UTF-8."""
        with self._opened(name) as (stream, size):
            content = stream.read(size)
        self._check_sum(name, hashlib.sha256(content).hexdigest())
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise InputError(f"{self.folder / name}: not UTF-8 text: {error}") from error

    def tensors(self, name: str, expected: Shapes | None = None) -> dict[str, NDArray[Any]]:
        """Read the tensors of a file ("model" reads model.safetensors), by name.

        `expected` (the shape of every tensor by name) is compared with the file's header before memory is taken.
        Raises InputError if anything differs, is altered, is not finite or, among weights, is not float32 or so large
        that sums of products with it have no float32.
        """
        file = f"{name}.safetensors"
        with self._opened(file) as (stream, size):
            only = "F32" if name in _WEIGHTS else None
            tensors, content = read_tensors(stream, size, str(self.folder / file), expected, only)
        if name in _WEIGHTS:
            _check_weights(tensors, str(self.folder / file))
        self._check_sum(file, hashlib.sha256(content.data).hexdigest())
        return tensors

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[BinaryIO, int]]:
        path = self.folder / name
        if name not in self.files:
            raise InputError(f"{path}: the model has no such file; {CONFIG} lists {', '.join(self.files) or 'none'}")
        expected = self.files[name]["bytes"]
        if name in self.held:
            yield io.BytesIO(self.held[name]), expected
            return
        try:
            with open_regular(path) as stream:
                size = stream.seek(0, 2)
                if size != expected:
                    raise InputError(f"{path}: altered or truncated: it has {size} bytes, {CONFIG} says {expected}")
                stream.seek(0)
                yield stream, size
        except (OSError, MemoryError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from error

    def _check_sum(self, name: str, checksum: str) -> None:
        if checksum != self.files[name]["sha256"]:
            raise InputError(f"{self.folder / name}: altered or truncated: its sha256 is not the one in {CONFIG}")


def _contents(tensors: Mapping[str, Tensors], texts: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for name, group in tensors.items():
        yield f"{name}.safetensors", encode_tensors(group, f"{name}.safetensors")
    for name, text in texts.items():
        yield name, text.encode()


def _library_version() -> str:
    try:
        return metadata.version("unrolled")
    except metadata.PackageNotFoundError:
        return "unknown"  # run from its source, not installed


def _read_config(path: Path) -> dict[str, Any]:
    config = parse_json(read_file(path, CONFIG_LIMIT), str(path))
    if not isinstance(config, dict):
        raise InputError(f"{path}: expected a JSON object")
    version = config.get("format")
    if type(version) is not int or version < 1:
        raise InputError(f'{path}: expected "format": {FORMAT}, as `unrolled fit` writes it')
    if version > FORMAT:
        raise InputError(f"{path}: format {version}, this version reads {FORMAT}: pip install --upgrade unrolled")
    files = config.get("files")
    if not isinstance(files, dict):
        raise InputError(f'{path}: expected "files" to name every file of the model')
    for name, entry in files.items():
        _check_entry(name, entry, str(path))
    return config


def _check_entry(name: str, entry: object, where: str) -> None:
    quoted = ascii(name[:80])
    if not isinstance(entry, dict) or entry.keys() != {"bytes", "sha256"}:
        raise InputError(f"{where}: file {quoted} needs bytes and sha256, and nothing else")
    size, checksum = entry["bytes"], entry["sha256"]
    if type(size) is not int or size < 0 or not isinstance(checksum, str):
        raise InputError(f"{where}: file {quoted} needs its bytes as a whole number, its sha256 as text")
    _check_file(name, size, where)


def _check_file(name: str, size: int, where: str) -> None:
    limit = _LIMITS.get(Path(name).suffix)
    if not _PLAIN_NAME.fullmatch(name) or limit is None or name == CONFIG:
        raise InputError(f"{where}: {name[:80]!a} may not be a model's file, only plain names in {', '.join(_LIMITS)}")
    if size > limit:
        raise InputError(f"{where}: {name} would hold {size} bytes, at most {limit} are read")


def _check_weights(weights: Tensors, where: str) -> None:
    for name, values in weights.items():
        if values.size and max(values.max(), -values.min()) > _LARGEST:
            largest = values.flat[int(np.abs(values).argmax())]
            raise InputError(
                f"{where}: tensor {name[:80]!a} holds {largest:.3g}; expected weights of at most {_LARGEST:g}: with "
                "larger ones a model has no answers"
            )
