"""Measures of written answers beside references: translations, and spellings of sounds."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from unrolled.metrics import bleu
from unrolled.metrics.written import PairScores, References, Summed, check_references, mean_of
from unrolled.text.word_pattern import is_unspaced

__all__ = ["check_installed", "edit_distance", "pair_scores"]


def pair_scores(answers: Sequence[str], references: References, spelled: bool) -> PairScores:
    """Measures of N answers beside their references; InputError where there are none, or not as many.

    Texts are measured by BLEU (Papineni et al. 2002) and chrF (Popović 2015) of sacreBLEU (Post 2018), both in points
    of 100, which needs that library; by BLEU of the same texts in small letters, ``bleu_lowercased``, whose tokens are
    those of mteval-v13a, as papers that state a lower-cased tokenized BLEU cut them but for rare marks; and by the
    share of answers that are a reference to the letter.

    Where answers are ``spelled``, as runs of phonemes between spaces, ``word_error`` is the share of answers that are
    none of their references, and ``token_error`` the edit distance to the nearest reference, over the length of it.
    """
    check_references(answers, references)
    if spelled:
        return PairScores.of(_spelling_scores(answers, references))
    return _text_scores(answers, references)


def check_installed(spelled: bool) -> None:
    """Raise MissingExtra if `pair_scores` lacks a library; call it before answers are written, which takes long."""
    if not spelled:
        bleu.check_installed()


def edit_distance(a: Sequence[str], b: Sequence[str]) -> int:
    """How many tokens must be inserted, left out or replaced to make b of a (Levenshtein 1966)."""
    places = np.arange(len(b) + 1)
    numbers: dict[str, int] = {}
    x, y = (np.array([numbers.setdefault(token, len(numbers)) for token in tokens]) for tokens in (a, b))
    row = places
    for i in range(len(a)):
        above = np.minimum(row[1:] + 1, row[:-1] + (y != x[i]))
        row = np.minimum.accumulate(np.concatenate([[i + 1], above]) - places) + places  # insertions, along the row
    return int(row[-1])


def _spelling_scores(answers: Sequence[str], references: References) -> dict[str, Summed]:
    nearest: NDArray[np.int64] = np.array([_nearest(*pair) for pair in zip(answers, references, strict=True)])
    return {"word_error": mean_of((nearest[:, 0] > 0).tolist()), "token_error": Summed(nearest.astype(np.float64))}


def _nearest(answer: str, references: Sequence[str]) -> tuple[int, int]:
    """The edit distance to the reference that is nearest for its length, and that reference's length."""
    tokens, choices = answer.split(), [reference.split() for reference in references]
    if tokens in choices:
        return 0, len(tokens)
    pairs = ((edit_distance(tokens, choice), len(choice)) for choice in choices)
    return min(pairs, key=lambda pair: pair[0] / max(pair[1], 1))


def _text_scores(answers: Sequence[str], references: References) -> PairScores:
    check_installed(spelled=False)
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    most = max(map(len, references))
    padded = [[texts[i] if i < len(texts) else None for texts in references] for i in range(most)]
    columns = cast("Sequence[Sequence[str]]", padded)  # sacreBLEU takes None where there is no further one
    tokens = _tokenization(references)
    cased, lowercased = BLEU(tokenize=tokens), BLEU(tokenize=tokens, lowercase=True)
    exact = mean_of([answer in texts for answer, texts in zip(answers, references, strict=True)])
    scores = {
        "bleu": float(cased.corpus_score(answers, columns).score),
        "bleu_lowercased": float(lowercased.corpus_score(answers, columns).score),
        "chrf": float(CHRF().corpus_score(answers, columns).score),
        "exact_match": exact.whole(),
        "examples": float(len(answers)),
    }
    return PairScores(scores, f"sacreBLEU {cased.get_signature()}", {"exact_match": exact})


def _tokenization(references: References) -> str:
    """How sacreBLEU is to cut texts: of scripts without spaces between words, between letters."""
    letters = "".join(texts[0] for texts in references[:1000])
    unspaced = [letter for letter in letters if letter.isalpha() and is_unspaced(letter)]
    if 2 * len(unspaced) <= sum(map(str.isalpha, letters)):
        return "13a"
    return "zh" if all("㐀" <= letter <= "鿿" for letter in unspaced) else "char"
