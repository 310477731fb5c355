"""Phrases that an answer must hold (Post & Vilar 2018): how far each hypothesis is with them."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Phrases", "Progress"]


class Progress(NamedTuple):
    """How far one hypothesis is with the phrases that it must write."""

    unmet: tuple[int, ...]
    """Which phrases it has not written yet."""
    begun: tuple[tuple[int, int], ...]
    """Phrases whose first tokens it ends with, and how many of them."""
    ended: bool = False
    """Whether its last token is the last of a phrase."""

    def broken_off(self) -> "Progress":
        """After a token that continues none of what is begun, and begins nothing."""
        return self._replace(begun=(), ended=False)


class Phrases:
    """The phrases that every answer to one source must hold; one that is there twice must come twice."""

    def __init__(self, phrases: Sequence[Sequence[int]]) -> None:
        self._phrases = [tuple(phrase) for phrase in phrases if len(phrase)]
        self.tokens = sum(map(len, self._phrases))

    def start(self) -> Progress:
        """Nothing is written."""
        return Progress(tuple(range(len(self._phrases))), ())

    def left(self, progress: Progress) -> int:
        """How many tokens are still to come, if they come next; at most so many, as phrases may overlap."""
        begun = max((written for _, written in progress.begun), default=0)
        return sum(len(self._phrases[phrase]) for phrase in progress.unmet) - begun

    def met(self, progress: Progress) -> int:
        """How many of the required tokens are written."""
        return self.tokens - self.left(progress)

    def following(self, progress: Progress, room: int) -> tuple[list[int], bool]:
        """The tokens that begin or continue a phrase, and whether it must be one of these.

        It must where any other token would leave too little room, of so many tokens, for what is still to come; then
        those that would are left out, too. At least one stays where there is room for `left`.
        """
        tried = [*progress.begun, *((phrase, 0) for phrase in progress.unmet)]
        tokens = sorted({self._phrases[phrase][written] for phrase, written in tried})
        if room > self.left(progress.broken_off()):
            return tokens, False
        return [token for token in tokens if self.left(self.advance(progress, token)) < room], True

    def advance(self, progress: Progress, token: int) -> Progress:
        """After one more token. Of equal phrases one is met at a time; different ones may overlap."""
        tried = [*progress.begun, *((phrase, 0) for phrase in progress.unmet)]
        grown = [(phrase, written + 1) for phrase, written in tried if self._phrases[phrase][written] == token]
        met = {self._phrases[phrase]: phrase for phrase, written in grown if written == len(self._phrases[phrase])}
        done = set(met.values())
        begun = [(phrase, written) for phrase, written in grown if self._phrases[phrase] not in met]
        return Progress(tuple([phrase for phrase in progress.unmet if phrase not in done]), tuple(begun), bool(done))
