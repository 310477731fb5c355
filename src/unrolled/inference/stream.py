"""A language model that reads text as it comes and can say at any moment what comes next."""

from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.decoding import next_words
from unrolled.errors import InputError
from unrolled.inference.frozen import Frozen
from unrolled.kernels import steps as stepping
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

__all__ = ["NEVER_SUGGESTED", "Prediction", "Stream", "feed_together"]

NEVER_SUGGESTED = (UNKNOWN, END)

_HEAD = Struct("<16s16sIII")  # what it is, whose it is; entries of the state, features, the last id
_KIND = b"unrolled stream1"
_CHECK = 8  # bytes of the checksum at the end


class Prediction(NamedTuple):
    """One answer and its probability."""

    text: str
    score: float


class Stream:
    """Text in, predictions out; the memory between calls is a state of fixed size. A new stream has read END.

    Where an argument has the wrong type, or ids or ``n`` are out of range, InputError is raised and nothing changed.
    """

    def __init__(self, frozen: Frozen, tokenizer: Tokenizer) -> None:
        self._frozen, self._tokenizer = frozen, tokenizer
        self._state = frozen.zero  # neither array is ever written to: branches share them
        self._features: NDArray[Any] = np.zeros(0)
        self._scores: NDArray[np.float32] | None = None  # these two: of what was read so far, once asked for
        self._probabilities: NDArray[np.float32] | None = None
        self._last = END
        self.feed_ids(np.array([END]))

    def feed(self, text: str) -> Self:
        """Read ``text``, as tokens of its own."""
        if not isinstance(text, str):
            raise InputError(f"text is {type(text).__name__}; expected a string")
        return self.feed_ids(self._tokenizer.encode(text))

    def feed_ids(self, ids: NDArray[np.integer]) -> Self:
        """Read ids (T,), T = 0 allowed."""
        checked = self._frozen.checked(ids)
        if len(checked):
            features, states = self._frozen.read([checked], self._state[None])
            self._set(features[0], states[0], int(checked[-1]))
        return self

    def branch(self) -> "Stream":
        """An independent stream that has read the same, in about a microsecond."""
        other = object.__new__(Stream)
        vars(other).update(vars(self))
        return other

    @property
    def features(self) -> NDArray[np.float32]:
        """The last layer's output (E,) after what was read; read-only."""
        return self._features

    def state(self) -> bytes:
        """All that the stream remembers, for `restore` of a stream of the same model, in any process or machine."""
        head = _HEAD.pack(_KIND, self._frozen.fingerprint, self._state.size, self._features.size, self._last)
        body = head + _little_endian(self._state).tobytes() + _little_endian(self._features).tobytes()
        return body + blake2b(body, digest_size=_CHECK).digest()

    def restore(self, saved: bytes) -> Self:
        """Go on from what `state` gave. InputError for bytes that are no state, or of another model."""
        if not isinstance(saved, bytes | bytearray | memoryview):
            raise InputError(f"the saved stream is {type(saved).__name__}; expected bytes")
        data = bytes(saved) if len(saved) <= self._saved_size + _HEAD.size else b""  # never a copy of what is too long
        if len(data) < _HEAD.size or not data.startswith(_KIND):
            raise InputError(f"{len(saved)} bytes are no saved stream of this model: expected what Stream.state() gave")
        _, fingerprint, _, _, last = _HEAD.unpack_from(data)
        if fingerprint != self._frozen.fingerprint:
            raise InputError("the saved stream belongs to another model; expected one of the model it is restored to")
        body, check = data[:-_CHECK], data[-_CHECK:]
        if len(data) != self._saved_size or blake2b(body, digest_size=_CHECK).digest() != check:
            raise InputError(f"the saved stream is damaged: {len(data)} bytes, expected {self._saved_size} as written")
        state = _native_order(self._frozen.zero, body, _HEAD.size, self._state.size)
        features = _native_order(self._features, body, _HEAD.size + state.nbytes, self._features.size)
        self._check(state, features, last)
        self._set(features, state, last)
        return self

    @property
    def _saved_size(self) -> int:
        return _HEAD.size + self._state.nbytes + self._features.nbytes + _CHECK

    def _check(self, state: NDArray[Any], features: NDArray[Any], last: int) -> None:
        """A whole checksum proves no good intention."""
        if not (np.isfinite(state).all() and np.isfinite(features).all()):
            raise InputError("the saved stream holds numbers that are not finite")
        if last >= self._frozen.vocabulary:
            raise InputError(f"the saved stream's last id is {last}; expected 0 to {self._frozen.vocabulary - 1}")
        if state.dtype.kind == "i":
            self._frozen.checked(state)

    def _set(self, features: NDArray[Any], state: NDArray[Any], last: int) -> None:
        features.flags.writeable = False
        self._features, self._state, self._last = features, state, last
        self._scores = self._probabilities = None

    def probabilities(self) -> NDArray[np.float32]:
        """The distribution (V,) of the next token; read-only."""
        if self._probabilities is None:
            self._probabilities = kernels.softmax(self._scored())
            self._probabilities.flags.writeable = False
        return self._probabilities

    def _scored(self) -> NDArray[np.float32]:
        if self._scores is None:
            self._scores = self._frozen.scores(self._features[None])[0]
        return self._scores

    def top(self, n: int = 3) -> list[Prediction]:
        """The ``n`` most probable next words, most probable first; unknown and end are never among them.

        Where tokens are characters or byte pairs a word is made of several (`unrolled.decoding.next_words`), and the
        text so far is taken to end with a whole word.
        """
        if isinstance(n, bool) or not isinstance(n, int | np.integer):
            raise InputError(f"n is {type(n).__name__}; expected a whole number")
        if n < 1:
            raise InputError(f"n is {n}; expected at least 1")
        tokens = self._tokenizer.tokens
        if self._tokenizer.kind in ("character", "bpe"):
            after_word = self._last != END and not tokens[self._last][-1:].isspace()
            first, decode = self.probabilities(), self._tokenizer.decode
            found = next_words(tokens, decode, self._branch, first, self._state[None], after_word, n)
            return [Prediction(text, score) for text, score in found.items()][:n]
        best, shares = stepping.top(self._scored(), n, NEVER_SUGGESTED)
        return [Prediction(tokens[i], share) for i, share in zip(best.tolist(), shares.tolist(), strict=True)]

    def _branch(self, ids: NDArray[np.int64], state: Any) -> tuple[NDArray[np.float32], Any]:
        features, state = self._frozen.read(list(ids), state)
        return kernels.softmax(self._frozen.scores(features)), state


def feed_together(streams: Sequence[Stream], ids: Sequence[NDArray[np.integer]]) -> None:
    """Let each stream read its ids (T,), of any lengths, all in one batch: the same bits as one by one.

    InputError, and no stream has read anything, where streams and ids differ in number, a stream stands there twice,
    they are of different models, or ids are wrong.
    """
    if len(streams) != len(ids):
        raise InputError(f"{len(streams)} streams and {len(ids)} rows of ids; expected as many of each")
    if len({id(stream) for stream in streams}) != len(streams):
        raise InputError("a stream stands among the streams twice; expected each once, or a branch of it")
    if any(stream._frozen is not streams[0]._frozen for stream in streams):
        raise InputError("the streams are of different models; expected streams of one model")
    checked = [stream._frozen.checked(one) for stream, one in zip(streams, ids, strict=True)]
    fed = [(stream, one) for stream, one in zip(streams, checked, strict=True) if len(one)]
    if not fed:
        return
    states = np.stack([stream._state for stream, _ in fed])
    features, states = streams[0]._frozen.read([one for _, one in fed], states)
    for b, (stream, one) in enumerate(fed):
        stream._set(features[b].copy(), states[b].copy(), int(one[-1]))  # not the whole batch, kept alive by a row


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _native_order(like: NDArray[Any], data: bytes, at: int, count: int) -> NDArray[Any]:
    return np.frombuffer(data, like.dtype.newbyteorder("<"), count, at).astype(like.dtype)
