"""Labelled sequences of any kind; the suffix of a file, or that it is a folder, says how to read it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.examples import Example, Examples
from unrolled.errors import InputError
from unrolled.sources.dna import read_fasta
from unrolled.sources.number_arrays import KEYS
from unrolled.sources.recordings import read_recordings
from unrolled.sources.series import SERIES, holds_series, read_series
from unrolled.sources.tables import TABLES, read_table

__all__ = ["LABELLED", "labelled", "read_examples"]

FASTA = (".fasta", ".fa", ".fna", ".ffn", ".frn")
LABELLED = (
    f"Tables ({', '.join(TABLES)}) of texts, FASTA files ({', '.join(FASTA)}) of DNA, "
    "a folder with one folder of WAV, FLAC, OGG or MP3 for each label, or series of numbers: .ts, a table without head "
    f"(in each row a label, then numbers), a long table (--columns id,time,value,label), .npy, .npz with {KEYS}."
)
"""What `read_examples` takes, for people."""
_EXPECTED = (
    f"a table ({', '.join(TABLES)}), FASTA ({', '.join(FASTA)}), series ({', '.join(SERIES)}), "
    "or a folder with one folder of WAV a label"
)


def labelled(inputs: Sequence[Any], labels: Sequence[Any]) -> Examples:
    """Examples from lists or arrays: texts, or sequences of numbers (T, D) or (T,), and a label for each.

    An array (N, T, D) is N sequences. Raises InputError for differing numbers, an empty sequence, NaN, mixed widths.
    """
    if len(inputs) != len(labels):
        raise InputError(f"{len(inputs)} inputs and {len(labels)} labels; expected as many of each")
    if not len(inputs):
        raise InputError("no inputs; expected at least 1 with its label")
    where = [f"input {number}" for number in range(len(inputs))]
    names = [_label(label, place) for label, place in zip(labels, where, strict=True)]
    if all(isinstance(example, str) for example in inputs):
        return Examples("text", list(inputs), names, where)
    sequences = [_numbers(example, place) for example, place in zip(inputs, where, strict=True)]
    widths = {sequence.shape[1] for sequence in sequences}
    if len(widths) > 1:
        raise InputError(f"the sequences have {' and '.join(map(str, sorted(widths)))} features; expected one width")
    return Examples("numbers", sequences, names, where)


def _label(label: Any, where: str) -> str:
    if label is None or (isinstance(label, float) and np.isnan(label)):
        raise InputError(f"{where}: the label is {label}; expected one for every input")
    text = str(label)
    if not text:
        raise InputError(f"{where}: the label is empty; expected one for every input")
    return text


def _numbers(example: Any, where: str) -> NDArray[np.float32]:
    try:
        array = np.asarray(example, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: {type(example).__name__}; expected a text or an array of numbers (T, D)") from error
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not array.size:
        raise InputError(f"{where}: an array of shape {array.shape}; expected (T, D) with at least one step")
    if not np.isfinite(array).all():
        raise InputError(f"{where}: step {np.argwhere(~np.isfinite(array))[0][0]} is not finite; expected numbers")
    return array


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

    The labels of genes.fasta are in its headers, or in genes.tsv or genes.csv beside it (columns name, label).

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
    if len(kinds) != 1:
        raise InputError(f"received {' and '.join(sorted(kinds)) or 'no data'}; expected data of one kind")
    inputs, labels, where, groups = (list(column) for column in zip(*read, strict=True))
    if group is not None and None in groups:
        raise InputError(f"{where[groups.index(None)]}: nothing says what {group!r} is; expected a table that has it")
    return Examples(kinds.pop(), inputs, labels, where, None if group is None else groups)


def _reader(path: Path, how: Reading) -> tuple[str, Iterable[Example]]:
    """The kind of the examples at a path, and these, read when they are asked for."""
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
        beside = (path.parent / (path.name.split(".")[0] + ending) for ending in (".tsv", ".csv"))
        table = next((table for table in beside if table.exists()), None)
        return "dna", (Example(*record) for record in read_fasta(path, table, how.encoding))
    raise InputError(f"{path}: the suffix {suffix!r} tells no format; expected {_EXPECTED}")


def _texts(path: Path, how: Reading) -> Iterator[Example]:
    columns = [*how.columns, *([how.group] if how.group else [])]
    for values, where in read_table(path, columns, how.encoding, how.delimiter):
        yield Example(values[0], values[1].strip(), where, values[2].strip() if how.group else None)
