"""DNA from FASTA files, and its letters as probabilities of the four bases (IUPAC; Cornish-Bowden 1985)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unrolled.data.examples import Example
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.tables import label_text, read_table
from unrolled.sources.text_file import TextFile

__all__ = ["LETTERS", "PROBABILITIES", "encode", "read_fasta", "vectors"]

BASES = "ACGT"
_CODES = {
    **{base: base for base in BASES},
    **{"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"},
    **{"B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT"},
}
LETTERS = "".join(_CODES)
"""The 15 letters in the order of their ids; U is read as T, and lower case as upper case."""

PROBABILITIES = np.array([[(base in of) / len(of) for base in BASES] for of in _CODES.values()], np.float32)
"""(15, 4): the probability of A, C, G and T that each letter stands for; N is ¼ each."""

_IDS = np.full(256, -1, np.int64)
_IDS[[ord(letter) for letter in LETTERS + LETTERS.lower() + "Uu"]] = [*range(15), *range(15), 3, 3]
_IMPOSSIBLE = re.compile(rf"[^{LETTERS}U\s]", re.IGNORECASE | re.ASCII)
_LONGEST = 1 << 24  # letters of one sequence, so that a genome is not in memory by mistake
_BANKS = re.compile(  # what begins a name in the manner of NCBI
    r"(lcl|bbs|bbm|gim|gb|emb|pir|sp|pat|pgp|ref|gnl|gi|dbj|prf|pdb|tpg|tpe|tpd|tr|gpp|nat|ENA)\|\S", re.IGNORECASE
)
_HEADER = "expected >NAME LABEL, >NAME|LABEL or >NAME label=LABEL"


def encode(sequence: str) -> NDArray[np.int64]:
    """Letters → ids (T,) of `LETTERS`; InputError for an empty sequence or a letter that IUPAC does not know."""
    if not sequence:
        raise InputError("the sequence is empty; expected at least one letter")
    ids = _IDS[np.frombuffer(sequence.encode("latin-1", "replace"), np.uint8)]
    if (ids < 0).any():
        column = int(np.argmin(ids))
        raise InputError(_refusal(sequence[column], column + 1))
    return ids


def vectors(ids: NDArray[np.integer]) -> NDArray[np.float32]:
    """Ids (T,) → probabilities (T, 4) of A, C, G and T."""
    probabilities: NDArray[np.float32] = PROBABILITIES[ids]
    return probabilities


def read_fasta(
    path: str | Path,
    labels: str | Path | None = None,
    encoding: str = "utf-8",
    columns: Sequence[str] = ("name", "label"),
    group: str | None = None,
) -> Iterator[Example]:
    """Each sequence of a FASTA file (`.gz` allowed), in upper case and with T for U; its label; "file:line".

    A header is words, separated by white space or ``|``, of which the first is the name; that of a data bank, such as
    gi|123|ref|NM_1.1|, is one word. The label is the value of ``label=`` or ``class=`` (in quotes, where it has
    blanks), or else the last word. Where ``labels`` names a table with the ``columns`` of name and label, labels are
    read there instead, by the first word or one between its ``|``; what has an empty one is left out, and this is said.
    ``group`` is a further column of that table, or the name of a value in the header. Lines may wrap; blank lines and
    those that begin with ``;`` are left out. Raises InputError, naming file and line, for whatever is no labelled DNA.
    """
    path = Path(path)
    known = None if labels is None else _labels(Path(labels), [*columns, *([group] if group else [])], encoding)
    seen, without = dict[str, str](), list[str]()
    file = TextFile.at(path)
    for header, sequence, where in _records(file.name, file.lines(file.guessed(encoding))):
        if known is None:
            yield Example(sequence, _label(header, where), where, _value(group, header) if group else None)
            continue
        name = next((name for name in _names(header) if name in known), None)
        if name is None:
            name = next(iter(_names(header)), "")
            raise InputError(f"{where}: no label for {name!r} in {labels}; expected one for every sequence")
        _refuse_repeated(name, seen.get(name), where)
        seen[name] = where
        label, of, _ = known[name]
        if label:
            yield Example(sequence, label, where, of)
        else:
            without.append(where)
    if without:
        remark(f"{path}: {len(without):,} sequences left out, as {labels} has no label for them (first {without[0]})")


def _records(name: str, lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The header without ``>``, the sequence, and "file:line" of the header."""
    header, where, parts, held = None, "", list[str](), 0
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith(";"):
            continue
        if line.startswith(">"):
            if header is not None:
                yield header, _joined(parts, where), where
            header, where, parts, held = line[1:].strip(), f"{name}:{number}", [], 0
            continue
        if header is None:
            raise InputError(f"{name}:{number}: {line[:40]!r} stands before the first header; {_HEADER} above it")
        if wrong := _IMPOSSIBLE.search(raw):
            raise InputError(f"{name}:{number}: {_refusal(wrong[0], wrong.start() + 1)}")
        parts.append(line)
        held += len(line)
        if held > _LONGEST:
            raise InputError(f"{where}: a sequence of more than {_LONGEST:,} letters; cut it into pieces")
    if header is None:
        raise InputError(f"{name}: no sequence in it; {_HEADER} and its letters below")
    yield header, _joined(parts, where), where


def _joined(parts: list[str], where: str) -> str:
    sequence = "".join("".join(parts).split()).upper().replace("U", "T")
    if not sequence:
        raise InputError(f"{where}: the sequence is empty; expected letters below its header")
    return sequence


def _label(header: str, where: str) -> str:
    if label := _value("label|class", header):
        return label
    # Of a data bank the first word is a name with | in it.
    words = header.split() if _BANKS.match(header) else re.split(r"[\s|]+", header.strip("| \t"))
    if len(words) < 2:
        raise InputError(f"{where}: the header {header[:80]!r} has no label; {_HEADER}, or a table of labels")
    return words[-1].strip("|\"'")


def _value(names: str, header: str) -> str | None:
    """The value of ``name=value`` or ``name="some value"`` in a header."""
    match = re.search(rf"(?:^|[\s|])(?:{names})=(?:\"([^\"]+)\"|'([^']+)'|([^\s|]+))", header)
    return next(filter(None, match.groups())) if match else None


def _names(header: str) -> list[str]:
    """What a table may call a sequence: the first word of its header, or a part of it between |."""
    word = next(iter(header.split()), "")
    return [name for name in (word, word.strip("|"), *word.split("|")) if name]


def _labels(path: Path, columns: Sequence[str], encoding: str) -> dict[str, tuple[str, str | None, str]]:
    """Name → label, group, and its place in the table."""
    known = dict[str, tuple[str, str | None, str]]()
    for (name, label, *group), where in read_table(path, columns, encoding, empty=True):
        if name:
            _refuse_repeated(name.strip(), known[name.strip()][2] if name.strip() in known else None, where)
            known[name.strip()] = label_text(label), group[0].strip() if group else None, where
    return known


def _refuse_repeated(name: str, before: str | None, where: str) -> None:
    """InputError where the name stood at another place ``before``."""
    if before is not None:
        raise InputError(f"{where}: the name {name!r} stands at {before} already; expected each name once")


def _refusal(letter: str, column: int) -> str:
    hint = "; take gaps out of an alignment" if letter in "-." else ""
    hint = "; write N for a base that is not known" if letter in "?Xx" else hint
    hint = "; it is one of a protein" if letter.upper() in "EFIJLOPQZ*" else hint
    return f"column {column}: {letter!r} is no letter of DNA; expected {LETTERS} or U{hint}"
