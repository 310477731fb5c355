"""What a word is: the pattern by which the kind `word` cuts a text.

It follows the word boundaries of Unicode Standard Annex #29, with these changes: hyphens stand within a word; a colon
does so before the ending of a Finnish or Swedish abbreviation alone (EU:n), a point between single letters (U.S) or
digits. Where most texts write no space, one is a mark of its own, so that none is lost: in scripts without spaces
between words, before a mark in French, beside a dash or stroke.
"""

import re
from functools import cache
from typing import Final

__all__ = ["DIRECTIONS", "EARLIER_WORD", "INVISIBLE", "SPACES", "WORD", "breaks", "is_unspaced"]

_KATAKANA = "ァ-ヺー-ヿㇰ-ㇿｦ-ﾟ"
_SOUTH_EAST = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17d3\u17d7\u17dc\u17dd"  # Khmer
    "\u1950-\u1974\u1980-\u19c9\u1a20-\u1a7f\uaa80-\uaadf"  # Tai Le, New Tai Lue, Tai Tham, Tai Viet
)
_HAN = (
    "\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9"
    "\U00016ff0-\U00016ff1\U00020000-\U000323af"
)
_FIRST_UNSPACED = "\u0e01"
_UNSPACED = f"{_HAN}ぁ-ゟ{_KATAKANA}{_SOUTH_EAST}"
_FULL_WIDTH_MARKS = "、-〃〈-】〓-〟〰・！-／：-＠［-｀｛-･"

SPACES: Final = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""White space beside the ordinary one: no-break, narrow, ideographic, … Each is a token."""
DIRECTIONS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks of the direction of writing."""
INVISIBLE: Final = "\u00ad\u200b\u2060\ufeff"
"""A soft hyphen, a place where a line may break, a joiner of words, and the mark of the order of bytes."""

_NEVER_BEFORE, _NEVER_AFTER = (f"{_UNSPACED}{_FULL_WIDTH_MARKS}{SPACES}{marks}" for marks in ("»!?:;%/", "«/"))

_LETTER = rf"[\p{{L}}\p{{M}}\p{{N}}\u200c\u200d՛՜՞&&[^{_UNSPACED}]]"
_INNER = "|".join(
    (
        "['’‘´`᾽՚‐‑_־֊·‧׳״՟\u00ad\u2060\ufeff\u200e\u200f\u061c-]",
        r"(?<=\p{N})[.,:٫٬⁄](?=\p{N})",
        r"(?<=\p{N})[\u00a0\u202f](?=\p{N}{3}(?!\p{N}))",
        rf"(?<=\b\p{{L}}|[{_UNSPACED}]\p{{L}})\.(?=\p{{L}}(?!{_LETTER}))",
        rf"(?<=\p{{Lu}}{{2}}|\p{{N}}):(?=\p{{Ll}}{{1,9}}(?!{_LETTER}))|(?<=\p{{Lu}}{{2}}):(?=\p{{Lu}}{{1,3}}(?!{_LETTER}))",
        rf"(?<=\b\p{{L}}{{1,4}}|[{_UNSPACED}]\p{{L}}{{1,4}}):(?=\p{{Ll}}{{1,3}}(?!{_LETTER}))",
        r'(?<=\p{Hebrew})["”](?=\p{Hebrew})',
    )
)
_CLIPPED = "['’](?i:n['’]?|[stkmrd]|ll|re|ve|ie|em|er|tis|twas|\\d\\ds?)"  # 's avonds, 'n huis, rock 'n' roll, it 's
WORD: Final = "|".join(
    (
        r"[0-9#*]\ufe0f?\u20e3",
        rf"(?<![^\s(“\"]){_CLIPPED}(?!{_LETTER}|['’])",
        rf"{_LETTER}+(?:(?:{_INNER}){_LETTER}+)*(?:(?<=\p{{Hebrew}})['’׳])?",
        rf"[{_KATAKANA}]+",
        rf"(?=[{_UNSPACED}])(?:\X(?<=[\u17d2\u1039\u1a60]))*\X",  # a letter below another belongs to it
        rf" —(?=\s|\z)| [{DIRECTIONS}](?=\S)",
        rf" (?=[{_NEVER_BEFORE}—])|(?<=[{_NEVER_AFTER}]) |(?<! —)(?<=—) |(?<=\p{{N}}) (?=\p{{Sc}})",
        rf"[{SPACES}]",
        r"(?!\s)\X",
    )
)
"""The pattern, in the syntax of Oniguruma, which the `tokenizers` library uses. \\X is a grapheme cluster."""

_EARLIER_LETTER = r"[\p{L}\p{M}\p{N}]"
_EARLIER_INNER = r"['’‐‑_-]|(?<=\p{N})[.,:](?=\p{N})|(?<=\b\p{L})\.(?=\p{L}\b)"
EARLIER_WORD: Final = rf"{_EARLIER_LETTER}+(?:(?:{_EARLIER_INNER}){_EARLIER_LETTER}+)*|\S"
"""The pattern of models that were fitted before there was `WORD`."""


@cache
def breaks() -> re.Pattern[str]:
    """White space before which a long text may be cut, since no token has a part in it."""
    return re.compile(rf"(?<=\S)[\t\n]|(?<=[^\s—{_NEVER_AFTER}]) ")


def is_unspaced(piece: str) -> bool:
    """Whether a piece is of a script without spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese."""
    return piece >= _FIRST_UNSPACED and _unspaced().match(piece) is not None


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}{_FULL_WIDTH_MARKS}]")
