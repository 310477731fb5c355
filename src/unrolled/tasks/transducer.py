"""What fitted encoder–decoders that read texts do: they translate, align and measure, without torch."""

import dataclasses
import re
import shlex
from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from unrolled import settings
from unrolled.arrays import Tree
from unrolled.data.batches import pad
from unrolled.decoding import ranked
from unrolled.decoding import search as searched
from unrolled.decoding import searched as search_steps
from unrolled.decoding.base import Hypothesis, Writer
from unrolled.decoding.rules import MORE
from unrolled.documents.restored import restored
from unrolled.errors import InputError
from unrolled.inference.answers import checked_count
from unrolled.inference.frozen_decoder import FrozenDecoder
from unrolled.inference.translations import Aligned, Translation
from unrolled.inputs.pairs import Encoded, PairTexts
from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.translation import check_installed, pair_scores
from unrolled.metrics.written import grouped
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.progress import track
from unrolled.settings import Search
from unrolled.tasks.pairs import Glossary, PairTask, unlike
from unrolled.tasks.transduction import LearntPairs, Transduction
from unrolled.text.tokens import END, UNKNOWN

__all__ = ["Transducer"]

TOGETHER = 64  # sources that are answered side by side
ATTENTION = 2**24  # numbers of attention that their search may have to keep, unless one source alone has more
_PART_OF_A_LETTER = re.compile(
    r" ?(\\x[0-9a-f]{2})+$"
)  # how byte pairs show of letters that none of them was learnt from


class Transducer(PairTask[LearntPairs]):
    """A task whose recipe is a `Transduction`."""

    @abstractmethod
    def recipe(self) -> Transduction:
        """The roles with these settings, nothing fitted yet."""

    @property
    def texts_(self) -> PairTexts:
        """The fitted codec of its texts."""
        self._check_fitted()
        return self.learnt_.texts

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
        self, raw: str, n: int = 1, search: Search | None = None, glossary: Glossary | None = None, **changes: float
    ) -> list[Translation]:
        """See `PairTask`."""
        return self.predict_many([raw], n, search, glossary, **changes)[0]

    def predict_many(
        self,
        inputs: Sequence[str],
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
        inputs: Sequence[str],
        search: Search | None = None,
        glossary: Glossary | None = None,
        prefixes: Sequence[Sequence[int]] | None = None,
        **changes: float,
    ) -> list[list[Aligned]]:
        """See `PairTask`; the beam is at least as wide as answers are asked for, of which no two read the same."""
        search = _checked_search(search, changes)
        texts = self.texts_
        _check_inputs(inputs, prefixes)
        for prefix in prefixes or ():
            self._check_ids(prefix)
        encoded = [texts.source(self._checked(raw), glossary) for raw in inputs]
        required = [texts.required(one, raw, glossary or {}) for one, raw in zip(encoded, inputs, strict=True)]
        answers: list[list[Aligned]] = [[] for _ in inputs]
        for row, one in enumerate(encoded):
            if len(one.ids) > 1 and not (prefixes and len(prefixes[row])) and texts.stays(one, required[row]):
                answers[row] = [self._itself(one)]
        for rows in _groups(
            [0 if found else len(one.ids) for one, found in zip(encoded, answers, strict=True)], search
        ):
            begins = None if prefixes is None else [prefixes[row] for row in rows]
            writer = self._writer([encoded[row] for row in rows])
            terms = [required[row] for row in rows]
            found = searched(writer, _whole(search), terms, begins, texts.hidden, texts.continuing)
            for row, hypotheses in zip(rows, found, strict=True):
                answers[row] = self._unlike(encoded[row], hypotheses, search)
        empty = Aligned(Translation("", 1.0), [], [], np.zeros((0, 0), np.float32), [])
        return [found or [empty] for found in answers]

    def _checked(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise InputError(f"the input is {type(raw).__name__}; expected a text")
        return raw

    def _writer(self, encoded: Sequence[Encoded]) -> Writer[Any]:
        return self.frozen().read(*pad([one.ids for one in encoded]))

    def forming(
        self,
        raw: str,
        search: Search | None = None,
        glossary: Glossary | None = None,
        prefix: Sequence[int] = (),
        **changes: float,
    ) -> Iterator[list[Aligned]]:
        """See `PairTask`; what is drawn comes at once."""
        search = _checked_search(search, changes)
        encoded = self.texts_.source(self._checked(raw), glossary)
        required = self.texts_.required(encoded, raw, glossary or {})
        if search.temperature or len(encoded.ids) < 2 or (not len(prefix) and self.texts_.stays(encoded, required)):
            yield self.align([raw], search, glossary, [prefix])[0]
            return
        self._check_ids(prefix)
        found = None
        writer, hidden, continuing = self._writer([encoded]), self.texts_.hidden, self.texts_.continuing
        for found in search_steps(writer, _whole(search), [required], [prefix], hidden, continuing):
            forms, finished = found.best(), found.answers(0)[:1]
            reached = forms.log_probability / max(1, len(forms.ids)) ** search.length_penalty
            yield [self._aligned(encoded, finished[0] if finished and finished[0].score > reached else forms)]
        if found is not None:
            yield self._unlike(encoded, found.answers(0), search)

    def following(self, raw: str, prefix: Sequence[int], n: int) -> list[int]:
        """See `PairTask`."""
        self._check_ids(prefix)
        writer = self._writer([self.texts_.source(self._checked(raw))])
        state, stepped = writer.start(), None
        for token in [END, *prefix]:
            stepped, state = writer.step(np.array([token]), state)
        assert stepped is not None
        best: list[int] = ranked(np.exp(stepped.log_probabilities[0]), n, (UNKNOWN, END)).tolist()
        return best

    def _check_ids(self, ids: Sequence[int]) -> None:
        outcomes = self.texts_.vocabularies[1]
        if bad := [i for i in ids if not isinstance(i, int | np.integer) or not 0 <= i < outcomes]:
            raise InputError(f"the prefix has the token {bad[0]!r}; expected 0 to {outcomes - 1}", "prefix")

    def _unlike(self, encoded: Encoded, found: Sequence[Hypothesis], search: Search) -> list[Aligned]:
        """As many as are asked for, of which no two read the same."""
        return unlike(self._aligned(encoded, one) for one in found)[: search.n_best]

    def _aligned(self, encoded: Encoded, found: Hypothesis) -> Aligned:
        count = len(found.ids)
        attention = found.attention[:count, : len(encoded.ids)]
        text = self.texts_.text(found.ids, encoded, attention)
        if any(span.tag for span in encoded.spans):
            text = restored(encoded.original, text)
        translation = Translation(text, float(np.exp(found.score)))
        return Aligned(translation, encoded.names, self.texts_.names(found.ids, encoded.held), attention, found.ids)

    def _itself(self, encoded: Encoded) -> Aligned:
        """A source of which nothing is to be translated as its own answer, each token of which looks at itself."""
        ids, names = self.texts_.itself(encoded)
        last = len(encoded.ids) - 1
        attention = np.eye(len(encoded.ids), dtype=np.float32)[[min(at, last) for at in range(len(ids))]]
        return Aligned(Translation(encoded.original, 1.0), encoded.names, names, attention, ids)

    def prefix_ids(self, raw: str, text: str, glossary: Glossary | None = None) -> list[int]:
        """See `PairTask`."""
        texts = self.texts_
        return texts.beginning(self._checked(text), texts.source(self._checked(raw), glossary))

    def texts(self) -> Mapping[str, str]:
        """See `PairTask`."""
        return self.texts_.saved()

    def remark(self, raw: str) -> str:
        """See `PairTask`."""
        encoded = self.texts_.source(self._checked(raw))
        if encoded.cut:
            read = len(encoded.ids) - 1
            return f"the input was cut after {read:,} of {read + encoded.cut:,} tokens; expected shorter ones"
        tokens = list(zip(encoded.ids[:-1].tolist(), encoded.names, strict=False))
        if tokens and all(i == UNKNOWN or _PART_OF_A_LETTER.match(name) for i, name in tokens):
            return f"nothing of {raw[:40]!r} is known to the model: it learnt from texts without these letters or words"
        return ""

    # Measuring --------------------------------------------------------------------------------------------------------

    def evaluate(self, data: Any, /, *, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """See `PairTask`; answers are those of the usual `Search`."""
        self._check_fitted()
        check_installed(self.spelled)
        examples = self.recipe().examples(data, encoding)
        sources, references = grouped(examples.inputs, examples.targets)
        blocks = [sources[start : start + TOGETHER] for start in range(0, len(sources), TOGETHER)]
        answers: list[str] = []
        for block in track(((len(block), block) for block in blocks), len(sources), "writing", show, "texts"):
            answers += [found[0].text for found in self.predict_many(block)]
        columns = {"network": answers}
        for baseline in self.learnt_.baselines:
            columns[baseline.name] = baseline.answers(sources)
        scores = {name: pair_scores(said, references, self.spelled) for name, said in columns.items()}
        return Evaluation.of_answers(scores)

    @property
    def spelled(self) -> bool:
        """Whether it writes tokens between spaces, such as phonemes, in the place of text."""
        return self.texts_.spelled

    @property
    def example(self) -> str:
        """A source that it learnt from."""
        return shlex.quote(self.learnt_.example)

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model."""
        return {"reads": "text", "writes": "text", "spelled": self.spelled} | super().metadata()

    def ready(self) -> Self:
        """See `Task`."""
        self.frozen()
        return self


def _check_inputs(inputs: Sequence[str], prefixes: Sequence[Sequence[int]] | None) -> None:
    """Raise InputError for one text in the place of several, and for prefixes that are not one for each."""
    if isinstance(inputs, str | bytes | Mapping) or not isinstance(inputs, Collection):
        raise InputError(f"the inputs are {type(inputs).__name__}; expected a list of texts")
    if prefixes is not None and len(prefixes) != len(inputs):
        raise InputError(f"{len(prefixes)} prefixes of {len(inputs)} inputs; expected one for each", "prefix")


def _checked_search(search: Search | None, changes: Mapping[str, float]) -> Search:
    """A search with these changes, whose beam is as wide as there are answers asked for."""
    search = settings.changed(search or Search(), dict(changes))
    settings.check(search)
    return search if search.temperature else dataclasses.replace(search, beam=max(search.beam, search.n_best))


def _groups(lengths: Sequence[int], search: Search) -> Iterator[list[int]]:
    """Which sources of these lengths, END included, are answered together, the short ones first; empty ones are not."""
    group = list[int]()
    for i in sorted((i for i, length in enumerate(lengths) if length > 1), key=lengths.__getitem__):
        steps = search.max_ratio * lengths[i] + MORE
        most = min(TOGETHER, ATTENTION / (max(search.beam, search.n_best) * steps * lengths[i]))
        if group and len(group) + 1 > most:
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def _whole(search: Search) -> Search:
    """A search that gives its whole beam, where several answers are asked for: some of these may read the same."""
    several = search.n_best > 1 and not search.temperature
    return dataclasses.replace(search, n_best=search.beam) if several else search
