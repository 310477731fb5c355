"""Tasks that learn from pairs of an input and a text, and write such a text for a new input."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Generic

from unrolled.errors import InputError
from unrolled.inference.translations import Aligned, Translation
from unrolled.inputs.codec import R
from unrolled.metrics.evaluation import Evaluation
from unrolled.settings import Layout, Search
from unrolled.sources.pair_files import source_rows
from unrolled.sources.rows import Row, is_table
from unrolled.tasks.base import L_co, Task

__all__ = ["Glossary", "PairTask", "unlike"]

Glossary = Mapping[str, str]
"""Terms of inputs, and what each must come out as."""


class PairTask(Task[L_co], Generic[L_co, R]):
    """What a fitted encoder–decoder can do, without torch: the command line and the server ask for nothing else."""

    answer_column: ClassVar[str] = "predicted"
    """The heading of answers in a table."""

    @property
    def media_types(self) -> Sequence[str]:
        """The content types of inputs that are files, whose bytes it takes as well; none where inputs are texts."""
        return ()

    @abstractmethod
    def predict(
        self, raw: R, n: int = 1, search: Search | None = None, glossary: Glossary | None = None, **changes: float
    ) -> list[Translation]:
        """The ``n`` best texts for an input, best first; ``changes`` are fields of ``search``, as in ``beam=12``."""

    @abstractmethod
    def predict_many(
        self,
        inputs: Sequence[R],
        n: int = 1,
        search: Search | None = None,
        glossary: Glossary | None = None,
        **changes: float,
    ) -> list[list[Translation]]:
        """`predict` of each input, computed together."""

    @abstractmethod
    def align(
        self,
        inputs: Sequence[R],
        search: Search | None = None,
        glossary: Glossary | None = None,
        prefixes: Sequence[Sequence[int]] | None = None,
        **changes: float,
    ) -> list[list[Aligned]]:
        """`predict_many` with tokens and attention: ``search.n_best`` to each input.

        Of ``prefixes``, one for each input, are the ids that its answers begin with.
        """

    def prefix_ids(self, raw: R, text: str, glossary: Glossary | None = None) -> Sequence[int]:
        """The ids of ``text`` as the beginning of an answer to ``raw``: one of `align`'s prefixes.

        ``glossary`` is that with which it will be answered.
        """
        raise InputError(f"prefix: a {self.name} model cannot be told how its answers begin", "prefix")

    @abstractmethod
    def following(self, raw: R, prefix: Sequence[int], n: int) -> list[int]:
        """The ``n`` most probable tokens after an answer that begins with ``prefix``; never END or unknown.

        InputError for ids that are none of the target's tokens.
        """

    def alternatives(
        self,
        raw: R,
        prefix: Sequence[int],
        n: int = 5,
        search: Search | None = None,
        glossary: Glossary | None = None,
        **changes: float,
    ) -> list[Aligned]:
        """Answers that begin with ``prefix`` and go on by another token each, the ``n`` most probable ones in order.

        Of answers that read the same the first is kept.
        """
        begun = [[*prefix, token] for token in self.following(raw, prefix, n)]
        found = self.align([raw] * len(begun), search, glossary, begun, **changes | {"n_best": 1})
        return unlike(one for best in found for one in best[:1])

    def read_several(self, path: Path, layout: Layout | None = None) -> Iterator[Row] | None:
        """The inputs in a table, its other columns beside them; None for a file that is no table, such as a document.

        A ``layout`` without columns takes that of the sources in the fit.
        """
        layout = layout or Layout()
        own = layout.columns or getattr(self, "columns", None)
        return source_rows(path, replace(layout, columns=own)) if is_table(path) else None

    def read_input(self, path: Path, encoding: str = "utf-8") -> R | None:
        """The input that a file is as a whole; None where its sentences are answered one by one."""
        return None

    def texts(self) -> Mapping[str, str]:
        """By file name what its tokens are made of and read by, for programs that run the model by themselves."""
        self._check_fitted()
        return self.recipe().saved(self.learnt_)[1]

    def forming(
        self,
        raw: R,
        search: Search | None = None,
        glossary: Glossary | None = None,
        prefix: Sequence[int] = (),
        **changes: float,
    ) -> Iterator[list[Aligned]]:
        """What the answers to an input look like after each step of the search, the best first; at last all of them.

        A task whose search does not show its steps gives the last alone.
        """
        yield self.align([raw], search, glossary, [prefix], **changes)[0]

    @abstractmethod
    def remark(self, raw: R) -> str:
        """A warning about an input, such as that it was cut or that none of its tokens is known; mostly empty."""

    @abstractmethod
    def evaluate(self, data: Any, /, *, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on pairs beside the baselines."""


def unlike(answers: Iterable[Aligned]) -> list[Aligned]:
    """Of answers that read the same the first, in their order: tokens may differ where the text does not."""
    first: dict[str, Aligned] = {}
    for one in answers:
        first.setdefault(one.translation.text, one)
    return list(first.values())
