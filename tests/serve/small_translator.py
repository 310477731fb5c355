"""Translators for tests of the server: one reverses a sentence's words, one spells a word with capital letters."""

import sys

import numpy as np

from unrolled.errors import InputError
from unrolled.inference.translations import Aligned, Translation
from unrolled.settings import Search

__all__ = ["Reverses"]

OTHERS = ("one", "two", "three", "four", "five", "six")
LONGEST = 40


class Reverses:
    """See `unrolled.serve.served.ServedWriter`; it works letter by letter where it is ``spelled``.

    The second best answer lacks its last word, the third the last two. After a prefix it goes on with the rest of the
    reversed words; what else may follow are numbers in words.
    """

    name, parameters, example, media_types = "translate", 2, "a man rides", ()

    def __init__(self, spelled: bool = False) -> None:
        self.spelled, self.words = spelled, ["?", ".", *OTHERS]

    def describe(self):
        """See `AnyModel`."""
        return "reverses words"

    def metadata(self):
        """See `AnyModel`."""
        return {"reads": "text", "writes": "text", "card": "translate", "spelled": self.spelled, "beam": 5}

    def _cut(self, raw):
        if "\0" in raw:
            raise InputError("the text has the control character '\\x00'; expected none")
        return list(raw)[:LONGEST] if self.spelled else raw.split()[:LONGEST]

    def _number(self, word):
        if word not in self.words:
            self.words.append(word)
        return self.words.index(word)

    def _aligned(self, raw, prefix, glossary, lacks):
        source = self._cut(raw)
        if any(number >= len(self.words) for number in prefix):
            raise InputError(f"the prefix has {max(prefix)}; expected numbers below {len(self.words)}")
        written = [glossary.get(word, word.upper() if self.spelled else word) for word in source[::-1]]
        target = [self.words[number] for number in prefix] + written[len(prefix) :]
        target = target[: max(1, len(target) - lacks)]
        attention = np.full((len(target), len(source) + 1), 0.1 / (len(source) + 1), np.float32)
        for row in range(len(target)):
            attention[row, max(0, len(source) - 1 - row)] += 0.9
        space = "" if self.spelled else " "
        names = [word if i == 0 else space + word for i, word in enumerate(target)]
        read = [*(word if i == 0 else space + word for i, word in enumerate(source)), ""]
        text = " ".join(target)
        shown = text if self.spelled else text[:1].upper() + text[1:]
        score = 0.9 / (1 + lacks)
        return Aligned(Translation(shown, score), read, names, attention, [self._number(word) for word in target])

    def predict_many(self, inputs, n=1, search=None, glossary=None):
        """See `ServedWriter`."""
        return [[one.translation for one in best] for best in self.align(inputs, Search(n_best=n), glossary)]

    def align(self, inputs, search=None, glossary=None, prefixes=None):
        """See `ServedWriter`."""
        begun, n_best = prefixes or [()] * len(inputs), 1 if search is None else search.n_best
        return [
            [self._aligned(raw, list(prefix), glossary or {}, lacks) for lacks in range(n_best)] if raw.strip() else []
            for raw, prefix in zip(inputs, begun, strict=True)
        ]

    def forming(self, raw, search=None, glossary=None, prefix=()):
        """See `ServedWriter`: it ends with an error at the word "stumbles"."""
        answers = self.align([raw], search, glossary, [prefix])[0]
        for shown in range(1, len(answers[0].target) if answers else 0):
            if answers[0].target[shown].strip().lower() == "stumbles":
                raise InputError("it stumbles")
            names = answers[0].target[:shown]
            part = Translation("".join(names) if not self.spelled else " ".join(names), 0.5)
            yield [Aligned(part, answers[0].source, names, answers[0].attention[:shown], answers[0].ids[:shown])]
        yield answers

    def alternatives(self, raw, prefix, n=5, search=None, glossary=None):
        """See `ServedWriter`."""
        begun = [[*prefix, self._number(word)] for word in OTHERS[:n]]
        return [best[0] for best in self.align([raw] * len(begun), None, glossary, begun)]

    def remark(self, raw):
        """See `ServedWriter`."""
        read, there = len(self._cut(raw)), len(raw if self.spelled else raw.split())
        return f"{there - read} of {there} tokens were cut off: the model reads {LONGEST}" if read < there else ""


if __name__ == "__main__":  # a server of both for the tests of the page
    from unrolled.serve.app import create_app
    from unrolled.serve.limits import Limits
    from unrolled.serve.server import listen, run

    listener, limits = listen("127.0.0.1", 0), Limits()
    print(f"Serving it at http://127.0.0.1:{listener.getsockname()[1]} ", file=sys.stderr, flush=True)
    run(create_app({"reverse": Reverses(), "speak": Reverses(True)}, limits), listener, limits)
