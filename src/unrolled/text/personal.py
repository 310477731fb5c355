"""Texts that may tell who somebody is: addresses, numbers of people and things, and secrets."""

import re

__all__ = ["is_personal"]

_STREETS = (
    "street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|terrace|crescent|parkway|pkwy|circle|"
    "highway|hwy"
)
_BEFORE = "rue|avenue|boulevard|chemin|via|viale|calle|avenida|rua|улица|ул"
_BEHIND = r"\w*(?:stra(?:ß|ss)e|str\.|gasse|allee|weg|platz|straat|laan|gatan|vägen|vej)"
_HOUSE = r"\d{1,5}[a-z]?"
_PATTERNS = (
    r"\S@\S",  # an e-mail address, or who logs in to a server
    r"\d{5,}",  # a number of a customer, an account, a parcel
    r"\d(?:[ ./()+-]{0,3}\d){6,}",  # of a telephone, a card, a bank account, a date of birth: with gaps
    r"[?&]\w+=\S",  # what an address on the web says of who follows it
    rf"\b{_HOUSE}\s+(?:[^\W\d]\S*\s+){{1,3}}(?:{_STREETS})\b",
    rf"\b(?:{_HOUSE},?\s+(?:bis\s+)?(?:{_BEFORE})\.?\s+\w|(?:{_BEFORE})\.?\s+(?:\S+\s+){{1,4}}{_HOUSE}\b)",
    rf"\b{_BEHIND}\s+{_HOUSE}\b",
    r"(?<!\w)(?=[\w-]*\d[\w-]*\d[\w-]*\d)(?=[\d_-]*[^\W\d])[\w-]{16,}",  # a key or a code: letters and digits mixed
)
_PERSONAL = re.compile("|".join(_PATTERNS))
_HINT = re.compile(r"[\d@=]")  # what each of these has; most queries have none
_YEARS = re.compile(r"(?<!\d[/.-])\b(?:1[5-9]|20)\d\d\b(?![/.-]\d\d?\b)")  # but not those of dates


def is_personal(text: str) -> bool:
    """Whether a text in small letters has what may belong to one person alone.

    That is an e-mail address, five digits or more in a row, seven or more with gaps between them (telephones, cards,
    dates of birth; years do not count), a street with the number of a house, an address on the web with parameters,
    and a word of 16 or more letters and digits mixed, as keys and passwords are. Names of people are not recognised.
    """
    return _HINT.search(text) is not None and _PERSONAL.search(_YEARS.sub("year", text)) is not None
