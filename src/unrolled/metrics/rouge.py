"""ROUGE (Lin 2004) as the package rouge-score computes it."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Protocol

from unrolled.errors import MissingExtra

__all__ = ["Overlap", "check_installed", "rouge_of"]


class Overlap(Protocol):
    """How much of an answer is in a reference, how much of the reference is in the answer, and their harmonic mean."""

    precision: float
    recall: float
    fmeasure: float


def check_installed() -> None:
    """Raise MissingExtra where ROUGE cannot be computed; call it before answers are written, which takes long."""
    try:
        import rouge_score.rouge_scorer  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra("rouge-score", "train", "ROUGE") from error


def rouge_of(
    kinds: Sequence[str], words: Callable[[str], list[str]] | None = None
) -> Callable[[str, str], dict[str, Overlap]]:
    """A function of a reference and an answer, to the overlap of each kind (rouge1, rouge2, rougeL).

    Texts are cut into ``words``; without it, as ROUGE-1.5.5 does with its option -m: in small letters, at all that is
    not a to z or a digit, and stemmed (Porter 1980).
    """
    check_installed()
    from rouge_score.rouge_scorer import RougeScorer

    tokenizer = None if words is None else SimpleNamespace(tokenize=words)
    scorer = RougeScorer(list(kinds), use_stemmer=True, tokenizer=tokenizer)
    score: Callable[[str, str], dict[str, Overlap]] = scorer.score
    return score
