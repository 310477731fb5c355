"""Models for tests of the server: one shortens a text by copying from it, one says how bright a picture is."""

import sys

import numpy as np

from unrolled.errors import InputError
from unrolled.inference.translations import Aligned, Translation, copied
from unrolled.inputs.codec import Grid
from unrolled.sources.pictures import read_picture

__all__ = ["Describes", "Shortens"]

WORDS = {"short": 2, None: 3, "long": 5}
GRID = Grid(2, 3)


class Writes:
    """See `unrolled.serve.served.ServedWriter`: what is common to both."""

    parameters, example, media_types, reads = 2, None, (), "text"

    def describe(self):
        """See `AnyModel`."""
        return f"{self.name}s"

    def metadata(self):
        """See `AnyModel`."""
        return {"reads": self.reads, "writes": "text", "card": self.name}

    def align(self, inputs, search=None, glossary=None, prefixes=None):
        """See `ServedWriter`; there is one answer to each input."""
        return [[self.answer(raw, search and search.length)] for raw in inputs]

    def predict_many(self, inputs, n=1, search=None, glossary=None):
        """See `ServedWriter`."""
        return [[one.translation for one in best] for best in self.align(inputs, search)]

    def alternatives(self, raw, prefix, n=5, search=None, glossary=None):
        """See `ServedWriter`."""
        return self.align([raw], search)[0]

    def forming(self, raw, search=None, glossary=None, prefix=()):
        """See `ServedWriter`."""
        yield self.align([raw], search)[0]

    def remark(self, raw):
        """See `ServedWriter`."""
        return ""


class Shortens(Writes):
    """Writes "about", which it never copies, and then the longest words of a text, in their order."""

    name, example = "summarize", "the meeting is on Friday"

    def answer(self, raw, length):
        """The answer to a text."""
        words = raw.split()
        longest = sorted(range(len(words)), key=lambda at: (-len(words[at]), at))[: WORDS[length]]
        taken = sorted(longest)
        attention = np.full((len(taken) + 1, len(words) + 1), 0.2 / (len(words) + 1), np.float32)
        attention[0, -1] += 0.8
        attention[np.arange(len(taken)) + 1, taken] += 0.8
        ids = [2, *(3 + at for at in taken)]
        target = ["about", *(f" {words[at]}" for at in taken)]
        source = [*(f" {word}" if at else word for at, word in enumerate(words)), ""]
        marks = copied(ids, np.array([*range(3, 3 + len(words)), 1]), attention)
        return Aligned(Translation("".join(target), 0.5), source, target, attention, ids, marks)

    def remark(self, raw):
        """See `ServedWriter`."""
        return "12 of 52 tokens were cut off" if len(raw.split()) > 40 else ""


class Describes(Writes):
    """Says which part of a picture is brightest, and looks there at the last word, at all of it before."""

    name, reads, media_types = "caption", "picture", ("image/jpeg", "image/png", "image/webp")

    def answer(self, raw, length):
        """The answer to the bytes of a file."""
        if not isinstance(raw, bytes):
            raise InputError(f"the input is {type(raw).__name__}; expected bytes")
        grey = read_picture(raw).mean(2)
        cells = [
            part.mean() for row in np.array_split(grey, GRID.rows) for part in np.array_split(row, GRID.columns, 1)
        ]
        brightest = int(np.argmax(cells))
        place = f"{'top' if brightest < GRID.columns else 'bottom'} {('left', 'middle', 'right')[brightest % 3]}"
        target = ["it", " is", *(f" {word}" for word in (["brightest"] if length == "short" else [*place.split()]))]
        attention = np.full((len(target), len(cells)), 1 / len(cells), np.float32)
        attention[-1] = np.eye(len(cells))[brightest]
        names = [f"{row + 1}:{column + 1}" for row in range(GRID.rows) for column in range(GRID.columns)]
        text = "".join(target)
        return Aligned(Translation(text, 0.7), names, target, attention, range(len(target)), (), GRID)


if __name__ == "__main__":  # a server of both for the tests of the page
    from unrolled.serve.app import create_app
    from unrolled.serve.limits import Limits
    from unrolled.serve.server import listen, run

    listener, limits = listen("127.0.0.1", 0), Limits(picture=20_000)
    print(f"Serving it at http://127.0.0.1:{listener.getsockname()[1]} ", file=sys.stderr, flush=True)
    run(create_app({"subjects": Shortens(), "describe": Describes()}, limits), listener, limits)
