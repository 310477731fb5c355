"""English messages of installed programs and their translations, from compiled catalogues: sample:messages:LANG."""

import re
import struct
from collections.abc import Iterator
from importlib.metadata import distributions
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from unrolled.errors import InputError, MissingExtra
from unrolled.progress import remark
from unrolled.sources.pair_files import Pair
from unrolled.storage.files import read_file
from unrolled.storage.strict_json import parse_json

__all__ = ["read_messages"]

_PLACE = re.compile(r"(?:^|/)locales?/([A-Za-z]{2,3}(?:[_-]\w+)?)/LC_MESSAGES/[^/]+\.(?:mo|json)$")
_LARGEST = 1 << 26  # bytes of a catalogue
_ENGLISH = frozenset(
    ("the", "of", "to", "and", "is", "are", "be", "for", "not", "this", "that", "with", "you", "or", "from")
)
_LEAST_ENGLISH = 0.02  # share of such words
_CONTEXT = "\x04"  # stands between the context of a message and the message


Messages = list[tuple[str, str]]


class Catalogue(NamedTuple):
    """A file with messages, the language that it translates into ("de", "pt_br"), and the package that brings it."""

    path: Path
    language: str
    package: str


def read_messages(language: str) -> Iterator[Pair]:
    """The English messages of all installed packages that have them in this language, or in that of a region ("pt_BR").

    Messages that are empty, or the same in both languages, are left out, and equal pairs are kept once. How many there
    are is told. Raises InputError, naming the languages that there are, for another one.
    """
    installed = _installed()
    read = list(_english(_chosen(language, installed)))
    if not read:
        known = ", ".join(sorted({one.language for one, _ in _english(installed)}))
        raise InputError(
            f"sample:messages:{language}: no installed package translates English messages into {language or 'it'}; "
            + (
                f"there are {known}"
                if known
                else "none translates any: pip install jupyterlab-language-pack-de-DE, say"
            )
        )
    pairs = dict[tuple[str, str], str]()
    for catalogue, messages in read:
        for message, translation in messages:
            pair = " ".join(message.split()), " ".join(translation.split())
            if all(pair) and pair[0] != pair[1]:
                pairs.setdefault(pair, f"{catalogue.path}: {pair[0]!r:.60}")
    packages = ", ".join(dict.fromkeys(catalogue.package for catalogue, _ in read))
    small = "a small sample, which shows how it is done and makes no translator"
    remark(f"sample:messages:{language}: {len(pairs):,} pairs of {packages}: {small}")
    return ((*pair, where) for pair, where in pairs.items())


def _installed() -> list[Catalogue]:
    """The catalogues that installed packages list among their files; JSON only where the same is not there as .mo."""
    found = dict[Path, Catalogue]()
    for package in distributions():
        if "LC_MESSAGES" not in (package.read_text("RECORD") or ""):  # splitting all records takes a second
            continue
        for file in package.files or ():
            if (match := _PLACE.search(file.as_posix())) and not match[1].lower().startswith("en"):
                path = Path(str(package.locate_file(file)))
                found[path] = Catalogue(path, match[1].replace("-", "_").lower(), package.name)
    return [found[path] for path in sorted(found) if path.suffix == ".mo" or path.with_suffix(".mo") not in found]


def _chosen(language: str, catalogues: list[Catalogue]) -> list[Catalogue]:
    """Those in a language; a region that is not asked for must be clear."""
    code, _, region = language.strip().replace("-", "_").lower().partition("_")
    chosen = [one for one in catalogues if one.language == code or one.language.startswith(f"{code}_")]
    if region:
        return [one for one in chosen if one.language in (code, f"{code}_{region}")]
    regions = sorted({one.language for one, _ in _english(chosen)} - {code})
    if len(regions) > 1:
        raise InputError(f"sample:messages:{language}: several regions have messages; choose {', '.join(regions)}")
    return chosen


def _english(catalogues: list[Catalogue]) -> Iterator[tuple[Catalogue, Messages]]:
    """The catalogues and their messages, of packages whose messages are English: those of some are not."""
    for _, group in groupby(sorted(catalogues, key=lambda one: one[::-1]), lambda one: one[:0:-1]):
        read = [(one, list(_messages(one.path))) for one in group]
        words = [word for _, messages in read for message, _ in messages for word in message.lower().split()]
        if sum(map(_ENGLISH.__contains__, words)) > _LEAST_ENGLISH * len(words):
            yield from read


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    return _json_messages(path) if path.suffix == ".json" else _compiled_messages(path)


def _compiled_messages(path: Path) -> Iterator[tuple[str, str]]:
    """The messages of a .mo file. Of a plural there is a form for one, and that for many, which is the last."""
    try:
        import polib
    except ModuleNotFoundError as error:
        raise MissingExtra("polib", "documents", "sample:messages") from error
    try:
        catalogue = polib.mofile(str(path))
    except (OSError, ValueError, struct.error) as error:
        raise InputError(f"{path}: no sound catalogue of messages: {error}") from None
    for entry in catalogue:
        forms = [form for _, form in sorted(entry.msgstr_plural.items())]
        if not forms:
            yield entry.msgid, entry.msgstr
            continue
        if len(forms) > 1:
            yield entry.msgid, forms[0]
        yield entry.msgid_plural, forms[-1]


def _json_messages(path: Path) -> Iterator[tuple[str, str]]:
    """The messages of a catalogue in JSON, as of JupyterLab: lists of forms by message, the first for one."""
    catalogue = parse_json(read_file(path, _LARGEST), str(path))
    if not isinstance(catalogue, dict):
        raise InputError(f"{path}: {type(catalogue).__name__}; expected an object with a list for each message")
    for message, forms in catalogue.items():
        if message and isinstance(forms, list) and forms and isinstance(forms[0], str):
            yield message.rpartition(_CONTEXT)[2], forms[0]
