"""Measures of summaries: what they share with what people wrote, and whether they keep to their documents."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from unrolled.errors import InputError
from unrolled.metrics.rouge import check_installed, rouge_of
from unrolled.metrics.written import PairScores, References, Summed, check_references, mean_of
from unrolled.text.cutting import Cutting

__all__ = ["check_installed", "names", "numbers", "summary_scores"]

KINDS = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE_A_SENTENCE = re.compile(r"(?:^|[.!?:]\s)\W*$")


def summary_scores(answers: Sequence[str], references: References, sources: Sequence[str]) -> PairScores:
    """Measures of N summaries beside their references and the documents that they are of.

    ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004) are the mean F1 in points of 100, with the reference for which it is best,
    measure by measure; `unrolled.metrics.rouge` says how texts are cut. ``exact_match`` is the share of summaries that
    are a reference to the letter, ``empty`` that of those without a letter or digit. ``numbers_held`` and
    ``names_held`` are the shares of all numbers, and of all capitalised words that begin no sentence, which the
    document has, too: names in whatever case, as 1000 where 1,000 is written. A measure without a single case is left
    out. Raises InputError where there are no answers, or not to each a reference and a document, and MissingExtra.
    """
    check_references(answers, references)
    if len(sources) != len(answers):
        raise InputError(f"{len(answers)} summaries of {len(sources)} documents; expected as many")
    words = _words(references)
    score = rouge_of(list(KINDS.values()), words)
    overlaps = [[score(text, said) for text in texts] for said, texts in zip(answers, references, strict=True)]
    rouge = {
        name: mean_of([100 * max(one[kind].fmeasure for one in several) for several in overlaps])
        for name, kind in KINDS.items()
    }
    kept = {
        "exact_match": mean_of([said in texts for said, texts in zip(answers, references, strict=True)]),
        "empty": mean_of([not any(map(str.isalnum, said)) for said in answers]),
        "numbers_held": _held(answers, sources, numbers, numbers),
        "names_held": _held(answers, sources, names, lambda text: _WORD.findall(text.lower())),
    }
    return PairScores.of(rouge | kept, f"rouge-score, best F1 of the references, {_cut(words)}")


def numbers(text: str) -> list[str]:
    """The numbers of a text in its order, without the marks between thousands."""
    return [_THOUSANDS.sub("", number) for number in _NUMBER.findall(text)]


def names(text: str) -> list[str]:
    """Capitalised words in small letters, in the order of the text, but those with which a sentence begins."""
    found = ((match[0], match.start()) for match in _WORD.finditer(text))
    return [word.lower() for word, at in found if word[0].isupper() and not _BEFORE_A_SENTENCE.search(text[:at])]


def _held(
    answers: Sequence[str],
    sources: Sequence[str],
    said: Callable[[str], list[str]],
    there: Callable[[str], list[str]],
) -> Summed:
    """Of all that is said in the answers, how much is there in their sources."""
    counts = []
    for answer, source in zip(answers, sources, strict=True):
        if pieces := said(answer):
            known = set(there(source))
            counts.append((sum(piece in known for piece in pieces), len(pieces)))
        else:
            counts.append((0, 0))
    return Summed(np.array(counts, np.float64))


def _words(references: References) -> Callable[[str], list[str]] | None:
    """How texts are cut whose letters are not mostly a to z, of which rouge-score knows no others."""
    letters = [letter for texts in references[:1000] for letter in texts[0] if letter.isalpha()]
    if 10 * sum(map(str.isascii, letters)) >= 9 * len(letters):
        return None
    cutting = Cutting("word")
    return lambda text: [piece for piece, _ in cutting.pieces(cutting.folded(text)) if any(map(str.isalnum, piece))]


def _cut(words: Callable[[str], list[str]] | None) -> str:
    return "stemmed" if words is None else "words by Unicode's rules, not stemmed"
