"""Data in memory as people hold it: lists, arrays, generators, and the series and frames of pandas and polars."""

import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unrolled.data.examples import Examples
from unrolled.errors import InputError

__all__ = ["check_paths", "is_clip", "is_collection", "is_text", "items", "labelled", "of_frame", "shape_of", "text_of"]

_BASES = frozenset("ACGTUN")
_IUPAC = frozenset("ACGTUNRYKMSWBDHV")
_LONGEST_PATH = 1_000  # characters
_SHORTEST_DNA = 8  # letters; shorter texts of these letters may be words
_LEAST_BASES = 0.9  # share of the letters of DNA that stand for one base, or for any

Value: TypeAlias = str | bool | int | float
"""A label in the type it came in."""


def is_collection(data: Any) -> bool:
    """Whether it is several inputs: anything that can be iterated, but no text, bytes or dictionary."""
    several = isinstance(data, Iterable) or hasattr(data, "__array__")
    return several and not isinstance(data, str | bytes | Mapping)


def shape_of(data: Any) -> tuple[int, ...]:
    """The shape of nested collections, as far as their first items tell."""
    if not is_collection(data):
        return ()
    data = data if isinstance(data, Iterable) else np.asarray(data)
    shape = getattr(data, "shape", None)
    if shape is not None and (_is_frame(data) or getattr(getattr(data, "dtype", None), "kind", "O") != "O"):
        return tuple(shape)
    return len(data), *shape_of(next(iter(data), None))


def items(data: Any, what: str = "the inputs", column: str = "") -> list[Any]:
    """The items of a collection, in order. Of a frame: its ``column``, or its only one, or its rows of numbers.

    Raises InputError, in which ``what`` names the data, for what is no collection.
    """
    if hasattr(data, "toarray"):
        raise InputError(
            f"{what}: a sparse matrix, whose rows keep no order; expected sequences: texts, to which "
            "Classifier(model='bag', vectorizer='tf-idf') does the same, or arrays"
        )
    if hasattr(data, "__array__") and not isinstance(data, Iterable):
        data = np.asarray(data)
    if not is_collection(data) or getattr(data, "shape", None) == ():
        raise InputError(f"{what}: {_shown(data)}; expected a list, an array, a series or a frame of them")
    if _is_frame(data):
        data = _column_or_rows(data, what, column)
    if not isinstance(data, np.ndarray):
        return list(data.to_list() if hasattr(data, "to_list") else data)
    if data.ndim == 2 and data.shape[1] == 1 and data.dtype.kind in "OUS":
        data = data[:, 0]
    if data.dtype.kind == "U" and data.ndim == 1 and (data == "nan").any():
        raise InputError(
            f"{what}: number {int((data == 'nan').argmax())} is 'nan' in an array of texts, as numpy writes what is "
            "missing; leave it out, or give a list where 'nan' is meant"
        )
    return data.tolist() if data.ndim == 1 else list(data)


def labelled(
    inputs: Any, labels: Any, groups: Any = None, *, kind: str | None = None, columns: Sequence[str] = ("", "")
) -> Examples:
    """Examples from collections: texts, sequences of numbers (T, D) or (T,), or clips (samples, rate); their labels.

    An array (N, T, D) is N sequences. Texts of the letters of DNA alone are DNA; ``kind`` says what they are where it
    is known. Labels are texts, whole numbers or bools: (N,), (N, 1), or one-hot (N, C), and keep their type. ``groups``
    say what each belongs to, where all of a group must stay together. ``columns`` of frames hold inputs and labels.
    Raises InputError, which counts from 0, for differing numbers, a missing input or label, mixed types or widths, an
    empty sequence, NaN.
    """
    examples = items(inputs, "the inputs", columns[0])
    where = [f"input {number}" for number in range(len(examples))]
    kind = kind or _kind(examples)
    read = _READERS[kind]
    examples = [read(example, place) for example, place in zip(examples, where, strict=True)]
    targets = _labels(labels, columns[1])
    if len(examples) != len(targets):
        raise InputError(f"{len(examples)} inputs and {len(targets)} labels; expected as many of each")
    if not examples:
        raise InputError("no inputs; expected at least 1 with its label")
    if kind == "numbers" and len(widths := {sequence.shape[1] for sequence in examples}) > 1:
        raise InputError(f"the sequences have {' and '.join(map(str, sorted(widths)))} features; expected one width")
    return Examples(kind, examples, targets, where, _groups(groups, where))


def of_frame(frame: Any, columns: Sequence[str], group: str | None = None, kind: str | None = None) -> Examples | None:
    """The examples in two ``columns`` of a frame, of inputs and labels, and their groups in a third; else None."""
    if not _is_frame(frame):
        return None
    for column in (*columns, *([] if group is None else [group])):
        if column not in frame.columns:
            shown = ", ".join(map(str, list(frame.columns)[:20]))
            raise InputError(
                f"no column {column!r}; the frame has {shown}: name yours by columns='INPUT,LABEL' or give series"
            )
    return labelled(frame[columns[0]], frame[columns[1]], None if group is None else frame[group], kind=kind)


def check_paths(data: Any) -> None:
    """Raise InputError for inputs without labels: texts, of which none is there as a file, or arrays of numbers."""
    if isinstance(data, str | Path | Examples) or _is_frame(data):
        return
    if not isinstance(data, Sequence) or not all(isinstance(path, str | Path) for path in data):
        raise InputError(
            f"{_shown(data)} without labels: fit requires y to be passed, but the target y is None; expected inputs "
            "and labels, or a path or several"
        )
    texts = [path for path in data if isinstance(path, str) and is_text(path)]
    if len(texts) == len(data) and texts:
        raise InputError(f"{len(texts)} texts without labels, as {texts[0]!r:.80}; expected inputs and labels")


def is_text(text: str) -> bool:
    """Whether a string is no path: nothing is there, and it holds a line break, or is long, or has several words."""
    if "\n" in text or len(text) > _LONGEST_PATH:
        return True
    return len(text.split()) > 1 and not os.path.exists(text)


def _is_frame(data: Any) -> bool:
    return hasattr(data, "columns") and hasattr(data, "to_numpy")


def _column_or_rows(frame: Any, what: str, column: str) -> Any:
    names = list(frame.columns)
    if len(names) == 1 or column in names:
        return frame[column if column in names else names[0]]
    rows = np.asarray(frame.to_numpy())
    if rows.dtype.kind not in "iufb":
        raise InputError(
            f"{what}: a frame with the columns {', '.join(map(str, names[:20]))}; expected one of them, as in "
            f"frame[{names[0]!r}], or rows of numbers"
        )
    return rows


# Inputs ---------------------------------------------------------------------------------------------------------------


def _kind(examples: Sequence[Any]) -> str:
    """What most of the examples are."""
    texts = [example for example in examples if isinstance(example, str)]
    if 2 * len(texts) > len(examples):
        return "dna" if all(map(_looks_like_dna, texts)) else "text"
    return "sound" if 2 * sum(map(is_clip, examples)) > len(examples) else "numbers"


def _looks_like_dna(text: str) -> bool:
    letters = text.strip().upper()
    if len(letters) < _SHORTEST_DNA or not _IUPAC.issuperset(letters):
        return False
    return sum(letter in _BASES for letter in letters) >= _LEAST_BASES * len(letters)


def is_clip(example: Any) -> bool:
    """Whether it is a recording, (samples, rate)."""
    return isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], int | np.integer)


def text_of(example: Any, where: str) -> str:
    """A text; InputError, naming ``where``, for what is missing or none."""
    if _is_missing(example):
        raise InputError(f"{where} is missing: {example}; expected a text: leave it out")
    if not isinstance(example, str):
        hint = ": decode it first" if isinstance(example, bytes) else ""
        raise InputError(f"{where}: {_shown(example)}; expected a text{hint}")
    return example


def _clip(example: Any, where: str) -> tuple[NDArray[np.float32], int]:
    if not is_clip(example):
        raise InputError(f"{where}: {_shown(example)}; expected a clip (samples, rate)")
    samples = _numbers(example[0], where)
    return samples.mean(1), int(example[1])


def _numbers(example: Any, where: str) -> NDArray[np.float32]:
    if np.iscomplexobj(example):
        raise InputError(f"{where}: Complex data not supported; expected real numbers (T, D)")
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(example, np.float32)
    except (TypeError, ValueError) as error:
        words = isinstance(example, list | tuple) and all(isinstance(word, str) for word in example)
        hint = ": join its words, and take tokens='space' to keep them as they are" if words else ""
        what = f"{where}: {_shown(example)}; expected a text or an array of numbers (T, D){hint}"
        raise InputError(what) from error
    if array.ndim == 0:
        raise InputError(f"{where}: {_shown(example)}; expected a sequence (T,) or (T, D). Reshape your data: (N, T)")
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or not array.size:
        raise InputError(f"{where}: an array of shape {array.shape}; expected (T, D) with at least one step")
    if not np.isfinite(array).all():
        place, value = np.argwhere(~np.isfinite(array))[0], "NaN" if np.isnan(array).any() else "inf"
        raise InputError(f"{where}: step {place[0]} is not finite ({value}); expected numbers")
    return array


_READERS = {"text": text_of, "dna": text_of, "sound": _clip, "numbers": _numbers}


def _shown(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(value, str | bytes | int | float) or value is None:
        return f"{value!r:.80} ({type(value).__name__})"
    return f"{type(value).__name__} of shape {tuple(shape)}" if shape is not None else type(value).__name__


# Labels ---------------------------------------------------------------------------------------------------------------


def _labels(labels: Any, column: str) -> list[Value]:
    """Labels (N,), (N, 1) or one-hot (N, C), in their own type."""
    if _is_frame(labels) and len(labels.columns) > 1 and column not in labels.columns:
        names = list(labels.columns)
        return [str(names[number]) for number in _one_hot(np.asarray(labels.to_numpy()))]
    values = items(labels, "the labels", column)
    if values and isinstance(values[0], list | tuple | np.ndarray):
        try:
            table = np.asarray(values)
        except ValueError:
            raise InputError("the labels have different lengths; expected one label for each input") from None
        values = table[:, 0].tolist() if table.ndim == 2 and table.shape[1] == 1 else _one_hot(table)
    for number, value in enumerate(values):
        if _is_missing(value):
            raise InputError(f"input {number}: the label is {value}; expected one for every input")
    values = [_label(value, f"input {number}") for number, value in enumerate(values)]
    types = {type(value) for value in values}
    if types == {int, float}:
        return [float(value) for value in values]
    if len(types) > 1:
        other = next(number for number, value in enumerate(values) if type(value) is not type(values[0]))
        raise InputError(
            f"input {other}: the label is {values[other]!r:.80}, that of input 0 is {values[0]!r:.80}; expected labels "
            "of one type: [str(label) for label in labels] makes texts of them"
        )
    return values


def _label(value: Any, where: str) -> Value:
    value = value.item() if isinstance(value, np.generic) else value
    value = float(value) if isinstance(value, Decimal | Fraction) else value
    if isinstance(value, float) and not value.is_integer():
        raise InputError(
            f"{where}: the label is {value}. Unknown label type: continuous; expected classes, as texts, whole numbers "
            "or bools: [str(label) for label in labels] makes texts of them"
        )
    if not isinstance(value, str | int | float):
        raise InputError(f"{where}: the label is {_shown(value)}; expected a text, a whole number or a bool")
    if isinstance(value, str) and not value.strip():
        raise InputError(f"{where}: the label is empty; expected one for every input")
    return value


def _one_hot(table: NDArray[Any]) -> list[int]:
    """The column of the 1 in each row (N, C)."""
    if table.ndim != 2 or table.dtype.kind not in "biuf":
        raise InputError(f"the labels have the shape {table.shape}; expected (N,), (N, 1) or one-hot (N, C)")
    wrong = (table != 0).sum(1) != 1
    wrong |= (table != 1).sum(1) != table.shape[1] - 1
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"input {row}: its labels are {table[row].tolist()!r:.80}; expected one label, or one-hot with a single 1"
        )
    columns: list[int] = table.argmax(1).tolist()
    return columns


def _groups(groups: Any, where: Sequence[str]) -> list[str] | None:
    if groups is None:
        return None
    names = items(groups, "the groups")
    if len(names) != len(where):
        raise InputError(f"{len(where)} inputs and {len(names)} groups; expected as many of each")
    for name, place in zip(names, where, strict=True):
        if _is_missing(name):
            raise InputError(f"{place}: the group is {name}; expected one for every input")
    return [str(name) for name in names]


def _is_missing(value: Any) -> bool:
    """None, NaN, or what numpy and pandas write for a missing value."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating | np.datetime64 | np.timedelta64 | Decimal) and bool(value != value)  # noqa: PLR0124
