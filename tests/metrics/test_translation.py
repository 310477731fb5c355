"""BLEU as its papers define it, and errors of spellings with several right answers."""

import math
import random
import sys
from collections import Counter

import pytest

from unrolled.errors import InputError, MissingExtra
from unrolled.metrics.measures import MEASURES
from unrolled.metrics.translation import edit_distance, pair_scores

WORDS = ["A", "man", "dog", "rides", "the", "red", "bicycle", "Slowly"]


def sentences(count, seed):
    rng = random.Random(seed)
    return [" ".join(rng.choice(WORDS) for _ in range(rng.randint(5, 9))) + "." for _ in range(count)]


def changed(sentence, seed):
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) if rng.random() < 0.2 else word for word in sentence[:-1].split()) + "."


def bleu_by_definition(answers, references):
    """Papineni et al. 2002, with the one reference of each, words and the final mark as tokens."""
    cut = [[[*text[:-1].split(), "."] for text in texts] for texts in (answers, references)]
    precisions = []
    for n in range(1, 5):
        matched = total = 0
        for answer, reference in zip(*cut, strict=True):
            a, r = (Counter(tuple(t[i : i + n]) for i in range(len(t) - n + 1)) for t in (answer, reference))
            matched, total = matched + sum((a & r).values()), total + sum(a.values())
        precisions.append(matched / total)
    written, wanted = (sum(map(len, texts)) for texts in cut)
    penalty = min(1, math.exp(1 - wanted / written))
    return 100 * penalty * math.exp(sum(map(math.log, precisions)) / 4)


def test_bleu_is_as_defined_and_says_how_it_was_computed():
    references = sentences(60, 1)
    answers = [changed(text, i) for i, text in enumerate(references)]
    scores = pair_scores(answers, [[text] for text in references], spelled=False)
    assert scores["bleu"] == pytest.approx(bleu_by_definition(answers, references), abs=1e-6)
    small = [[text.lower() for text in texts] for texts in (answers, references)]
    assert scores["bleu_lowercased"] == pytest.approx(bleu_by_definition(*small), abs=1e-6)
    assert scores["exact_match"] == sum(a == b for a, b in zip(answers, references, strict=True)) / 60
    assert "case:mixed" in scores.signature
    assert "tok:13a" in scores.signature
    assert scores.keys() <= MEASURES.keys()


def test_case_matters_to_bleu_alone():
    scores = pair_scores(["A MAN RIDES THE BICYCLE."], [["A man rides the bicycle."]], spelled=False)
    assert scores["bleu_lowercased"] == pytest.approx(100)
    assert scores["bleu"] < 50
    assert scores["exact_match"] == 0


def test_any_of_several_references_counts():
    references = [["a b c d e", "k l m n o"], ["f g h i j"]]
    scores = pair_scores(["k l m n o", "f g h i j"], references, spelled=False)
    assert scores["bleu"] == pytest.approx(100)
    assert scores["chrf"] == pytest.approx(100)
    assert "nrefs:var" in scores.signature
    assert scores["exact_match"] == 1


@pytest.mark.parametrize(
    ("reference", "tokens"),
    [("一个男人骑自行车。", "tok:zh"), ("男の人が自転車に乗る。", "tok:char"), ("ein Mann", "tok:13a")],
)
def test_scripts_without_spaces_are_cut_between_letters(reference, tokens):
    scores = pair_scores([reference], [[reference]], spelled=False)
    assert tokens in scores.signature


def test_errors_of_spellings_are_those_to_the_nearest_reference():
    references = [["R IY1 D", "R EH1 D"], ["K AE1 T"], ["DH AH0", "DH IY0", "DH AH1 AH1 AH1"]]
    scores = pair_scores(["R EH1 D", "K AE1 T S", "DH"], references, spelled=True)
    assert scores == {"word_error": pytest.approx(2 / 3), "token_error": pytest.approx(2 / 8), "examples": 3}
    assert scores.keys() <= MEASURES.keys()


def test_the_edit_distance_is_the_textbooks():
    def slow(a, b):
        if not a or not b:
            return len(a) + len(b)
        return min(slow(a[1:], b) + 1, slow(a, b[1:]) + 1, slow(a[1:], b[1:]) + (a[0] != b[0]))

    rng = random.Random(0)
    for _ in range(40):
        a, b = ("".join(rng.choice("abc") for _ in range(rng.randint(0, 5))) for _ in range(2))
        assert edit_distance(a, b) == slow(a, b)


@pytest.mark.parametrize(("answers", "references"), [([], []), (["a"], []), (["a"], [[]]), (["a", "b"], [["a"]])])
def test_nothing_to_measure_is_refused(answers, references):
    with pytest.raises(InputError, match="expected as many"):
        pair_scores(answers, references, spelled=True)


def test_bleu_alone_needs_its_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics.bleu", None)
    with pytest.raises(MissingExtra, match=r"BLEU needs sacrebleu.*unrolled\[train\]"):
        pair_scores(["a"], [["a"]], spelled=False)
    assert pair_scores(["a"], [["a"]], spelled=True)["word_error"] == 0
