"""The text before the cursor: what was typed letter by letter is read as if it had been written at once."""

import numpy as np
import pytest

from unrolled.inference.together import alone
from unrolled.keyboard.reader import Reader
from unrolled.text.cutting import Cutting


class Silent:
    """A stream that makes nothing of what it reads."""

    def branch(self):
        return self

    def feed_steps(self, steps):
        return self


def reader(kind: str) -> Reader:
    cutting = Cutting(kind)
    return Reader(Silent(), cutting, cutting.composed, lambda text: np.zeros(1, np.int64))


def read(one: Reader, text: str) -> None:
    one.change(text)
    alone(one.reading_on(lambda stream, segment: None))


@pytest.mark.parametrize("kind", ["word", "space"])
@pytest.mark.parametrize(
    "text",
    [
        "We 're here, it's two words",
        "rock 'n' roll (yes) a.b.c e.g. the U.S is x-ray 3rd of 3.5e",
        "cafe\u0301s are na\u00efve — say that",
        "one\ntwo\u00a0three @name #tag well_known",
    ],
)
def test_letter_by_letter(kind, text):
    typed = reader(kind)
    for end in range(1, len(text) + 1):
        read(typed, text[:end])
        whole = reader(kind)
        read(whole, text[:end])
        assert (typed.segments, typed.typed, typed.text, typed.given) == (
            whole.segments,
            whole.typed,
            whole.text,
            whole.given,
        )
