"""Queries in one form: composed, in small letters, words one space apart."""

import re
import unicodedata

__all__ = ["LONGEST", "begun", "normal"]

LONGEST = 200
"""Characters of a query; longer ones are no queries."""
_GAP = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def normal(query: str) -> str:
    """A query in Unicode's form NFC and in small letters; white space and control characters are single spaces.

    Half characters are replaced by U+FFFD, so that the query can be written as UTF-8.
    """
    whole = query.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _GAP.sub(" ", unicodedata.normalize("NFC", whole).lower()).strip()


def begun(text: str) -> str:
    """What was typed of a query as `normal` would write it; a space at its end stays, since it ends a word.

    Of a longer text the first `LONGEST` characters.
    """
    prefix = normal(text[: 4 * LONGEST])[:LONGEST]
    return f"{prefix} " if prefix and _GAP.match(text[-1:]) and len(prefix) < LONGEST else prefix
