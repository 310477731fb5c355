"""Captions are measured as in the evaluation of COCO."""

import math
import random

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from unrolled.errors import InputError
from unrolled.metrics.captions import caption_scores, caption_words
from unrolled.metrics.cider import cider_d
from unrolled.metrics.measures import MEASURES

WORDS = ["a", "dog", "man", "runs", "rides", "the", "red", "bicycle", "on", "grass", "and", "jumps"]


def captions(count, seed):
    rng = random.Random(seed)
    return [" ".join(rng.choice(WORDS) for _ in range(rng.randint(4, 9))) for _ in range(count)]


def test_words_are_small_and_without_punctuation():
    assert caption_words("A man’s dog doesn't run, on a T-shirt . (“At 5!”)") == [
        *("a", "man", "'s", "dog", "does", "n't", "run", "on", "a", "t-shirt", "at", "5")
    ]
    assert caption_words(" ?! ") == []
    assert caption_words("Größe Eis") == ["größe", "eis"]


def test_bleu_is_that_of_sacrebleu_over_all_answers():
    references = [captions(3, i) for i in range(40)]
    answers = [texts[0].replace("dog", "cat") if i % 3 else "dog" for i, texts in enumerate(references)]
    scores = caption_scores(answers, references)
    columns = [list(texts) for texts in zip(*references, strict=True)]
    for n in range(1, 5):
        library = BLEU(max_ngram_order=n, tokenize="none", smooth_method="none").corpus_score(answers, columns)
        assert scores[f"bleu_{n}"] == pytest.approx(library.score, abs=1e-9)
    assert scores.keys() <= MEASURES.keys()


def test_rouge_l_takes_the_best_precision_and_the_best_recall():
    scores = caption_scores(["a b c d"], [["a x b", "a b c y z e f g"]])
    precision, recall = 3 / 4, 2 / 3
    expected = 100 * (1 + 1.2**2) * precision * recall / (recall + 1.2**2 * precision)
    assert scores["rouge_l"] == pytest.approx(expected)
    assert "cider_d" not in scores  # of one picture all words are as telling


def test_perfect_and_useless_captions_have_the_ends_of_every_scale():
    references = [["a red dog runs"], ["the man rides on grass"], ["two cats sleep here"]]
    perfect = caption_scores([texts[0].upper() + "." for texts in references], references)
    assert perfect == {
        **{f"bleu_{n}": pytest.approx(100) for n in range(1, 5)},
        "rouge_l": pytest.approx(100),
        "cider_d": pytest.approx(10),
        "exact_match": 1,
        "examples": 3,
    }
    useless = caption_scores(["", "?", "xyzzy"], references)
    assert {value for name, value in useless.items() if name != "examples"} == {0.0}


def test_cider_of_a_case_by_hand():
    # Three pictures. "a" is in all references (weight 0), "dog" in one (log 3), "a dog" in one (log 3).
    answers, references = ["a dog", "a", "x"], ["a dog", "a cat", "a"]
    scores = cider_d([text.split() for text in answers], [[text.split()] for text in references])
    # n = 1: the vectors (0, log 3) are the same, cosine 1; so are those of n = 2; of n = 3 and 4 there are none
    assert scores == pytest.approx([10 * 2 / 4, 0, 0])
    longer = cider_d([["a", "dog", "dog"], ["a"], ["x"]], [[text.split()] for text in references])
    # n = 1: counts 2 clipped to 1: log² 3 / (2 log 3 · log 3) = 1/2; n = 2: one of "a dog", "dog dog": 1/√2
    assert longer[0] == pytest.approx(10 * (1 / 2 + 1 / math.sqrt(2)) / 4 * math.exp(-1 / 72))


def test_cider_means_over_references_and_punishes_length():
    rng = random.Random(5)
    references = [[text.split() for text in captions(4, seed)] for seed in range(12)]
    answers = [list(rng.choice(texts)) for texts in references]
    scores = cider_d(answers, references)
    assert (scores > 2.5 - 1e-9).all()  # one of four is the answer itself
    assert (scores <= 10).all()
    shuffled = cider_d(answers, [texts[::-1] for texts in references])
    np.testing.assert_allclose(scores, shuffled)
    repeated = cider_d([answer * 3 for answer in answers], references)
    assert (repeated < scores).all()
    order = [3, 1, 0, 2, *range(4, 12)]
    np.testing.assert_allclose(cider_d([answers[i] for i in order], [references[i] for i in order]), scores[order])


@pytest.mark.parametrize(("answers", "references"), [([], []), (["a"], [[]]), (["a", "b"], [["a"]])])
def test_nothing_to_measure_is_refused(answers, references):
    with pytest.raises(InputError, match="expected as many"):
        caption_scores(answers, references)
