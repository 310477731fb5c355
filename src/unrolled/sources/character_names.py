"""The names of Unicode's characters as a log of queries for a character picker: sample:characters."""

import unicodedata
from collections.abc import Iterator

from unrolled.errors import InputError

__all__ = ["SAMPLE", "read_character_names"]

SAMPLE = "sample:characters"
_USE = (  # the last character of a range, and about how often one of it is looked for, beside others
    (0x7E, 300),  # ASCII
    (0xFF, 200),  # Latin-1
    (0x17F, 60),  # letters of Europe's languages
    (0x36F, 10),
    (0x3FF, 80),  # Greek
    (0x44F, 20),  # Russian
    (0x1FFF, 3),  # letters of other languages
    (0x206F, 100),  # dashes, quotation marks, joiners
    (0x209F, 50),
    (0x20BF, 150),  # currencies
    (0x214F, 80),  # letterlike symbols
    (0x21FF, 150),  # arrows
    (0x22FF, 120),  # mathematics
    (0x23FF, 40),
    (0x259F, 30),  # enclosed letters, boxes and blocks
    (0x27BF, 100),  # shapes, symbols, dingbats
    (0x2BFF, 20),
    (0xFFFF, 2),
    (0x1F2FF, 1),
    (0x1F64F, 150),  # pictures and faces
    (0x1F6FF, 100),
    (0x1F8FF, 5),
    (0x1FAFF, 60),
    (0x1FFFF, 1),  # behind it are ideographs alone, and what is not seen
)


def read_character_names(name: str = SAMPLE) -> Iterator[tuple[str, int]]:
    """The name of each character in small letters, and a weight: the larger, the more people look for it.

    Left out are characters that are named by a number or by their sound alone: ideographs and syllables of Korean.
    """
    if name != SAMPLE:
        raise InputError(f"unknown sample {name!r}; choose {SAMPLE}")
    first = 0
    for last, weight in _USE:
        for code in range(first, last + 1):
            found = unicodedata.name(chr(code), "")
            if found and not found.endswith(f"{code:04X}") and not found.startswith("HANGUL SYLLABLE"):
                yield found.lower(), weight
        first = last + 1
