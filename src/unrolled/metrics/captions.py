"""Measures of descriptions of pictures beside people's, as in the evaluation of COCO (Chen et al. 2015)."""

import re
from collections.abc import Sequence

from unrolled.metrics import bleu, rouge
from unrolled.metrics.cider import cider_d
from unrolled.metrics.written import PairScores, References, check_references, mean_of
from unrolled.text.cutting import Cutting

__all__ = ["caption_scores", "caption_words", "check_installed"]

BETA = 1.2  # how much more recall counts than precision in ROUGE-L
SIGNATURE = "captions in small letters without punctuation; sacreBLEU, rouge-score (β 1.2), CIDEr-D (σ 6)"
_CLITIC = re.compile(r"(?<=\w)(n't|'(?:s|m|d|re|ve|ll))(?!\w)")


def caption_scores(answers: Sequence[str], references: References) -> PairScores:
    """Measures of descriptions of N pictures beside their references.

    BLEU-1 to BLEU-4 in points of 100 count over all pictures, with the reference that is nearest in length. ROUGE-L, in
    points, is the mean over pictures of (1 + β²) P R / (R + β² P), β 1.2, of the best precision P and the best recall R
    of the longest common subsequence with a reference. CIDEr-D weighs words by the references given, so that its values
    for other pictures are others; it needs two pictures. ``exact_match`` is the share of descriptions that have the
    words of a reference. Texts are cut by `caption_words`. Raises InputError where there are no answers, or not to each
    a reference, and MissingExtra.
    """
    check_references(answers, references)
    check_installed()
    said = [caption_words(text) for text in answers]
    wanted = [[caption_words(text) for text in texts] for texts in references]
    joined, lines = [" ".join(words) for words in said], [[" ".join(words) for words in texts] for texts in wanted]
    summed = bleu.bleu_orders(joined, lines) | {"rouge_l": mean_of(_rouge_l(joined, lines))}
    if len(said) > 1:
        summed["cider_d"] = mean_of(cider_d(said, wanted).tolist())
    summed["exact_match"] = mean_of([words in texts for words, texts in zip(said, wanted, strict=True)])
    return PairScores.of(summed, SIGNATURE)


def check_installed() -> None:
    """Raise MissingExtra where a library lacks; call it before descriptions are written, which takes long."""
    bleu.check_installed()
    rouge.check_installed()


def caption_words(text: str) -> list[str]:
    """The words of a caption in small letters, without punctuation; in English 's and n't are words of their own."""
    cutting = Cutting("word")
    parted = _CLITIC.sub(r" \1", cutting.folded(text).replace("’", "'"))
    return [part for piece, _ in cutting.pieces(parted) for part in piece.split() if any(map(str.isalnum, part))]


def _rouge_l(answers: Sequence[str], references: References) -> list[float]:
    score, values = rouge.rouge_of(["rougeL"], str.split), []
    for said, texts in zip(answers, references, strict=True):
        overlaps = [score(text, said)["rougeL"] for text in texts]
        precision, recall = (max(values) for values in zip(*((o.precision, o.recall) for o in overlaps), strict=True))
        values.append(100 * (1 + BETA**2) * precision * recall / max(recall + BETA**2 * precision, 1e-9))
    return values
