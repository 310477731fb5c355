import gzip
from importlib.metadata import distributions

import pytest

from unrolled.errors import InputError
from unrolled.sources import packages
from unrolled.sources.packages import read_packages
from unrolled.sources.pairs import read_pairs

PACKAGES = """\
Package: gcc-12
Version: 12.2
Description: GNU C compiler
Description-md5: 1

Package: cpp-12
Source: gcc-12 (12.2)
Description: GNU C preprocessor
Description-md5: 2

Package: gcc-13
Description: GNU C compiler
Description-md5: 3
"""
TRANSLATION = """\
Package: gcc-12
Description-md5: 1
Description-en: GNU C compiler
 This is the GNU C compiler, a fairly portable
 optimizing compiler.
 .
 It compiles C.

Package: cpp-12
Description-md5: 2
Description-en: GNU C preprocessor
 A macro processor that is used automatically by the compiler.

Package: gcc-13
Description-md5: 3
Description-en: GNU C compiler
 This is the GNU C compiler, a fairly portable optimizing compiler.
 .
 It compiles C.
"""
STATUS = """\
Package: cpp-12
Status: install ok installed
Description: another text
 that comes second and is therefore not what is read at all

Package: adduser
Description: add and remove users
 This package includes commands for creating and removing users.
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Lists of apt and dpkg, a function that installs a Python package, and no part for the test."""
    lists = tmp_path / "lists"
    lists.mkdir()
    (tmp_path / "status").write_text(STATUS)
    (lists / "deb_main_binary-amd64_Packages").write_text(PACKAGES)
    (lists / "deb_main_i18n_Translation-en").write_text(TRANSLATION)
    (lists / "deb_main_i18n_Translation-de").write_text(TRANSLATION.replace("-en", "-de"))
    monkeypatch.setattr(packages, "_LISTS", lists)
    monkeypatch.setattr(packages, "_STATUS", tmp_path / "status")
    monkeypatch.setattr(packages, "_in_test", lambda group: group == "hidden")
    monkeypatch.setattr(packages, "distributions", lambda: distributions(path=[str(tmp_path)]))

    def install(name, summary, description, kind="text/markdown"):
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        head = (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\nSummary: {summary}\nDescription-Content-Type: {kind}\n"
        )
        (about / "METADATA").write_text(f"{head}\n{description}")

    return install


def rows(examples):
    return list(zip(examples.where, examples.groups, examples.targets, examples.inputs, strict=True))


def test_descriptions_and_their_summaries(installed, caplog):
    installed("Parser", "Reads dates", "# parser\n\n**Reads dates!**\n\nIt reads them in *any* form.\n\n1.0")
    assert rows(read_packages()) == [
        ("sample:packages: parser", "parser", "Reads dates", "parser\n\nIt reads them in any form."),
        (
            "sample:packages: adduser (Debian)",
            "adduser",
            "add and remove users",
            "This package includes commands for creating and removing users.",
        ),
        (
            "sample:packages: cpp-12 (Debian)",
            "gcc",
            "GNU C preprocessor",
            "A macro processor that is used automatically by the compiler.",
        ),
        (
            "sample:packages: gcc-12 (Debian)",
            "gcc",
            "GNU C compiler",
            "This is the GNU C compiler, a fairly portable optimizing compiler.\n\nIt compiles C.",
        ),
    ]
    assert "sample:packages: 1 Python packages, 3 Debian packages: few, which shows how it is done" in caplog.text


def test_packages_without_anything_to_sum_up_are_left_out(installed):
    installed("short", "A tool", "A tool")
    installed("name", "name", "A description that has no summary.")
    installed("nothing", "UNKNOWN", "")
    assert len(read_packages()) == 3


def test_a_part_for_the_test(installed):
    installed("hidden", "Reads hidden files", "It reads all files that are not shown otherwise.")
    installed("python-hidden", "Reads hidden files again", "It reads all files that are not shown otherwise, twice.")
    assert [group for _, group, *_ in rows(read_packages("sample:packages:test"))] == ["hidden", "hidden"]
    assert "hidden" not in read_pairs("sample:packages").groups
    with pytest.raises(InputError, match="unknown sample 'sample:packages:valid'; choose sample:packages, or its part"):
        read_pairs("sample:packages:valid")


def test_the_test_is_a_tenth_for_good():
    names = [name for name in map(str, range(1000)) if packages._in_test(name)]
    assert (len(names), names[:3]) == (107, ["11", "46", "70"])


def test_long_descriptions_end_after_a_paragraph(installed):
    installed("long", "A long story", "\n\n".join(f"Paragraph {number} {'x' * 500}" for number in range(99)))
    text = read_packages().inputs[0]
    assert len(text.split("\n\n")) == 8
    assert text.endswith("x")


def test_packed_lists_are_read_by_apt(installed, tmp_path, monkeypatch, caplog):
    file = tmp_path / "lists" / "deb_main_i18n_Translation-en"
    file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    monkeypatch.setattr(packages, "_CAT", ("gzip", "-dc"))
    assert len(read_packages()) == 3
    monkeypatch.setattr(packages, "_CAT", ("/nowhere/apt-helper",))
    assert len(read_packages()) == 2
    assert "Translation-en.gz: cannot be read, passed over" in caplog.text


def test_it_may_be_read_among_files(installed, tmp_path):
    table = tmp_path / "pairs.tsv"
    table.write_text("source\ttarget\na text\tits summary\n")
    assert len(read_pairs([str(table), "sample:packages"])) == 4


def test_where_nothing_is_installed_that_is_said(installed, tmp_path):
    (tmp_path / "status").unlink()
    for file in (tmp_path / "lists").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="0 installed packages describe themselves; expected at least 2"):
        read_packages()
