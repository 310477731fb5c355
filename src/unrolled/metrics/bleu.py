"""BLEU from what sacreBLEU counts in each answer, so that it can be told of any choice of the answers."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import MissingExtra
from unrolled.metrics.written import References, Summed

__all__ = ["bleu_orders", "check_installed"]

ORDERS = 4  # the longest n-grams


def check_installed() -> None:
    """Raise MissingExtra where BLEU cannot be computed; call it before answers are written, which takes long."""
    try:
        import sacrebleu.metrics.bleu  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra("sacrebleu", "train", "BLEU") from error


def bleu_orders(answers: Sequence[str], references: References) -> dict[str, Summed]:
    """BLEU-1 to BLEU-4 (Papineni et al. 2002), points of 100, of texts that stand cut already, by spaces.

    BLEU-n counts n-grams of up to n words, over all answers. Of several references the brevity penalty takes the
    length that is nearest; nothing is smoothed.
    """
    check_installed()
    from sacrebleu.metrics.bleu import BLEU

    scorer = BLEU(tokenize="none", force=True, effective_order=True)
    found = [scorer.sentence_score(said, list(texts)) for said, texts in zip(answers, references, strict=True)]
    each = np.array([[*one.counts, *one.totals, one.sys_len, one.ref_len] for one in found], np.float64)
    return {f"bleu_{n}": Summed(each, partial(_bleu, n)) for n in range(1, ORDERS + 1)}


def _bleu(n: int, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of n-grams found (4), n-grams there (4), words of the answers and of their references → BLEU-n."""
    found, there, (said, wanted) = sums[:, :n], sums[:, ORDERS : ORDERS + n], sums[:, -2:].T
    with np.errstate(divide="ignore"):
        precision = np.log(found / np.maximum(there, 1)).mean(1)
        brevity = np.minimum(0, 1 - wanted / np.maximum(said, 1e-9))
    points: NDArray[np.float64] = 100 * np.exp(precision + brevity)
    return points
