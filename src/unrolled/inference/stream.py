"""A stream: a model that reads its input as it comes and can answer at any moment."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.mixture import Mixture, StepMixture, WholeMixture
from unrolled.decoding.words import Branch
from unrolled.errors import InputError
from unrolled.inference.answers import Answer, Answers, checked_count
from unrolled.inference.frozen import Frozen, checked_finite
from unrolled.inference.long import features_of, is_long, outputs_of
from unrolled.inference.saved_stream import SavedStream, decode_stream, encode_stream, saved_size, stored_type
from unrolled.inputs import Input

__all__ = ["Stream"]

_LONGEST = 1 << 26  # bytes of the saved stream of a model that reads all steps again

AnyArray = NDArray[Any]


class Stream:
    """Inputs in, answers out. Between calls, a stream keeps a state of fixed size; where the model does not stream, it
    keeps all steps, and the model reads them again for each answer. With a ``mixture`` it answers with the model mixed
    with what a baseline says after the last steps, or, where it keeps all steps, of these.

    An argument of the wrong type, or steps or ``n`` out of range, raise InputError; the stream is then as before.
    """

    frequency: ClassVar[None] = None
    """How frequent outcomes are does not change with what was read."""

    def __init__(
        self, frozen: Frozen, input: Input, answers: Answers, mixture: StepMixture | WholeMixture | None = None
    ) -> None:
        self.frozen, self._input, self._answers = frozen, input, answers
        self._mixture = None if isinstance(mixture, WholeMixture) else mixture
        self._whole = mixture if isinstance(mixture, WholeMixture) else None
        self.state_array: AnyArray = frozen.zero  # neither array is ever written to: branches share them
        self._seen: AnyArray | None = None  # steps (T, ...), where the model does not stream
        self._features: AnyArray | None = None
        self._own: NDArray[np.float32] | None = None  # the network's own scores, where they were computed with others'
        self._scores: NDArray[np.float32] | None = None  # both are computed when asked for
        self._probabilities: NDArray[np.float32] | None = None
        self.last = 0
        self._recent: AnyArray = input.beginning[:0]  # the last steps, where there is a mixture
        self.steps = 0
        if len(input.beginning):
            self.feed_steps(input.beginning)
            self.steps = 0

    def __repr__(self) -> str:
        return f"<Stream, {self.steps:,} steps read>"

    def __str__(self) -> str:
        answers = (
            ", ".join(f"{answer[0]} {answer.score:.1%}" for answer in self.top()) if self.steps else "no answer yet"
        )
        return f"{self.steps:,} steps read: {answers}"

    def feed(self, raw: Any) -> Self:
        """Read a further piece of the raw input, such as some words, or a whole recording."""
        return self.feed_steps(self._input.encode(raw))

    def feed_steps(self, steps: NDArray[Any]) -> Self:
        """Read encoded steps, such as ids (T,); T may be 0."""
        if not self.frozen.streams:
            return self._keep_steps(steps)
        # Ids stay as they are in every input; to ask would take a part of a microsecond at each step.
        checked = self.frozen.checked(steps) if self.frozen.vocabulary else self.expanded(steps)
        if len(checked):
            self.steps += len(checked)
            features, states = self.frozen.read([checked], self.state_array[None])
            self.take(features[0], states[0], checked)
        return self

    def _keep_steps(self, steps: NDArray[Any]) -> Self:
        if len(steps):
            self.expanded(steps)  # refuses steps that could not be read later
            kept = np.asarray(steps, stored_type(np.ndim(steps) > 1))
            self.steps += len(kept)
            self._seen = kept if self._seen is None else np.concatenate([self._seen, kept])
            self._features = self._scores = self._probabilities = None
        return self

    def feed_traced(self, steps: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`feed_steps` → the outputs of the last layer (T, H) and the probabilities (T, K) after each step.

        Both are empty where the model does not stream: see `traced_beginnings`.
        """
        if not self.frozen.streams or not len(steps):
            self.feed_steps(steps)
            return np.zeros((0, 0), np.float32), np.zeros((0, self.frozen.outcomes), np.float32)
        checked = self.expanded(steps)
        self.steps += len(checked)
        outputs, features, state = self.frozen.trace(checked, self.state_array)
        probabilities = checked_finite(self._along(self.frozen.scores(features), checked))
        self.take(features[-1], state, checked)
        return outputs, probabilities

    def _along(self, scores: NDArray[np.float32], steps: AnyArray) -> NDArray[np.float32]:
        """The probabilities (T, K) for the model's own scores (T, K) after each of the further steps (T, ...)."""
        mixture, probabilities = self._mixture, self._answers.probabilities
        if mixture is None:
            return probabilities(scores)
        read = np.concatenate([self._recent, steps])
        if mixture.of_scores:
            return probabilities(mixture.mixed_along(scores, read))
        return mixture.mixed_along(probabilities(scores), read)

    def expanded(self, steps: NDArray[Any]) -> AnyArray:
        """Encoded steps as the model reads them; InputError for others."""
        return self.frozen.checked(self._input.expand(np.asarray(steps)))

    def branch(self) -> "Stream":
        """An independent stream that has read the same, in about a microsecond."""
        other = object.__new__(Stream)
        vars(other).update(vars(self))
        return other

    # What it makes of what was read -----------------------------------------------------------------------------------

    @property
    def features(self) -> NDArray[np.float32]:
        """The features (E,) that the head reads after what was read; read-only. InputError before the first step."""
        if self._features is None:
            if self._seen is None:
                raise InputError("nothing has been read yet; feed something first")
            self._features = self._beginnings([len(self._seen)])[0]
            self._features.flags.writeable = False
        return self._features

    def scores(self) -> NDArray[np.float32]:
        """The scores (K,) of the outcomes: of what comes next, or of the labels of the input.

        Those of a mixture of probabilities are the logarithms of these.
        """
        if self._scores is None:
            if self._mixes_probabilities:
                with np.errstate(divide="ignore"):
                    self._scores = np.log(self.probabilities())
            else:
                own = self._own_scores()
                self._scores = own if self._mixture is None else self._mixture.mixed_after(own, self._recent)
        return self._scores

    @property
    def _mixes_probabilities(self) -> bool:
        return self._whole is not None if self._mixture is None else not self._mixture.of_scores

    def _own_scores(self) -> NDArray[np.float32]:
        if self._own is not None:
            return self._own
        scores: NDArray[np.float32] = self.frozen.scores(self.features[None])[0]
        return scores

    def take_scores(self, own: NDArray[np.float32]) -> None:
        """Take over the network's own scores (K,) after what was read, which were computed elsewhere."""
        self._own = own

    def probabilities(self) -> NDArray[np.float32]:
        """Their probabilities (K,); read-only."""
        if self._probabilities is None:
            if self._whole is not None:
                self._probabilities = self.traced_beginnings([len(self._steps_seen())])[0]
            elif self._mixture is None or self._mixture.of_scores:
                self._probabilities = self._answers.probabilities(self.scores())
            else:
                own = self._answers.probabilities(self._own_scores())
                self._probabilities = self._mixture.mixed_after(own, self._recent)
            checked_finite(self._probabilities).flags.writeable = False
        return self._probabilities

    def branches(self) -> tuple[Branch[Any], Any]:
        """A step that a search for words can take from here, and the state of one row that it starts from."""
        state = self.state_array[None]
        if not isinstance(self._mixture, Mixture):
            return self.frozen.next_probabilities, state
        return self._next_mixed, (state, np.array([self._mixture.ngram().nodes(self._recent.tolist())]))

    def _next_mixed(
        self, ids: NDArray[np.int64], state: tuple[AnyArray, AnyArray]
    ) -> tuple[NDArray[np.float32], tuple[AnyArray, AnyArray]]:
        """`Frozen.next_probabilities`, mixed; the state is that of the model, and the n-gram's contexts (K, order)."""
        assert isinstance(self._mixture, Mixture)
        next_nodes = self._mixture.ngram().next_nodes
        own, after = self.frozen.next_probabilities(ids, state[0])
        nodes = [next_nodes(row, word) for row, word in zip(state[1].tolist(), ids[:, -1].tolist(), strict=True)]
        return self._mixture.mixed(own, nodes), (after, np.array(nodes))

    def top(self, n: int = 3) -> Sequence[Answer]:
        """The ``n`` most probable answers, most probable first."""
        return self._answers.top(self, checked_count(n))

    def traced_beginnings(self, ends: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """For a model that does not stream: the probabilities (N, K) had the input ended after ``ends`` (N,) steps."""
        probabilities = self._answers.probabilities(self.frozen.scores(self._beginnings(ends)))
        if self._whole is None:
            return checked_finite(probabilities)
        seen = self._steps_seen()
        return checked_finite(self._whole.mixed(probabilities, [seen[:end] for end in ends]).astype(np.float32))

    def outputs(self, ends: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """For a model that does not stream: the outputs (N, H) of the last layer after ``ends`` (N,) steps."""
        seen, chosen = self._steps_seen(), np.asarray(ends) - 1
        frozen = self.frozen
        if frozen.model.layers is None:
            return np.zeros((len(ends), 0), np.float32)
        if not is_long(frozen.model, self._input, seen):
            outputs: NDArray[np.float32] = frozen.outputs(self._input.collate([seen])[0])[chosen]
            return outputs
        rows, at = [], 0
        for y in outputs_of(frozen.model, frozen.params, self._input, seen):
            rows.append(y[chosen[(chosen >= at) & (chosen < at + len(y))] - at])
            at += len(y)
        return np.concatenate(rows)

    def _beginnings(self, ends: Sequence[int] | NDArray[np.int64]) -> AnyArray:
        """The features (N, E) as if the input had ended after ``ends`` (N,) steps."""
        seen, frozen = self._steps_seen(), self.frozen
        beginnings = [seen[:end] for end in ends]
        long = np.array([is_long(frozen.model, self._input, steps) for steps in beginnings], bool)
        features = np.zeros((len(ends), frozen.weights.shape[1]), frozen.weights.dtype)
        short = np.flatnonzero(~long)
        together = frozen.rows_at_once(max((len(beginnings[row]) for row in short), default=0))
        for start in range(0, len(short), together):
            rows = short[start : start + together]
            features[rows] = frozen.summaries(*self._input.collate([beginnings[row] for row in rows]))
        for row in np.flatnonzero(long):
            features[row] = features_of(frozen.model, frozen.params, self._input, beginnings[row])
        return features

    def _steps_seen(self) -> AnyArray:
        return self._input.beginning if self._seen is None else self._seen

    # Saved and restored -----------------------------------------------------------------------------------------------

    def state(self) -> bytes:
        """All that the stream remembers, for `restore` of a stream of the same model, in any process or machine."""
        state, features, width = self._kept()
        recent = np.array([self.last]) if self._mixture is None else self._recent
        kept = SavedStream(state, features, width, recent, self.steps)
        return encode_stream(kept, self.frozen.fingerprint, self._mixture is not None)

    def restore(self, saved: bytes) -> Self:
        """Continue from what `state` gave. InputError for bytes that are no state, or of another model."""
        frozen = self.frozen
        like = self.state_array if frozen.streams else None
        keys = 0 if frozen.vocabulary else frozen.outcomes
        longest = saved_size(self.state_array.nbytes, frozen.weights[0].nbytes, keys) if frozen.streams else _LONGEST
        kept = decode_stream(saved, longest, frozen.fingerprint, like, frozen.weights, keys)
        if frozen.streams:
            self._go_on_from(kept)
        else:
            self._read_again(kept)
        return self

    def _kept(self) -> tuple[AnyArray, AnyArray, int]:
        """State, features and their number; where the model does not stream, all steps and the width of one."""
        none = self.frozen.weights[0, :0]
        if self.frozen.streams:
            features = none if self._features is None else self._features
            return self.state_array, features, features.size
        seen = self._steps_seen()
        return seen.reshape(-1), none, (int(seen.shape[1]) if seen.ndim > 1 else 0)

    def _go_on_from(self, kept: SavedStream) -> None:
        if kept.features.size not in (0, self.frozen.weights.shape[1]):
            raise InputError(f"the saved stream is damaged: it has {kept.features.size} features")
        highest = kept.recent.max(initial=0) if self.frozen.vocabulary else 0
        if highest and highest >= self.frozen.vocabulary:
            raise InputError(f"a saved stream's last id is {highest}; expected 0 to {self.frozen.vocabulary - 1}")
        if kept.state.dtype.kind == "i":
            self.frozen.checked(kept.state)
        self._recent = kept.recent[:0]
        self.take(kept.features, kept.state, kept.recent)
        self.steps = kept.steps

    def _read_again(self, kept: SavedStream) -> None:
        """Keep the steps of a saved stream in place of one's own, if they can be read."""
        state, width = kept.state, kept.width
        seen = state.reshape(-1, width) if width and state.size % width == 0 else state
        if len(seen):
            self.expanded(seen)
        self._seen, self.steps = (seen if len(seen) else None), len(seen)
        self._features = self._scores = self._probabilities = None

    def take(self, features: NDArray[Any], state: NDArray[Any], steps: NDArray[Any]) -> None:
        """Take over the result of reading ``steps``: features (E,) and state (S,)."""
        features.flags.writeable = False
        self._features, self.state_array = (features if features.size else None), state
        self._own = self._scores = self._probabilities = None
        if steps.ndim == 1 and len(steps):
            self.last = steps.item(-1)
        if self._mixture is not None:
            context = self._mixture.context
            self._recent = np.concatenate([self._recent, steps[-context:]])[-context:]
