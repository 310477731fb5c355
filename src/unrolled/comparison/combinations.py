"""Which vectorizers, models and cells go together, and why the others do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unrolled.errors import InputError
from unrolled.settings import Training, option

__all__ = ["INPUTS", "VECTORIZERS", "Combination", "Comparison", "Kept", "combinations"]


class Kept(NamedTuple):
    """What is left of a text when its words have become numbers."""

    order: bool
    what: str


VECTORIZERS = {
    "count": Kept(False, "how often each word stands in the text"),
    "tf-idf": Kept(False, "the same, less of words that stand in most texts"),
    "one-hot": Kept(True, "which word stands where; any two words are equally far from each other"),
    "word2vec": Kept(True, "which word stands where; words that stand in like company begin near each other"),
    "learned": Kept(True, "which word stands where; which words are near each other is learnt from the labels"),
}
INPUTS = {
    "dna": Kept(True, "which base stands where"),
    "sound": Kept(True, "the loudness of each band of pitch every hundredth of a second"),
    "numbers": Kept(True, "each step as it is, scaled"),
}
"""What a model reads where there are no words to turn into numbers, by the kind of input."""
MODELS = ("bag", "dense", "recurrent")
DEFAULT_CELLS = ("rnn", "lstm", "gru", "mingru")


@dataclass(frozen=True)
class Comparison:
    """What is compared, and how much each fit may take."""

    vectorizers: str | None = option(None, f"some of {', '.join(VECTORIZERS)}; all where not given")
    models: str | None = option(None, f"some of {', '.join(MODELS)}; all where not given")
    cells: str = option(",".join(DEFAULT_CELLS), "recurrences, as `fit classify --cell` names them, or all")
    columns: str = option("text,label", "of a table: the columns of the input and of its label")
    vocabulary: int = option(10_000, "number of different words at most", 3, 2**24)
    width: int = option(128, "hidden units, and length of the word vectors", 1, 65_536)
    minutes: float | None = option(
        None, "budget of each fit, not counting preparation; half a minute where no epochs are given", 0.001, 1e6
    )
    epochs: int | None = option(None, "passes over the data of each fit, at most", 1, 1_000_000)
    seed: int = option(0, "random seed, of the split too", 0, 2**32 - 1)

    @property
    def training(self) -> Training:
        """The same for every fit."""
        minutes = 0.5 if self.minutes is None and self.epochs is None else self.minutes
        return Training(minutes=minutes, epochs=self.epochs, seed=self.seed)


class Combination(NamedTuple):
    """``vectorizer`` is None where the inputs are no text, ``cell`` where nothing recurs."""

    vectorizer: str | None
    model: str
    cell: str | None = None

    @property
    def name(self) -> str:
        """As in "learned, recurrent (gru)"."""
        model = f"{self.model} ({self.cell})" if self.cell else self.model
        return f"{self.vectorizer}, {model}" if self.vectorizer else model

    @property
    def keeps_order(self) -> bool:
        """Whether the same words in another order may get another answer."""
        return self.model != "bag" and (self.vectorizer is None or VECTORIZERS[self.vectorizer].order)

    @property
    def refusal(self) -> str:
        """Why it makes no sense; empty where it does."""
        if self.model == "recurrent" and self.vectorizer and not VECTORIZERS[self.vectorizer].order:
            return f"{self.vectorizer} makes one vector of a whole text: there is no order for a memory to read"
        return ""


def combinations(kind: str, vectorizers: str | None, models: str | None, cells: str) -> list[Combination]:
    """All of them for a ``kind`` of input, those that make no sense too; names are divided by commas, None for all.

    Raises InputError for names that are not known, and for vectorizers of what is no text.
    """
    from unrolled.cells import CELLS  # with numpy: not before the command is called

    if kind != "text" and vectorizers is not None:
        raise InputError(f"--vectorizers is {vectorizers!r:.80}, the inputs are {kind}; vectorizers are for text alone")
    ways: list[str | None] = [*_chosen("--vectorizers", vectorizers, tuple(VECTORIZERS))] if kind == "text" else [None]
    shapes, recurrences = _chosen("--models", models, MODELS), _chosen("--cells", cells, tuple(CELLS))
    found = []
    for vectorizer in ways:
        for model in shapes:
            one = Combination(vectorizer, model)
            recurs = model == "recurrent" and not one.refusal
            found += [one._replace(cell=cell) for cell in recurrences] if recurs else [one]
    return found


def _chosen(option: str, names: str | None, known: Sequence[str]) -> list[str]:
    """What an option lists, each name once; "all" or None for all; InputError for unknown ones."""
    given = [name.strip() for name in (names if names is not None else "all").split(",")]
    for name in given:
        if name not in (*known, "all"):
            raise InputError(f"{option}: there is no {name!r:.80}; expected some of {', '.join(known)}, or all")
    return list(known) if "all" in given else list(dict.fromkeys(given))
