"""The two files of an export, written whole or not at all."""

from collections.abc import Callable
from pathlib import Path

from unrolled.errors import InputError, MissingExtra
from unrolled.export.graph import Graph
from unrolled.storage.files import check_new_file, replace_file

__all__ = ["check_onnx", "checked_files", "step_file", "write_graphs"]


def step_file(path: str | Path) -> Path:
    """Where the graph of one step goes: keyboard.onnx → keyboard.step.onnx."""
    return Path(path).with_suffix(".step.onnx")


def check_onnx() -> None:
    """Raise MissingExtra without onnx."""
    try:
        import onnx  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra("onnx", "onnx", "export") from error


def checked_files(path: str | Path, overwrite: bool) -> tuple[Path, Path]:
    """``path`` and its `step_file`; InputError for those that are there unless ``overwrite``, and for other names."""
    files = Path(path), step_file(path)
    for file in files:
        if file.suffix != ".onnx":
            raise InputError(f"{file}: expected a name that ends in .onnx")
        check_new_file(file, overwrite)
    return files


def write_graphs(files: tuple[Path, Path], about: dict[str, str], *graphs: Callable[[], Graph]) -> None:
    """Write what each of ``graphs`` makes, looked over by ONNX's own checker."""
    import onnx

    contents = []
    for make in graphs:
        exported = make().model(about)
        onnx.checker.check_model(exported, full_check=True)
        contents.append(exported.SerializeToString())
    for file, content in zip(files, contents, strict=True):
        replace_file(file, lambda stream, content=content: stream.write(content))  # type: ignore[misc]
