"""Lines that begin alike, such as those of a log or of a play: a model would learn these beginnings, too."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

__all__ = ["common_start"]

_SAMPLE, _FEWEST = 1_000, 20  # lines looked at, and needed
_SHARE = 0.6
_NAME = re.compile(r"[^\W\d_][\w .'()-]{0,30}:(?=\s|$)")
_MOST_NAMES = 0.2  # different names, as a share of the lines, where names stand before what they say


def common_start(lines: Iterable[str]) -> str:
    """How most of the lines begin, by an example of it; "" where they do not begin alike.

    That is the same first word, a first word of the same form that has digits in it (a date, a time, a number in
    brackets), or a name and a colon where the names are few.
    """
    kept = list(islice((line.strip() for line in lines if line.strip()), _SAMPLE))
    if len(kept) < _FEWEST:
        return ""
    words = [line.split(maxsplit=1)[0] for line in kept]
    forms = Counter(re.sub(r"\d+", "0", word) for word in words if re.search(r"\d", word) and len(word) > 1)
    names = Counter(match[0] for line in kept if (match := _NAME.match(line)))
    same = Counter(words)
    for counts in (forms, same):
        for form, count in counts.most_common(1):
            if count >= _SHARE * len(kept):
                return next(word for word in words if word == form or re.sub(r"\d+", "0", word) == form)
    if names.total() >= _SHARE * len(kept) and len(names) <= max(2, _MOST_NAMES * len(kept)):
        return names.most_common(1)[0][0]
    return ""
