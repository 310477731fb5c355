"""What fitted encoder–decoders do: they write texts for inputs of any kind, align and measure, without torch."""

import shlex
from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from unrolled import settings
from unrolled.arrays import Tree
from unrolled.data.pair_batches import collated
from unrolled.decoding import ranked
from unrolled.decoding import search as searched
from unrolled.decoding import searched as search_steps
from unrolled.decoding.base import Hypothesis, Writer
from unrolled.decoding.consensus import consensus
from unrolled.decoding.penalties import length_penalty
from unrolled.documents.restored import restored
from unrolled.errors import InputError
from unrolled.inference.answers import checked_count
from unrolled.inference.frozen_decoder import FrozenDecoder
from unrolled.inference.translations import Aligned, Translation, copied
from unrolled.inputs.codec import Codec, Encoded, R
from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.written import PairScores, References
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.progress import track
from unrolled.settings import Search
from unrolled.tasks.pairs import Glossary, PairTask, unlike
from unrolled.tasks.searches import TOGETHER, checked_search, groups, whole
from unrolled.tasks.transduction import LearntPairs, Transduction
from unrolled.text.tokens import END, UNKNOWN

__all__ = ["Transducer"]


class Transducer(PairTask[LearntPairs[Any], R]):
    """A task whose recipe is a `Transduction`; R is what its inputs are."""

    usual_search: ClassVar[Mapping[str, float]] = {"length_penalty": 1.0}
    """What its search is, where that is not given."""

    @abstractmethod
    def recipe(self) -> Transduction[Any]:
        """The roles with these settings, nothing fitted yet."""

    @abstractmethod
    def scores(self, answers: Sequence[str], references: References, inputs: Sequence[R]) -> PairScores:
        """Measures of answers to inputs; without any answers, whether the libraries for it are there."""

    columns: str | None
    """Of a table, what its inputs and targets are called, separated by a comma."""

    @property
    def column_names(self) -> list[str] | None:
        """Those of ``columns``, or None where they are to be found."""
        return None if self.columns is None else [name.strip() for name in self.columns.split(",")]

    @property
    def codec_(self) -> Codec[R]:
        """The fitted codec of its inputs and texts."""
        self._check_fitted()
        codec: Codec[R] = self.learnt_.codec
        return codec

    @property
    def baseline_name(self) -> str:
        """The strongest simple method."""
        self._check_fitted()
        return self.learnt_.baselines[-1].name

    def network(self) -> tuple[EncoderDecoder, Tree]:
        """The model and its parameters, a tree of numpy arrays."""
        self._check_fitted()
        return self.recipe().model(self.learnt_), self.weights_

    def frozen(self) -> FrozenDecoder:
        """The model made ready to write, until the task is fitted again."""
        kept: FrozenDecoder | None = vars(self).get("_frozen")
        if kept is None or kept.params is not self.weights_:
            kept = self._frozen = FrozenDecoder(*self.network())
        return kept

    # Answering --------------------------------------------------------------------------------------------------------

    def predict(
        self, raw: R, n: int = 1, search: Search | None = None, glossary: Glossary | None = None, **changes: float
    ) -> list[Translation]:
        """See `PairTask`."""
        return self.predict_many([raw], n, search, glossary, **changes)[0]

    def predict_many(
        self,
        inputs: Sequence[R],
        n: int = 1,
        search: Search | None = None,
        glossary: Glossary | None = None,
        **changes: float,
    ) -> list[list[Translation]]:
        """See `PairTask`."""
        search = search or Search()
        search = settings.changed(search, {"n_best": max(checked_count(n), search.n_best), **changes})
        found = self.align(inputs, search, glossary)
        return [[aligned.translation for aligned in answers] for answers in found]

    def align(
        self,
        inputs: Sequence[R],
        search: Search | None = None,
        glossary: Glossary | None = None,
        prefixes: Sequence[Sequence[int]] | None = None,
        **changes: float,
    ) -> list[list[Aligned]]:
        """See `PairTask`; the beam is at least as wide as answers are asked for, of which no two read the same."""
        search = self._search(search, changes)
        codec = self.codec_
        _check_inputs(inputs, prefixes)
        raws = [codec.checked(raw) for raw in inputs]
        encoded = [codec.source(raw, glossary) for raw in raws]
        for one, prefix in zip(encoded, prefixes or (), strict=False):
            self._check_ids(prefix, one)
        required = [codec.required(one, raw, glossary or {}) for one, raw in zip(encoded, raws, strict=True)]
        answers: list[list[Aligned]] = [[] for _ in inputs]
        for row, one in enumerate(encoded):
            if not one.empty and not (prefixes and len(prefixes[row])):
                answers[row] = self._itself(one, required[row])
        left = [0 if found or one.empty else len(one.names) for one, found in zip(encoded, answers, strict=True)]
        for rows in groups(left, search):
            begins = None if prefixes is None else [prefixes[row] for row in rows]
            writer = self._writer([encoded[row] for row in rows])
            terms = [required[row] for row in rows]
            found = searched(writer, whole(search), terms, begins, codec.hidden, codec.continuing)
            for row, hypotheses in zip(rows, found, strict=True):
                answers[row] = self._unlike(encoded[row], hypotheses, search)
        empty = Aligned(Translation("", 1.0), [], [], np.zeros((0, 0), np.float32), [])
        return [found or [empty] for found in answers]

    def _writer(self, encoded: Sequence[Encoded]) -> Writer[Any]:
        sources, lengths = collated([one.inputs for one in encoded])
        return self.frozen().read(sources, lengths, self.codec_.only_copied)

    def _search(self, search: Search | None, changes: Mapping[str, float]) -> Search:
        """A search with these changes as this model makes it."""
        search = settings.changed(search or Search(), dict(changes))
        settings.check(search)
        return checked_search(search, self.codec_.lengths(search.length), self.usual_search)

    def forming(
        self,
        raw: R,
        search: Search | None = None,
        glossary: Glossary | None = None,
        prefix: Sequence[int] = (),
        **changes: float,
    ) -> Iterator[list[Aligned]]:
        """See `PairTask`; what is drawn comes at once."""
        search, codec = self._search(search, changes), self.codec_
        encoded = codec.source(codec.checked(raw), glossary)
        required = codec.required(encoded, raw, glossary or {})
        stays = not len(prefix) and not encoded.empty and self._itself(encoded, required)
        if search.temperature or encoded.empty or stays:
            yield self.align([raw], search, glossary, [prefix])[0]
            return
        self._check_ids(prefix, encoded)
        found = None
        writer, hidden, continuing = self._writer([encoded]), codec.hidden, codec.continuing
        for found in search_steps(writer, whole(search), [required], [prefix], hidden, continuing):
            forms, finished = found.best(), found.answers(0)[:1]
            reached = forms.log_probability / max(1, len(forms.ids)) ** length_penalty(search)
            yield [self._aligned(encoded, finished[0] if finished and finished[0].score > reached else forms)]
        if found is not None:
            yield self._unlike(encoded, found.answers(0), search)

    def following(self, raw: R, prefix: Sequence[int], n: int) -> list[int]:
        """See `PairTask`."""
        encoded = self.codec_.source(self.codec_.checked(raw))
        self._check_ids(prefix, encoded)
        writer = self._writer([encoded])
        state, stepped = writer.start(), None
        for token in [END, *prefix]:
            stepped, state = writer.step(np.array([token]), state)
        assert stepped is not None
        log_probabilities = stepped.log_probabilities[0]
        best: list[int] = ranked(np.exp(log_probabilities), n, (UNKNOWN, END)).tolist()
        return [token for token in best if log_probabilities[token] > -np.inf]

    def _check_ids(self, ids: Sequence[int], encoded: Encoded) -> None:
        """Raise InputError for what is no token of the targets, nor a word that an input lends to its own answer."""
        outcomes = self.codec_.vocabulary
        if self.frozen().model.pointer is not None:
            outcomes = max(outcomes, int(encoded.inputs.max(initial=0)) + 1)
        if bad := [i for i in ids if not isinstance(i, int | np.integer) or not 0 <= i < outcomes]:
            raise InputError(f"the prefix has the token {bad[0]!r}; expected 0 to {outcomes - 1}", "prefix")

    def _unlike(self, encoded: Encoded, found: Sequence[Hypothesis], search: Search) -> list[Aligned]:
        """As many as are asked for, of which no two read the same."""
        if search.consensus and not search.temperature:
            found = [found[i] for i in consensus([one.ids for one in found], [one.score for one in found])]
        return unlike(self._aligned(encoded, one) for one in found)[: search.n_best]

    def _aligned(self, encoded: Encoded, found: Hypothesis) -> Aligned:
        count = len(found.ids)
        attention = found.attention[:count, : len(encoded.names)]
        text = self.codec_.text(found.ids, encoded, attention)
        if any(span.tag for span in encoded.spans):
            text = restored(encoded.original, text)
        translation = Translation(text, float(np.exp(found.score)))
        names = self.codec_.target_names(found.ids, encoded)
        taken = copied(found.ids, encoded.inputs, attention) if self.frozen().model.pointer else ()
        return Aligned(translation, encoded.names, names, attention, found.ids, taken, encoded.grid)

    def _itself(self, encoded: Encoded, required: Sequence[Sequence[int]]) -> list[Aligned]:
        """A source that is its own answer, each token of which looks at itself; nothing for all others."""
        own = self.codec_.itself(encoded, required)
        if own is None:
            return []
        ids, names = own
        last = len(encoded.names) - 1
        attention = np.eye(len(encoded.names), dtype=np.float32)[[min(at, last) for at in range(len(ids))]]
        return [Aligned(Translation(encoded.original, 1.0), encoded.names, names, attention, ids)]

    def prefix_ids(self, raw: R, text: str, glossary: Glossary | None = None) -> list[int]:
        """See `PairTask`."""
        if not isinstance(text, str):
            raise InputError(f"the prefix is {type(text).__name__}; expected a text", "prefix")
        codec = self.codec_
        return codec.beginning(text, codec.source(codec.checked(raw), glossary))

    def texts(self) -> Mapping[str, str]:
        """See `PairTask`."""
        return self.codec_.saved()

    def remark(self, raw: R) -> str:
        """See `PairTask`."""
        codec = self.codec_
        return codec.about(codec.source(codec.checked(raw)), raw)

    # Measuring --------------------------------------------------------------------------------------------------------

    def evaluate(self, data: Any, /, *, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """See `PairTask`; answers are those of the usual `Search`."""
        self._check_fitted()
        self.scores([], [], [])
        inputs, references = self.recipe().read(data, encoding).with_references()
        blocks = [inputs[start : start + TOGETHER] for start in range(0, len(inputs), TOGETHER)]
        answers, plain = list[str](), list[Any]()
        for block in track(((len(block), block) for block in blocks), len(inputs), "writing", show, "texts"):
            answers += [found[0].text for found in self.predict_many(block)]
            plain += self.codec_.plain(block)
        columns = {"network": answers}
        for baseline in self.learnt_.baselines:
            columns[baseline.name] = baseline.answers(plain)
        scores = {name: self.scores(said, references, inputs) for name, said in columns.items()}
        return Evaluation.of_answers(scores)

    @property
    def media_types(self) -> Sequence[str]:
        """See `PairTask`."""
        return self.codec_.media_types

    @property
    def spelled(self) -> bool:
        """Whether it writes tokens between spaces, such as phonemes, in the place of text."""
        return self.codec_.spelled

    @property
    def example(self) -> str:
        """A source that it learnt from."""
        return shlex.quote(self.learnt_.example)

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model."""
        return {"reads": self.codec_.reads, "writes": "text", "spelled": self.spelled} | super().metadata()

    def ready(self) -> Self:
        """See `Task`."""
        self.frozen()
        return self


def _check_inputs(inputs: Sequence[R], prefixes: Sequence[Sequence[int]] | None) -> None:
    """Raise InputError for one text in the place of several, and for prefixes that are not one for each."""
    if isinstance(inputs, str | bytes | Mapping) or not isinstance(inputs, Collection):
        raise InputError(f"the inputs are {type(inputs).__name__}; expected a list of them")
    if prefixes is not None and len(prefixes) != len(inputs):
        raise InputError(f"{len(prefixes)} prefixes of {len(inputs)} inputs; expected one for each", "prefix")
