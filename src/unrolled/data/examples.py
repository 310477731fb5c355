"""Examples: inputs of one kind, each with its target and where it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["Example", "Examples"]


class Example(NamedTuple):
    """An input, its label, where it stands ("file:line"), and what it belongs to where that was asked for."""

    input: Any
    label: str
    where: str
    group: str | None = None


@dataclass(frozen=True)
class Examples:
    """Inputs of one ``kind`` (text, dna: str; sound: (samples, rate); numbers: float32 (T, D); pictures: a path as str,
    the bytes of a file, or uint8 (H, W, 3)), their targets (labels, texts, whatever the task learns), and where each
    stands, for messages.

    ``groups`` names what each belongs to (a speaker, a patient, a shop), where all of a group must stay together.
    """

    kind: str
    inputs: Sequence[Any]
    targets: Sequence[Any]
    where: Sequence[str]
    groups: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def distinct(self) -> int:
        """The number of different inputs."""
        return len(set(self._digests()))

    def with_references(self) -> tuple[list[Any], list[list[Any]]]:
        """Each different input, in the order of their first ones, and all targets that it has: any of them is right."""
        rows: dict[bytes, list[int]] = {}
        for row, example in enumerate(self.inputs):
            rows.setdefault(_digest(example), []).append(row)
        inputs = [self.inputs[alike[0]] for alike in rows.values()]
        return inputs, [[self.targets[row] for row in alike] for alike in rows.values()]

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Self:
        """The examples of these ``rows``, in this order."""
        inputs, targets, where = ([column[row] for row in rows] for column in (self.inputs, self.targets, self.where))
        groups = None if self.groups is None else [self.groups[row] for row in rows]
        return type(self)(self.kind, inputs, targets, where, groups)

    def split(self, share: float, seed: int) -> tuple[Self, Self]:
        """Two parts, the second with about ``share`` of every target, drawn by ``seed``; equal inputs stay together.

        With ``groups`` all of a group stay together instead.
        """
        groups = self.groups
        rng, chosen = np.random.default_rng(seed), set[int]()
        together: dict[bytes, list[int]] = {}
        for row, key in enumerate(self._digests() if groups is None else map(str.encode, groups)):
            together.setdefault(key, []).append(row)
        of_target: dict[bytes, list[list[int]]] = {}
        for rows in together.values():
            if groups is not None:
                of_target.setdefault(b"", []).append(rows)
            elif len({_digest(self.targets[row]) for row in rows}) == 1:  # else it is in the first part
                of_target.setdefault(_sort_key(self.targets[rows[0]]), []).append(rows)
        strata = [sets for _, sets in sorted(of_target.items())]
        for sets, count in zip(strata, _allotted([len(sets) for sets in strata], share), strict=True):
            for number in rng.permutation(len(sets))[:count]:
                chosen.update(sets[number])
        rest = [row for row in range(len(self)) if row not in chosen]
        return self.take(rest), self.take(sorted(chosen))

    def fingerprint(self) -> str:
        """sha256 over inputs and targets; a run on other data has another one."""
        digest = sha256(self.kind.encode())
        for example, target in zip(self._digests(), self.targets, strict=True):
            digest.update(_digest(target))
            digest.update(example)
        return digest.hexdigest()

    def _digests(self) -> Iterator[bytes]:
        """What tells each input from others. Of a picture's path it is the content of the file, which is read once."""
        read = dict[str, bytes]()
        for example, where in zip(self.inputs, self.where, strict=True):
            if self.kind != "pictures" or not isinstance(example, str):
                yield _digest(example)
                continue
            if example not in read:
                read[example] = _file_digest(example, where)
            yield read[example]

    def check_kind(self, kind: str, why: str = "what the model was made for") -> None:
        """Raise InputError for examples of another kind; naming the first and ``why`` another is expected."""
        if self.kind != kind:
            raise InputError(f"{self.where[0]}: {self.kind}; expected {kind}, {why}")


def _allotted(sizes: Sequence[int], share: float) -> list[int]:
    """How many to take of strata of these sizes: together ``share`` of all, and at least one.

    What rounding down leaves goes to the largest remainders (Hamilton's method), never the last of a stratum.
    """
    counts = [min(int(share * size), size - 1) for size in sizes]
    spare = [place for place, size in enumerate(sizes) if size - 1 > counts[place]]
    spare.sort(key=lambda place: counts[place] - share * sizes[place])
    for place in spare[: max(1, round(share * sum(sizes))) - sum(counts)]:
        counts[place] += 1
    return counts


def _sort_key(target: Any) -> bytes:
    """Texts in their order, all else by its digest."""
    return target.encode(errors="surrogatepass") if isinstance(target, str) else _digest(target)


def _file_digest(path: str, where: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file_digest(file, "sha256").digest()
    except OSError as error:
        raise InputError(f"{where}: {path}: cannot be read: {error.strerror}") from None


def _digest(value: Any) -> bytes:
    """sha256 of a text, a number, bytes, an array, or an array with numbers beside it."""
    if isinstance(value, bytes):
        return sha256(value).digest()
    if isinstance(value, str | int | float):
        return sha256(str(value).encode(errors="surrogatepass")).digest()
    array, *more = value if isinstance(value, tuple) else (value,)
    digest = sha256(f"{array.shape}{more}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
