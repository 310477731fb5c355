"""How a query may go on: a beam search over tokens from each way to cut what is typed, all hypotheses in one step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding.pruning import best_of_rows
from unrolled.suggestions.allowed import Walk
from unrolled.suggestions.typed import FLOOR, Typed
from unrolled.text.cutting import END, SPECIAL

__all__ = ["Beam", "Written", "complete"]


class Written(NamedTuple):
    """A query that the model has written, and its log-probability."""

    text: str
    score: float


@dataclass(frozen=True)
class Beam:
    """How widely to search: the more hypotheses, the surer that the best queries are found, and the slower."""

    width: int = 12
    """Hypotheses in one step."""
    enough: int = 12
    """Queries, after which only better ones are looked for."""
    steps: int = 40
    """Tokens of a completion at most."""


class _Live(NamedTuple):
    """Hypotheses side by side."""

    rows: list[int]
    tokens: list[int]
    scores: NDArray[np.float64]
    texts: list[str]


def complete(
    typed: Typed, letters: str, beam: Beam, accept: Callable[[str], bool], walk: Walk[Any] | None
) -> list[Written]:
    """The most probable queries that begin with ``letters``, best first; what is typed itself is not among them.

    Only queries that are accepted count, so that none that is refused takes the place of another. ``walk`` says what
    any of them may begin with. Log-probabilities are those of the whole query.
    """
    found: dict[str, float] = {}
    live = _begin(typed, letters, beam, walk)
    for _ in range(beam.steps):
        if not live.rows:
            break
        rows = typed.tree.rows(live.rows, live.tokens)
        p = typed.tree.p[rows]  # a copy
        _finish(found, live, p[:, END], typed, letters, accept, walk)
        least = _least(found, beam.enough)
        p[:, : len(SPECIAL)] = 0
        live = _extended(live, rows, p, typed.parts.texts, beam.width, least, walk)
    ranked = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [Written(text, score) for text, score in ranked if score > -np.inf]


def _begin(typed: Typed, letters: str, beam: Beam, walk: Walk[Any] | None) -> _Live:
    rows, tokens, scores, held = typed.next_tokens(letters)
    texts = typed.parts.texts
    order = np.argsort(-scores) if walk else _largest(scores, beam.width)
    chosen, written = [], list[str]()
    for one in order.tolist():
        text = letters[: held[one]] + texts[tokens[one]]
        if walk is None or walk.may_begin(text):
            chosen.append(one)
            written.append(text)
            if len(chosen) == beam.width:
                break
    return _Live(rows[chosen].tolist(), tokens[chosen].tolist(), scores[chosen], written)


def _finish(
    found: dict[str, float],
    live: _Live,
    ends: NDArray[np.float32],
    typed: Typed,
    letters: str,
    accept: Callable[[str], bool],
    walk: Walk[Any] | None,
) -> None:
    """Put down what the hypotheses are as whole queries."""
    parts, typed_text = typed.parts, typed.parts.text(letters).strip()
    for written, score in zip(live.texts, (live.scores + np.log(ends + FLOOR)).tolist(), strict=True):
        text = parts.text(written)
        if text in found:  # cut in another way; what was refused stays so
            found[text] = float(np.logaddexp(found[text], score)) if found[text] > -np.inf else -np.inf
        elif (walk is None or walk.ends(written)) and _is_query(text) and text != typed_text:
            found[text] = score if accept(text) else -np.inf


def _extended(
    live: _Live,
    rows: NDArray[np.int64],
    p: NDArray[np.float32],
    texts: list[str],
    width: int,
    least: float,
    walk: Walk[Any] | None,
) -> _Live:
    if walk is None:
        weights = np.exp(live.scores - live.scores.max()).astype(np.float32)
        _, places, _ = best_of_rows((p * weights[:, None]).reshape(1, -1), width)
    else:
        places = np.concatenate([walk.tokens(text) + row * p.shape[1] for row, text in enumerate(live.texts)])
    reached = live.scores[places // p.shape[1]] + np.log(p.reshape(-1)[places] + FLOOR)
    order = np.argsort(-reached, kind="stable")
    chosen, tokens, scores, written = list[int](), list[int](), list[float](), list[str]()
    for place, score in zip(places[order].tolist(), reached[order].tolist(), strict=True):
        row, token = divmod(place, p.shape[1])
        text = live.texts[row] + texts[token]
        if score <= least or len(chosen) == width:
            break
        if walk is None or walk.may_begin(text):
            chosen.append(int(rows[row]))
            tokens.append(token)
            scores.append(score)
            written.append(text)
    return _Live(chosen, tokens, np.array(scores), written)


def _least(found: dict[str, float], enough: int) -> float:
    """The score that another query must exceed."""
    return -np.inf if len(found) < enough else sorted(found.values())[-enough]


def _largest(values: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    if len(values) > n:
        kept = np.argpartition(-values, n)[:n]
        return kept[np.argsort(-values[kept], kind="stable")]
    return np.argsort(-values, kind="stable")


def _is_query(text: str) -> bool:
    """Whether a text is in the form of queries: see `unrolled.text.queries`."""
    return text == text.strip() and "  " not in text and "\ufffd" not in text
