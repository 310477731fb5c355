"""Descriptions of installed Python packages and of Debian's, with the line that sums up each: sample:packages."""

import re
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import PackageMetadata, distributions
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from unrolled.data.examples import Examples
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.readme import paragraphs_of

__all__ = ["is_packages", "read_packages"]

_NAME = "sample:packages"
_DEBIAN = " (Debian)"
_LISTS = Path("/var/lib/apt/lists")
_STATUS = Path("/var/lib/dpkg/status")
_CAT = ("/usr/lib/apt/apt-helper", "cat-file")  # unpacks whatever apt may have packed
_FIELD = re.compile(r"^(Package|Source|Description(?:-en)?):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_LONGEST = 4000  # characters of a description; a whole paragraph more at most
_MOST_MARKED = 20_000  # characters of a description with its marks: some bring all of their history
_FEWEST = 2  # words of a summary
_ONE_IN = 10  # groups for the test
_FEW = 2000
_MORE = "apt-get update with Acquire::Languages=en brings tens of thousands"


class Package(NamedTuple):
    """A package: where it is from, what is made from the same sources, its summary and its description."""

    where: str
    group: str
    summary: str
    description: str


def is_packages(name: str) -> bool:
    """Whether a sample of this name is read here."""
    return name.split(":")[:2] == _NAME.split(":")


def read_packages(name: str = _NAME) -> Examples:
    """Examples of kind "pairs": descriptions, and the summaries of them that their authors wrote.

    ``name`` is "sample:packages", or "sample:packages:test" for a tenth that is never learnt from; a hash says what is
    in it. Packages that are made from the same sources are one group and in one part, and equal descriptions are there
    once. How many were found, and where, is told.
    """
    test = {_NAME: False, f"{_NAME}:test": True}.get(name)
    if test is None:
        raise InputError(f"unknown sample {name!r}; choose {_NAME}, or its part {_NAME}:test")
    different = dict[str, Package]()
    for one in chain(_python(), _debian()):
        words = one.summary.split()
        if len(words) >= _FEWEST and len(one.description.split()) > len(words):
            different.setdefault(_folded(one.description), one)
    packages = [one for one in different.values() if _in_test(one.group) == test]
    if len(packages) < 2:
        raise InputError(f"{name}: {len(packages)} installed packages describe themselves; expected at least 2")
    debian = sum(one.where.endswith(_DEBIAN) for one in packages)
    few = "" if len(packages) >= _FEW else f": few, which shows how it is done; {_MORE}"
    remark(f"{name}: {len(packages) - debian:,} Python packages, {debian:,} Debian packages{few}")
    where, groups, summaries, descriptions = (list(column) for column in zip(*packages, strict=True))
    return Examples("pairs", descriptions, summaries, where, groups)


def _in_test(group: str) -> bool:
    return int.from_bytes(sha256(group.encode()).digest()[:4]) % _ONE_IN == 0


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _group(name: str) -> str:
    """A project by its name without what tells versions apart: gcc-12 and gcc-13, requests and python-requests."""
    return re.sub(r"^python\d*-|[\d.]+", "", name.lower().replace("_", "-")).strip("-") or name


def _within(paragraphs: Iterator[str], summary: str) -> str:
    """A description from its beginning on, without the summary where that is all of a paragraph."""
    kept, length = list[str](), 0
    for paragraph in dict.fromkeys(paragraphs):
        if length >= _LONGEST:
            break
        if _folded(paragraph) not in ("", _folded(summary)):
            kept.append(paragraph)
            length += len(paragraph)
    return "\n\n".join(kept)


# Python ---------------------------------------------------------------------------------------------------------------


def _python() -> Iterator[Package]:
    """The installed packages that tell in their metadata what they are, by name."""
    installed = {about.get("name", ""): about for about in (_about(one.metadata) for one in distributions())}
    for name, about in sorted(installed.items()):
        summary = " ".join(about.get("summary", "").split())
        kind = about.get("description-content-type", "text/x-rst").split(";")[0].strip().lower()
        text = about.get("description", "")[:_MOST_MARKED]
        yield Package(f"{_NAME}: {name.lower()}", _group(name), summary, _within(paragraphs_of(text, kind), summary))


def _about(metadata: PackageMetadata) -> dict[str, str]:
    """The fields by their names in small letters; of a field that is there more than once the last."""
    return {key.lower(): str(metadata[key]) for key in metadata}


# Debian ---------------------------------------------------------------------------------------------------------------


def _debian() -> Iterator[Package]:
    """The packages that apt knows with their English descriptions, and those that are installed, by name.

    Names of sources stand in one list, descriptions in another: all are read in the same way.
    """
    sources, descriptions = dict[str, str](), dict[str, str]()
    for path in (*_lists(), *([_STATUS] if _STATUS.is_file() else [])):
        for entry in _contents(path).split("\n\n"):
            fields: dict[str, str] = dict(_FIELD.findall(entry))
            name, text = fields.get("Package", ""), fields.get("Description-en") or fields.get("Description", "")
            if "Source" in fields:
                sources.setdefault(name, fields["Source"].split(" ")[0])
            if "\n" in text:  # else it is the summary alone
                descriptions.setdefault(name, text)
    for name, text in sorted(descriptions.items()):
        summary, _, rest = text.partition("\n")
        paragraphs = (" ".join(lines.split()) for lines in re.split(r"\n \.(?=\n|$)", rest))
        yield Package(
            f"{_NAME}: {name}{_DEBIAN}", _group(sources.get(name, name)), summary, _within(paragraphs, summary)
        )


def _lists() -> list[Path]:
    """What apt has fetched: lists of packages, and of their descriptions in English."""
    found = _LISTS.glob("*") if _LISTS.is_dir() else ()
    return sorted(path for path in found if re.search(r"_(Packages|Translation-en)(\.\w+)?$", path.name))


def _contents(path: Path) -> str:
    """The text of a list; "" for one that cannot be read, which is told."""
    try:
        if path.suffix:
            raw = subprocess.run([*_CAT, str(path)], check=True, capture_output=True).stdout
        else:
            raw = path.read_bytes()
    except (OSError, subprocess.CalledProcessError) as error:
        remark(f"{path}: cannot be read, passed over: {error}")
        return ""
    return raw.decode("utf-8", "replace")
