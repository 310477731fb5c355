"""English messages of installed programs and their translations, from compiled catalogues: sample:messages:LANG."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from unrolled.errors import InputError, MissingExtra
from unrolled.progress import remark
from unrolled.sources.pair_files import Pair
from unrolled.storage.files import read_file
from unrolled.storage.strict_json import parse_json

__all__ = ["read_messages"]

_PLACE = re.compile(r"(?:^|/)locales?/([A-Za-z]{2,3}(?:[_-]\w+)?)/LC_MESSAGES/[^/]+\.(?:mo|json)$")
_LARGEST = 1 << 26  # bytes of a catalogue
_CONTEXT = "\x04"  # stands between the context of a message and the message


@dataclass(frozen=True)
class Catalogue:
    """A file with messages, in the code of their language ("de", "pt_br"), and the package that it belongs to."""

    path: Path
    language: str
    package: str


def read_messages(language: str) -> Iterator[Pair]:
    """The messages of all installed packages that have them in this language; of a region ("pt_BR") where it has one.

    Messages that are empty, or the same in both languages, are left out, and equal pairs are kept once. How many there
    are is told. Raises InputError, naming the languages that there are, for another one.
    """
    catalogues = _chosen(language, _installed())
    pairs = dict[tuple[str, str], str]()
    packages = list[str]()
    for catalogue in catalogues:
        before = len(pairs)
        for message, translation in _messages(catalogue.path):
            pair = " ".join(message.split()), " ".join(translation.split())
            if all(pair) and pair[0] != pair[1]:
                pairs.setdefault(pair, f"{catalogue.path}: message {pair[0]!r:.60}")
        if len(pairs) > before and catalogue.package not in packages:
            packages.append(catalogue.package)
    remark(
        f"sample:messages:{language}: {len(pairs):,} pairs of {', '.join(packages)}: a small sample, which shows "
        "how it is done and makes no translator"
    )
    return ((*pair, where) for pair, where in pairs.items())


def _installed() -> list[Catalogue]:
    """The catalogues that installed packages list among their files; JSON only where the same is not there as .mo."""
    found = dict[Path, Catalogue]()
    for package in distributions():
        if "LC_MESSAGES" not in (package.read_text("RECORD") or ""):  # splitting all records takes a second
            continue
        for file in package.files or ():
            if match := _PLACE.search(file.as_posix()):
                path = Path(str(package.locate_file(file)))
                found[path] = Catalogue(path, match[1].replace("-", "_").lower(), package.name)
    return [found[path] for path in sorted(found) if path.suffix == ".mo" or path.with_suffix(".mo") not in found]


def _chosen(language: str, catalogues: list[Catalogue]) -> list[Catalogue]:
    """Those in a language; a region that is not asked for must be clear."""
    code, _, region = language.strip().replace("-", "_").lower().partition("_")
    chosen = [one for one in catalogues if one.language == code or one.language.startswith(f"{code}_")]
    regions = sorted({one.language for one in chosen} - {code})
    if region:
        chosen = [one for one in chosen if one.language in (code, f"{code}_{region}")]
    elif len(regions) > 1:
        raise InputError(f"sample:messages:{language}: several regions have messages; choose {', '.join(regions)}")
    if not chosen:
        known = ", ".join(sorted({one.language for one in catalogues}))
        raise InputError(
            f"sample:messages:{language}: no installed package has messages in {language or 'no language'}; "
            + (f"there are {known}" if known else "there are none: pip install jupyterlab-language-pack-de-DE, say")
        )
    return chosen


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
    except (OSError, ValueError) as error:
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
