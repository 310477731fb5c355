"""Which vectorizers, models and cells go together, and why the others do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from unrolled.errors import InputError
from unrolled.settings import Training, option
from unrolled.text.kept import KEPT

if TYPE_CHECKING:
    from unrolled.tasks.classify import Classifier

__all__ = ["Combination", "Comparison", "combinations"]

MODELS = ("bag", "dense", "recurrent")
DEFAULT_CELLS = ("rnn", "lstm", "gru", "mingru")


class Combination(NamedTuple):
    """``vectorizer`` is None where the inputs have no words, ``cell`` where nothing recurs."""

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
        return self.model != "bag" and (self.vectorizer is None or KEPT[self.vectorizer].order)

    @property
    def refusal(self) -> str:
        """Why it makes no sense; empty where it does."""
        if self.model == "recurrent" and self.vectorizer and not KEPT[self.vectorizer].order:
            return f"{self.vectorizer} makes one vector of a whole text: there is no order for a memory to read"
        return ""


@dataclass(frozen=True)
class Comparison:
    """What is compared, and how much each fit may take."""

    vectorizers: str | None = option(None, f"some of {', '.join(KEPT)}; all where not given", metavar="NAMES")
    models: str | None = option(None, f"some of {', '.join(MODELS)}; all where not given", metavar="NAMES")
    cells: str = option(
        ",".join(DEFAULT_CELLS), "recurrences, as `fit classify --cell` names them, or all", metavar="NAMES"
    )
    columns: str = option("text,label", "of a table: its columns, as of `fit classify`", metavar="INPUT,LABEL")
    group: str | None = option(
        None,
        "what stays on one side of every split, such as a speaker: as of `fit classify`",
        metavar="COLUMN|folder|N",
    )
    delimiter: str | None = option(
        None, "of a table: what stands between its columns; found where not given", metavar="SIGN"
    )
    vocabulary: int = option(10_000, "number of different words at most", 3, 2**24)
    width: int = option(128, "hidden units, and length of the word vectors", 1, 65_536)
    minutes: float | None = option(
        None, "budget of each fit, not counting preparation; a minute where no epochs are given", 0.001, 1e6
    )
    epochs: int | None = option(None, "passes over the data of each fit, at most", 1, 1_000_000)
    seed: int = option(0, "random seed, of the split too", 0, 2**32 - 1)

    @property
    def training(self) -> Training:
        """The same for every fit."""
        minutes = 1.0 if self.minutes is None and self.epochs is None else self.minutes
        return Training(minutes=minutes, epochs=self.epochs, seed=self.seed)

    def plan(self, kind: str) -> list[Combination]:
        """The combinations for a kind of input, in the order in which they are fitted."""
        return combinations(kind, self.vectorizers, self.models, self.cells)

    def task(self, combination: Combination | None = None, vectors: str | None = None) -> "Classifier":
        """The task that fits a combination, from the word ``vectors`` of a file; other settings are the task's own."""
        from unrolled.tasks.classify import Classifier  # with numpy: not before the command is called

        chosen = {} if combination is None else combination._asdict()
        return Classifier(
            columns=self.columns,
            delimiter=self.delimiter,
            vocabulary=self.vocabulary,
            width=self.width,
            embedding=self.width,
            training=self.training,
            vectors=vectors,
            mixture=False,  # networks are compared, and the baseline has a row of its own
            **{name: value for name, value in chosen.items() if value is not None},
        )


def combinations(kind: str, vectorizers: str | None, models: str | None, cells: str) -> list[Combination]:
    """All of them for a ``kind`` of input, those that make no sense too; names are divided by commas, None for all.

    Raises InputError for names that are not known, and for vectorizers of inputs without words.
    """
    from unrolled.cells import CELLS  # with numpy: not before the command is called
    from unrolled.inputs import input_class

    read_as_it_is = bool(input_class(kind).kept)
    if read_as_it_is and vectorizers is not None:
        raise InputError(f"--vectorizers is {vectorizers!r:.80}, the inputs are {kind}; vectorizers are for text alone")
    ways: list[str | None] = [None] if read_as_it_is else [*_chosen("--vectorizers", vectorizers, tuple(KEPT))]
    chosen_models = _chosen("--models", models, MODELS)
    chosen_cells = _chosen("--cells", cells, tuple(CELLS))
    plan = []
    for vectorizer in ways:
        for model in chosen_models:
            combination = Combination(vectorizer, model)
            recurs = model == "recurrent" and not combination.refusal
            plan += [combination._replace(cell=cell) for cell in chosen_cells] if recurs else [combination]
    return plan


def _chosen(option: str, names: str | None, known: Sequence[str]) -> list[str]:
    """What an option lists, each name once; "all" or None for all; InputError for unknown ones."""
    listed = [name.strip() for name in (names if names is not None else "all").split(",")]
    for name in listed:
        if name not in (*known, "all"):
            raise InputError(f"{option}: there is no {name!r:.80}; expected some of {', '.join(known)}, or all")
    return list(known) if "all" in listed else list(dict.fromkeys(listed))
