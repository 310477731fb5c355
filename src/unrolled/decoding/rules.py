"""What each hypothesis may write next, and what it must."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.constraints import Phrases, Progress
from unrolled.decoding.live import Live
from unrolled.decoding.penalties import RUN, block_loops, block_ngrams
from unrolled.errors import InputError
from unrolled.settings import Search
from unrolled.text.cutting import END

__all__ = ["Rules", "bounds"]

IMPOSSIBLE = -1e4  # the log-probability of what must be written, where the model's is less
MORE = 10  # tokens that an answer may have beyond the ratio
REPEATS = 2  # times in a row that a token may come, where a search does not say
WIDER = 32  # hypotheses by which a beam is widened at most


class Rules:
    """The rules of a search for the answers to N sources."""

    def __init__(
        self,
        search: Search,
        lengths: NDArray[np.int64],
        required: Sequence[Sequence[Sequence[int]]],
        prefixes: Sequence[Sequence[int]],
        hidden: Collection[int],
        continuing: NDArray[np.bool_] | None = None,
    ) -> None:
        self._search, self.lengths, self._hidden = search, lengths, np.array(sorted(hidden), np.int64)
        self._no_repeat, self._repeats = search.no_repeat or 0, REPEATS if search.repeats is None else search.repeats
        self._continuing = np.zeros(0, bool) if continuing is None else continuing
        self._prefixes, self._phrases = prefixes, [Phrases(phrases) for phrases in required]
        if any(END in ids for ids in (*prefixes, *(phrase for phrases in required for phrase in phrases))):
            raise InputError(f"a prefix or a required phrase has the id {END}, which ends an answer; expected others")
        needed = np.array([phrases.tokens for phrases in self._phrases], np.int64)
        begun = np.array([len(prefix) for prefix in prefixes], np.int64)
        shortest, longest = bounds(search, lengths)
        self.longest: NDArray[np.int64] = np.maximum(longest, begun + needed)
        self._shortest = np.minimum(shortest, self.longest)
        self.widths: NDArray[np.int64] = (
            np.ones_like(lengths) if search.temperature else search.beam + np.minimum(needed, WIDER)
        )
        self._constrained, self._prefixed = bool(needed.any()), int(begun.max(initial=0))

    def start(self) -> list[Progress]:
        """Of each source, how far an empty answer is with what is required; empty where nothing is."""
        return [phrases.start() for phrases in self._phrases] if self._constrained else []

    @property
    def most(self) -> int:
        """How many of the most probable tokens are always enough beside END; 0 where any token may be needed."""
        search = self._search
        if search.temperature or self._no_repeat or self._constrained or self._prefixed:
            return 0
        return int(self.widths.max(initial=0)) + len(self._hidden) + (RUN if self._repeats else 0)

    def apply(
        self, log_probabilities: NDArray[np.float32], live: Live, tokens: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """(R, V) of the next token, or of ``tokens`` (R, C) → the same array, where what may not be written is -inf."""
        length = live.ids.shape[1]
        if np.isnan(log_probabilities[:, END]).any():
            raise InputError(
                "the model's probabilities are not numbers: its weights are too large; expected a model as it "
                "was when it was trained"
            )
        musts = self._musts(live, length)
        kept = [np.maximum(log_probabilities[row, ids], IMPOSSIBLE) for row, ids, _ in musts]
        if tokens is None:
            log_probabilities[:, self._hidden] = -np.inf
        else:
            log_probabilities[(tokens[..., None] == self._hidden).any(-1)] = -np.inf
        if self._shortest.any():
            log_probabilities[length < self._shortest[live.source], END] = -np.inf
        block_ngrams(log_probabilities, live.ids, self._no_repeat)
        block_loops(log_probabilities, live.ids, self._repeats, tokens)
        for row in self._behind_words(live):
            log_probabilities[row, : len(self._continuing)][self._continuing] = -np.inf
        for (row, ids, alone), values in zip(musts, kept, strict=True):
            log_probabilities[row, slice(None) if alone else END] = -np.inf
            log_probabilities[row, ids] = values
        return log_probabilities

    def _behind_words(self, live: Live) -> list[int]:
        """Rows whose last token is the last of a required phrase, and part of a word that must not go on."""
        ended = [row for row, progress in enumerate(live.progress) if progress.ended]
        return [row for row in ended if live.ids[row, -1] < len(self._continuing)]

    def _musts(self, live: Live, length: int) -> list[tuple[int, list[int], bool]]:
        """Rows, the ids that each must write now or later, and whether it must write one of these now."""
        musts = list[tuple[int, list[int], bool]]()
        late = length >= self.longest[live.source]
        if not (self._constrained or length < self._prefixed or late.any()):
            return musts
        for row, source in enumerate(live.source):
            prefix, left = self._prefixes[source], self._left(live, row)
            if length < len(prefix):
                musts.append((row, [prefix[length]], True))
            elif left:
                room = int(self.longest[source]) - length
                musts.append((row, *self._phrases[source].following(live.progress[row], room)))
            elif late[row]:
                musts.append((row, [END], True))
        return musts

    def _left(self, live: Live, row: int) -> int:
        """How many required tokens a row has not written yet."""
        return self._phrases[live.source[row]].left(live.progress[row]) if live.progress else 0

    def written(self, live: Live, ids: NDArray[np.int64]) -> Live:
        """Rows whose last tokens are these, with their progress."""
        if not live.progress:
            return live
        progress = zip(live.source, live.progress, ids.tolist(), strict=True)
        return live._replace(progress=tuple([self._phrases[s].advance(before, token) for s, before, token in progress]))

    def with_required(
        self, live: Live, log_probabilities: NDArray[np.float32], rows: NDArray[np.int64], ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Candidates, each once, joined by every token that begins or continues a required phrase; and their banks.

        A candidate's bank is the number of required tokens that have been written with it.
        """
        others, wanted = list[int](), list[tuple[int, int, int]]()
        for row, (source, progress) in enumerate(zip(live.source, live.progress, strict=True)):
            phrases = self._phrases[source]
            others.append(phrases.met(progress.broken_off()))
            tokens, _ = phrases.following(progress, phrases.tokens + 1)
            wanted += [(row, token, phrases.met(phrases.advance(progress, token))) for token in tokens]
        joining = np.array(wanted, np.int64).reshape(-1, 3)
        joining = joining[log_probabilities[joining[:, 0], joining[:, 1]] > -np.inf]
        given = np.stack((rows, ids, np.array(others, np.int64)[rows]), 1)
        both = np.concatenate((joining, given))
        _, first = np.unique(both[:, 0] * log_probabilities.shape[1] + both[:, 1], return_index=True)
        return both[first, 0], both[first, 1], both[first, 2]


def bounds(search: Search, lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens at least and at most (N,) of answers to sources of these lengths (N,)."""
    shortest = np.ceil(search.min_ratio * lengths).astype(np.int64)
    longest = np.floor(search.max_ratio * lengths).astype(np.int64) + MORE
    if search.min_length is not None:
        shortest = np.full_like(lengths, search.min_length)
    if search.max_length is not None:
        longest = np.full_like(lengths, search.max_length)
    return shortest, longest
