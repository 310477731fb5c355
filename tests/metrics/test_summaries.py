"""Summaries are measured by ROUGE, and by whether their numbers and names are the document's."""

import sys

import pytest
from rouge_score.rouge_scorer import RougeScorer

from unrolled.errors import InputError, MissingExtra
from unrolled.metrics.measures import MEASURES
from unrolled.metrics.summaries import names, numbers, summary_scores

DOCUMENTS = ["Dear Ann, the 1,000 reports of March 3 are late.", "Lunch with Bob Gray?", "No news"]
REFERENCES = [["Late reports", "Reports of March are late"], ["lunch"], ["news"]]
SAID = ["Late report for March 3", "Lunch with Bob Miller at 12", " !"]


def test_rouge_is_that_of_the_library_with_the_best_reference():
    scores = summary_scores(SAID, REFERENCES, DOCUMENTS)
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    found = [scorer.score_multi(texts, said) for said, texts in zip(SAID, REFERENCES, strict=True)]
    for name, kind in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        assert scores[name] == pytest.approx(100 * sum(one[kind].fmeasure for one in found) / 3)
        assert scores[name] > 0
    assert "stemmed" in scores.signature
    assert scores.keys() <= MEASURES.keys()


def test_what_an_answer_says_is_in_its_document_or_not():
    scores = summary_scores(SAID, REFERENCES, DOCUMENTS)
    assert scores["numbers_held"] == 1 / 2  # 3, not 12
    assert scores["names_held"] == 2 / 3  # March and Bob, not Miller; Lunch begins a sentence
    assert scores["empty"] == 1 / 3
    assert scores["exact_match"] == 0
    assert scores["examples"] == 3


def test_numbers_and_names_are_found():
    assert numbers("On 3/4, 1,000 of 12.5 at 7:00; 2001-2 v1,2") == [
        "3",
        "4",
        "1000",
        "12.5",
        "7",
        "00",
        "2001",
        "2",
        "1,2",
    ]
    assert names("The Dog. Barks: He asks 'Why' Bob. \"So\" says Ann's IBM 3Com") == [
        "dog",
        "why",
        "bob",
        "ann",
        "ibm",
        "com",
    ]


def test_a_measure_without_a_case_is_left_out():
    scores = summary_scores(["late"], [["late"]], ["all is late"])
    assert "numbers_held" not in scores
    assert "names_held" not in scores
    assert scores["exact_match"] == 1


def test_other_scripts_have_words_too():
    scores = summary_scores(["новый отчёт готов"], [["отчёт готов"]], ["…"])
    assert scores["rouge_1"] == pytest.approx(80)
    assert "Unicode" in scores.signature


def test_as_many_documents_are_asked_for():
    with pytest.raises(InputError, match="3 summaries of 2 documents"):
        summary_scores(SAID, REFERENCES, DOCUMENTS[:2])


def test_rouge_needs_its_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "rouge_score.rouge_scorer", None)
    with pytest.raises(MissingExtra, match="rouge-score"):
        summary_scores(SAID, REFERENCES, DOCUMENTS)
