"""The sign before the letter that chooses an entry of a menu: `&File` in Qt, `_File` in GTK, `~File` elsewhere."""

import re
from typing import NamedTuple

__all__ = ["Accelerator", "accelerator"]

_SIGN = re.compile(r"(?<!\S)(?P<sign>[&_~])(?=[^\W_])|(?<=[^\W_])(?P<within>[&_])(?=[a-z])")


class Accelerator(NamedTuple):
    """A message without the sign of its accelerator, and how it is put back."""

    text: str
    sign: str
    letter: str

    def put(self, translation: str) -> str:
        """The sign before the same letter, best where that begins a word; else before the first letter."""
        if not self.sign:
            return translation
        letter = re.escape(self.letter)
        for pattern in (rf"(?<!\w){letter}", letter, r"[^\W_]"):
            if found := re.search(pattern, translation, re.IGNORECASE):
                return translation[: found.start()] + self.sign + translation[found.start() :]
        return translation


def accelerator(message: str) -> Accelerator:
    """The accelerator of a message; without one where no sign, or more than one, could be that.

    Within a word a sign counts in the first word alone, before a small letter, and where that word begins with a
    capital letter: `E_xit` has one, `user_name` and `AT&T` have none.
    """
    found = [sign for sign in _SIGN.finditer(message) if sign["sign"] or _in_first_word(message, sign.start())]
    signs = sum(message.count(sign) for sign in "&_~")
    if len(found) != 1 or signs != 1:
        return Accelerator(message, "", "")
    place = found[0].start()
    return Accelerator(message[:place] + message[place + 1 :], message[place], message[place + 1])


def _in_first_word(message: str, place: int) -> bool:
    before = message[:place]
    return before.isalpha() and before[0].isupper() and ";" not in message[place:].split(maxsplit=1)[0]
