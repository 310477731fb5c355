"""Labelled sequences of any kind; the suffix of a file, or that it is a folder, says how to read it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unrolled.data.examples import Example, Examples
from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.dna import read_fasta
from unrolled.sources.folder import counted
from unrolled.sources.in_memory import labelled
from unrolled.sources.number_arrays import KEYS
from unrolled.sources.recordings import holds_sound, read_recordings
from unrolled.sources.series import SERIES, holds_series, read_series
from unrolled.sources.tables import TABLES, label_text, read_table
from unrolled.sources.text_folder import holds_texts, read_text_folder

__all__ = ["LABELLED", "labelled", "read_examples"]

FASTA = (".fasta", ".fa", ".fas", ".fsa", ".fna", ".ffn", ".frn")
LABELLED = (
    f"Tables ({', '.join(TABLES)}) of texts, FASTA files ({', '.join(FASTA)}) of DNA, "
    "a folder with one folder of .txt, or of WAV, FLAC, OGG or MP3, for each label, or series of numbers: .ts, a table "
    "without head (in each row a label, then numbers), a long table (--columns id,time,value,label), .npy, "
    f".npz with {KEYS}."
)
"""What `read_examples` takes, for people."""
_EXPECTED = (
    f"a table ({', '.join(TABLES)}), FASTA ({', '.join(FASTA)}), series ({', '.join(SERIES)}), "
    "or a folder with one folder of .txt or WAV a label"
)

_FOLDERS = (
    "expected one folder for each label, with its files inside: FOLDER/LABEL/*.txt, or *.wav; tables and files of "
    "series are named themselves, as FOLDER/*.csv"
)


@dataclass(frozen=True)
class Reading:
    """How data is read: the encoding of its text and, of a table, the columns of the input and the label, the column
    ``group`` of what each row belongs to, and the ``delimiter`` of the columns, which is found where it is None. Of
    recordings ``group`` is as in `read_recordings`."""

    columns: Sequence[str] = ("text", "label")
    encoding: str = "utf-8"
    group: str | None = None
    delimiter: str | None = None


def read_examples(
    sources: str | Path | Sequence[str | Path],
    columns: Sequence[str] = ("text", "label"),
    encoding: str = "utf-8",
    group: str | None = None,
    delimiter: str | None = None,
) -> Examples:
    """Read one or several files or folders of one kind; the arguments are those of `Reading`.

    The labels of genes.fasta are in its headers, or in genes.tsv or genes.csv beside it: columns name and label, where
    ``columns`` names no others.

    Raises InputError, naming file and line or record, for whatever cannot be read.
    """
    how = Reading(columns, encoding, group, delimiter)
    kinds, read = set[str](), list[Example]()
    for source in [sources] if isinstance(sources, str | Path) else sources:
        kind, examples = _reader(Path(source), how)
        kinds.add(kind)
        before = len(read)
        read.extend(examples)
        if len(read) == before:
            raise InputError(f"{source}: no examples in it")
        if Path(source).is_dir():
            remark(f"{source}: read {counted([one.where for one in read[before:]], 'file')}")
    if len(kinds) != 1:
        raise InputError(f"received {' and '.join(sorted(kinds)) or 'no data'}; expected data of one kind")
    inputs, labels, where, groups = (list(column) for column in zip(*read, strict=True))
    if group is not None and None in groups:
        raise InputError(f"{where[groups.index(None)]}: nothing says what {group!r} is; expected a table that has it")
    return Examples(kinds.pop(), inputs, labels, where, None if group is None else groups)


def _reader(path: Path, how: Reading) -> tuple[str, Iterable[Example]]:
    """The kind of the examples at a path, and these, read when they are asked for."""
    if path.is_dir() and holds_texts(path):
        return "text", read_text_folder(path, how.encoding, how.group)
    if path.is_dir() and not holds_sound(path):
        raise InputError(f"{path}: no texts and no recordings in it; {_FOLDERS}")
    if path.is_dir():
        return "sound", read_recordings(path, how.group)
    if not path.exists():
        raise InputError(f"{str(path)!r}: no such file or folder; expected {_EXPECTED}")
    suffix = (Path(path.stem) if path.suffix.lower() == ".gz" else path).suffix.lower()
    if holds_series(path, how.columns, how.encoding):
        series = read_series(path, how.columns, how.encoding, True, how.group, how.delimiter)
        return "numbers", (Example(*one) for one in series)
    if suffix in TABLES:
        return "text", _texts(path, how)
    if suffix in FASTA:
        columns = ("name", "label") if tuple(how.columns) == Reading.columns else how.columns
        return "dna", read_fasta(path, _beside(path), how.encoding, columns, how.group)
    raise InputError(f"{path}: the suffix {suffix!r} tells no format; expected {_EXPECTED}")


def _beside(path: Path) -> Path | None:
    """The table of labels beside a FASTA file."""
    stems = (path.name.removesuffix(".gz").rpartition(".")[0], path.name.split(".")[0])
    tables = (path.parent / (stem + ending) for stem in stems for ending in (".tsv", ".csv"))
    return next((table for table in tables if table.exists()), None)


def _texts(path: Path, how: Reading) -> Iterator[Example]:
    for values, where in read_table(path, how.columns, how.encoding, how.delimiter, how.group):
        yield Example(values[0], label_text(values[1]), where, values[2].strip() if how.group else None)
