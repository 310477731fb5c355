import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from unrolled.errors import InputError
from unrolled.storage import files
from unrolled.storage.files import check_writable_target, new_folder, open_regular, read_file, replace_file

CONFIG = json.dumps({"format": 1, "files": {"a.txt": {}, "b.txt": {}}})


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Let every file fail to grow beyond `size` bytes (Python ignores the signal that would come with it)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_folder(path: Path, text: str, overwrite: bool = False) -> None:
    with new_folder(path, overwrite) as new:
        (new / "a.txt").write_text(text)
        (new / "b.txt").write_text(text)
        (new / "config.json").write_text(CONFIG)


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_replace_file_writes_new_content_and_keeps_no_other(tmp_path: Path) -> None:
    for content in (b"one", b"", b"three"):
        replace_file(tmp_path / "file", lambda stream, content=content: stream.write(content))
        assert (tmp_path / "file").read_bytes() == content
        assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_an_exception_while_writing_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "file").write_text("old")

    def write(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise error

    with pytest.raises(error):
        replace_file(tmp_path / "file", write)
    assert contents(tmp_path) == {"file": "old"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
@pytest.mark.parametrize("existing", [False, True])
def test_an_exception_in_the_block_leaves_the_old_folder(
    tmp_path: Path, error: type[BaseException], existing: bool
) -> None:
    if existing:
        write_folder(tmp_path / "model", "old")
    before = contents(tmp_path)
    with pytest.raises(error), new_folder(tmp_path / "model", overwrite=True) as new:  # noqa: PT012
        (new / "a.txt").write_text("half")
        raise error
    assert contents(tmp_path) == before
    assert os.listdir(tmp_path) == ["model"] * existing


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with small_disk(10_000), pytest.raises(InputError, match=r"cannot write .*/file: File too large$"):
        replace_file(tmp_path / "file", lambda stream: stream.write(b"x" * 100_000))
    assert contents(tmp_path) == {"file": "old"}


def test_a_full_disk_leaves_the_old_folder(tmp_path: Path) -> None:
    write_folder(tmp_path / "model", "old")
    before = contents(tmp_path)
    with small_disk(10_000), pytest.raises(InputError, match=r"cannot write .*/model: File too large$"):
        write_folder(tmp_path / "model", "new" * 10_000, overwrite=True)
    assert contents(tmp_path) == before
    assert os.listdir(tmp_path) == ["model"]


def test_a_folder_that_cannot_be_renamed_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path / "model", "old")
    before = contents(tmp_path)
    rename = os.rename

    def fail_for_new(source: Path, target: Path) -> None:
        if ".tmp-" in source.name:
            raise PermissionError(13, "Permission denied", str(source))
        rename(source, target)

    monkeypatch.setattr(files, "_swap", lambda new, old: False)
    monkeypatch.setattr(os, "rename", fail_for_new)
    with pytest.raises(InputError, match="Permission denied"):
        write_folder(tmp_path / "model", "new", overwrite=True)
    assert contents(tmp_path) == before
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("swaps", [False, True])
def test_overwrite_replaces_a_model_and_an_empty_folder(
    tmp_path: Path, swaps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not swaps:
        monkeypatch.setattr(files, "_swap", lambda new, old: False)
    (tmp_path / "model").mkdir()
    for text in ("one", "two", "three"):
        write_folder(tmp_path / "model", text, overwrite=True)
        assert contents(tmp_path / "model") == {"a.txt": text, "b.txt": text, "config.json": CONFIG}
        assert os.listdir(tmp_path) == ["model"]


def test_an_existing_model_is_refused_without_overwrite(tmp_path: Path) -> None:
    write_folder(tmp_path / "model", "old")
    for refused in (check_writable_target, lambda path: write_folder(path, "new")):
        with pytest.raises(InputError, match=r"/model: it exists.*overwrite=True"):
            refused(tmp_path / "model")
    assert contents(tmp_path / "model")["a.txt"] == "old"


@pytest.mark.parametrize("config", [None, "", "[]", "{}", '{"files": {}}', '{"format": 1, "files": []}', "[" * 50_000])
def test_a_folder_of_something_else_is_never_overwritten(tmp_path: Path, config: str | None) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "holiday.jpg").write_text("sun")
    if config is not None:
        (photos / "config.json").write_text(config)
    before = contents(tmp_path)
    for refused in (check_writable_target, lambda path, overwrite: write_folder(path, "new", overwrite)):
        with pytest.raises(InputError, match="no model folder"):
            refused(photos, True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("during", [False, True])
def test_a_model_folder_with_somebodys_notes_is_not_overwritten(tmp_path: Path, during: bool) -> None:
    write_folder(tmp_path / "model", "old")
    with pytest.raises(InputError, match=r"'notes.md' in it is no part of a model; move it away"):  # noqa: PT012
        if not during:
            (tmp_path / "model" / "notes.md").write_text("mine")
        with new_folder(tmp_path / "model", overwrite=True):
            (tmp_path / "model" / "notes.md").write_text("mine")
    assert contents(tmp_path / "model")["notes.md"] == "mine"
    assert os.listdir(tmp_path) == ["model"]


def test_a_folder_that_appears_during_the_block_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write"), new_folder(tmp_path / "model"):
        write_folder(tmp_path / "model", "theirs")
    assert contents(tmp_path / "model")["a.txt"] == "theirs"
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing/model", "/missing does not exist"),
        ("file/model", "/file does not exist"),
        ("file", "it exists and is not a folder"),
        ("x" * 250, "File name too long"),
        ("nul\0byte", "is not a path"),
        ("/", "no name of its own"),
        ("/proc/model", r"cannot write /proc/model: "),
    ],
)
def test_a_target_that_cannot_be_written_is_refused_early(tmp_path: Path, path: str, message: str) -> None:
    (tmp_path / "file").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InputError, match=message):
            check_writable_target(f"{tmp_path}/{path}" if path[0] != "/" else path, overwrite)
    assert contents(tmp_path) == {"file": "mine"}


@pytest.mark.parametrize("path", ["missing/file", "file/file", "x" * 250, "nul\0byte", "/proc/file", "/", "folder"])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"cannot write|not a path"):
        replace_file(f"{tmp_path}/{path}" if path[0] != "/" else path, lambda stream: stream.write(b"x"))
    assert contents(tmp_path) == {"file": "mine"}


def test_an_error_of_the_writer_itself_keeps_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*book\.txt"):
        replace_file(tmp_path / "file", lambda stream: stream.write(Path("/missing/book.txt").read_bytes()))


def test_everything_is_on_disk_before_the_rename_and_the_rename_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def fsync(descriptor: int) -> None:
        seen.append(str(os.fstat(descriptor).st_ino))

    def watched(name: str) -> None:
        act = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *paths: seen.append("rename") or act(*paths))

    monkeypatch.setattr(os, "fsync", fsync)
    watched("rename")
    watched("replace")
    write_folder(tmp_path / "model", "x")
    parts = [tmp_path / "model" / name for name in ("a.txt", "b.txt", "config.json", ".")]
    assert set(seen[:4]) == {str(part.stat().st_ino) for part in parts}
    assert seen[4:] == ["rename", str(tmp_path.stat().st_ino)]
    seen.clear()
    replace_file(tmp_path / "file", lambda stream: stream.write(b"x"))
    assert seen == [str((tmp_path / "file").stat().st_ino), "rename", str(tmp_path.stat().st_ino)]


def test_links_stay_and_their_targets_change(tmp_path: Path) -> None:
    write_folder(tmp_path / "v1", "old")
    (tmp_path / "latest").symlink_to("v1")
    write_folder(tmp_path / "latest", "new", overwrite=True)
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    replace_file(tmp_path / "link", lambda stream: stream.write(b"new"))
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "link").is_symlink()
    assert contents(tmp_path / "v1")["a.txt"] == (tmp_path / "file").read_text() == "new"


def test_leftovers_of_dead_processes_alone_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".model.tmp-{dead.pid}-0123abcd").mkdir()
    (tmp_path / f".model.tmp-{dead.pid}-0123abcd" / "a.txt").write_text("half")
    (tmp_path / f".model.tmp-{os.getpid()}-0123abcd").write_text("of an earlier process with our number")
    kept = [f".model.tmp-{os.getppid()}-0123abcd", f".other.tmp-{dead.pid}-0123abcd", ".model.tmp-mine", "model.tmp-1"]
    for name in kept:
        (tmp_path / name).write_text("somebody else's")
    with new_folder(tmp_path / "model") as first:
        check_writable_target(tmp_path / "model")  # a second save in this process leaves the first one alone
        assert first.is_dir()
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "model"])


def test_only_regular_files_within_the_limit_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("12345")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert read_file(tmp_path / "file", 5) == b"12345"
    with pytest.raises(InputError, match="holds 5 bytes, expected at most 4"):
        read_file(tmp_path / "file", 4)
    for name, message in {
        "link": "is a link",
        "folder": "folder, pipe",
        "pipe": "folder, pipe",
        "no": "No such",
    }.items():
        with pytest.raises(InputError, match=f"/{name}: .*{message}"):
            open_regular(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_lines_of_a_stream_have_no_byte_order_mark(encoding):
    lines = ["the sky", "", "né 漢字"]
    assert list(files.decoded_lines(io.BytesIO("the sky\r\n\nné 漢字\n".encode(encoding)), "input")) == lines
    assert files.decoded("né".encode(encoding), "input") == "né"


def test_lines_that_are_no_text_are_named():
    lines = files.decoded_lines(io.BytesIO(b"fine\nn\xe9\n"), "standard input")
    assert [str(line) for line in lines] == ["fine", "standard input:2: byte 0xe9 in line 1 is not valid utf-8"]
