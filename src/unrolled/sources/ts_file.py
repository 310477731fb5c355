"""The `.ts` files of the UCR and UEA archives: a head of lines that begin with @, then a labelled series a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.series_values import Gaps, Series, label_of, numbers
from unrolled.sources.text_file import TextFile

__all__ = ["read_ts"]

_COMMENTS = ("#", "%")
_STAMPED = re.compile(r"\(([^()]*),([^(),]*)\)")


@dataclass
class _Head:
    """What the lines before @data say."""

    stamped: bool = False
    univariate: bool = False
    equal: bool = False
    labelled: bool = False
    labels: set[str] = field(default_factory=set)

    def read(self, line: str, where: str) -> None:
        """Take one line of the head; those that change nothing are passed over."""
        key, *values = line[1:].split()
        name = key.lower()
        if name == "targetlabel" and values and values[0].lower() == "true":
            raise InputError(f"{where}: @targetLabel: its targets are numbers; expected labels, @classLabel true A B")
        if name not in ("timestamps", "univariate", "equallength", "classlabel"):
            return
        if not values or values[0].lower() not in ("true", "false"):
            raise InputError(f"{where}: @{key} is {' '.join(values)!r:.80}; expected true or false")
        yes = values[0].lower() == "true"
        if name == "timestamps":
            self.stamped = yes
        elif name == "univariate":
            self.univariate = yes
        elif name == "equallength":
            self.equal = yes
        else:
            self.labelled, self.labels = yes, set(map(label_of, values[1:]))


def read_ts(path: Path, encoding: str = "utf-8") -> Iterator[Series]:
    """The series (T, D) of a `.ts` file, its channels side by side; the label is "" where the head promises none.

    Times are passed over, missing values (?) filled. Raises InputError, naming file and line, for a head without
    @data, a value that is no number, channels of different lengths, and a label or length that the head rules out.
    """
    file, head, gaps = TextFile.at(path), _Head(), Gaps(path)
    began, first = False, None
    for line_number, raw in enumerate(file.lines(encoding), 1):
        line, where = raw.strip(), f"{path}:{line_number}"
        if not line or line.startswith(_COMMENTS):
            continue
        if began:
            series = _series(line, head, gaps, where)
            shape = series.values.shape
            first = first or shape
            if shape[1] != first[1]:
                raise InputError(f"{where}: {shape[1]} channels; expected {first[1]}, as in the first series")
            if head.equal and shape[0] != first[0]:
                raise InputError(f"{where}: {shape[0]} steps; expected {first[0]}: the head says @equalLength true")
            yield series
        elif line.lower() == "@data":
            began = True
            if head.stamped:
                remark(f"{path}: the times of the values are passed over, each is one step after the other")
        elif line.startswith("@"):
            head.read(line, where)
        else:
            raise InputError(f"{where}: {line!r:.80}; expected a head of lines that begin with @, as @classLabel")
    if not began:
        raise InputError(f"{path}: has no line @data; expected a head, that line, and the series")
    gaps.tell()


def _series(line: str, head: _Head, gaps: Gaps, where: str) -> Series:
    # A time may have colons of its own, so that a channel of pairs (time,value) ends with its last parenthesis.
    channels = line.replace("):", ")\0").split("\0") if head.stamped else line.split(":")
    label = label_of(channels.pop()) if head.labelled else ""
    if head.labelled and (not channels or not label or (head.labels and label not in head.labels)):
        expected = ", ".join(sorted(head.labels)[:20]) or "one"
        raise InputError(f"{where}: the label after the last : is {label!r:.80}; expected one of {expected}")
    if head.univariate and len(channels) != 1:
        raise InputError(f"{where}: {len(channels)} channels; expected 1: the head says @univariate true")
    columns = [
        numbers(_cells(channel, head.stamped, where), f"{where}, channel {place}")
        for place, channel in enumerate(channels, 1)
    ]
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        received = " and ".join(map(str, sorted(lengths)))
        raise InputError(f"{where}: the channels have {received} values; expected as many in each")
    return Series(gaps.filled(np.array(columns, np.float64).T, where), label, where)


def _cells(channel: str, stamped: bool, where: str) -> list[str]:
    if not channel.strip():
        return []
    if not stamped:
        return channel.split(",")
    pairs = _STAMPED.findall(channel)
    if not pairs or _STAMPED.sub("", channel).strip(", "):
        raise InputError(f"{where}: {channel.strip()!r:.80}; expected (time,value),(time,value): @timeStamps is true")
    return [value for _, value in pairs]
