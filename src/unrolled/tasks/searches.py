"""Searches as a task makes them: with its lengths and its usual settings, of inputs that are answered side by side."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from unrolled import settings
from unrolled.decoding.rules import bounds
from unrolled.errors import InputError
from unrolled.inputs.codec import Length
from unrolled.settings import Search

__all__ = ["TOGETHER", "checked_search", "groups", "whole"]

TOGETHER = 64  # sources that are answered side by side
ATTENTION = 2**24  # numbers of attention that their search may have to keep, unless one source alone has more


def checked_search(search: Search, lengths: Length | None, usual: Mapping[str, float]) -> Search:
    """A search with these lengths and what is ``usual`` where it says nothing, its beam as wide as answers are asked
    for; InputError for a least length beyond the greatest."""
    if search.min_length is not None and search.max_length is not None and search.min_length > search.max_length:
        raise InputError(
            f"min_length is {search.min_length:,}, and an answer may have {search.max_length:,} tokens at most; "
            "expected no more than that",
            "min_length",
        )
    if lengths is not None:
        longest = lengths.most if search.max_length is None else search.max_length
        shortest = min(lengths.least, longest) if search.min_length is None else search.min_length
        search = dataclasses.replace(search, min_length=shortest, max_length=max(longest, shortest))
    missing = {name: value for name, value in usual.items() if getattr(search, name) is None}
    search = settings.changed(search, missing)
    return search if search.temperature else dataclasses.replace(search, beam=max(search.beam, search.n_best))


def groups(lengths: Sequence[int], search: Search) -> Iterator[list[int]]:
    """Which sources of these lengths, END included, are answered together, the short ones first; empty ones are not."""
    group = list[int]()
    for i in sorted((i for i, length in enumerate(lengths) if length > 1), key=lengths.__getitem__):
        steps = int(bounds(search, np.array([lengths[i]]))[1][0])
        most = min(TOGETHER, ATTENTION / (max(search.beam, search.n_best) * steps * lengths[i]))
        if group and len(group) + 1 > most:
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def whole(search: Search) -> Search:
    """A search that gives its whole beam, where several answers are asked for, of which some may read the same, or the
    one that has most in common with the others."""
    several = (search.n_best > 1 or bool(search.consensus)) and not search.temperature
    return dataclasses.replace(search, n_best=search.beam) if several else search
