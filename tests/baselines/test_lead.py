"""The first words of a document, as many as suit the training pairs."""

import numpy as np
import pytest

from unrolled.baselines.lead import MOST_WORDS, Lead, _overlaps
from unrolled.baselines.most_frequent import MostFrequent
from unrolled.errors import InputError

MAILS = [
    "Dear Ann Lee,  Budget plan for May is here now. Bye",
    "Lunch menu of today!\nSoup",
    "Bob, New cars came late. Yes.",
]
SUBJECTS = ["Budget plan", "lunch menu", "New cars"]


def test_as_many_words_as_suit_the_pairs():
    lead = Lead.fit(MAILS, SUBJECTS)
    assert (lead.words, lead.whole, lead.name) == (2, False, "first 2 words")
    assert lead.answers(MAILS) == ["Budget plan", "Lunch menu", "New cars"]
    assert lead.answers(["", " ?! ", "Hi!", "\n\nA  b c", "新車が来た。はい"]) == ["", "", "Hi", "A b", "新車"]
    assert Lead(9, whole=False).answers(MAILS)[0] == "Budget plan for May is here now"
    assert Lead(3, whole=True).answers(MAILS)[0] == "Dear Ann Lee"


def test_a_salutation_counts_where_targets_have_it():
    lead = Lead.fit(MAILS, ["Dear Ann", "Lunch menu", "Bob, new"])
    assert (lead.words, lead.whole) == (2, True)


def test_overlaps_are_rouge_1_and_2_of_each_beginning():
    found = _overlaps(["a", "b", "c"], ["b", "c"])
    # a: none; a b: one word of 2 and 2; a b c: two words of 3 and 2, and the pair of 2 and 1
    assert found[:3] == pytest.approx([0, 2 / 4, 4 / 5 + 2 / 3])
    assert (found[3:] == found[2]).all()
    assert len(found) == MOST_WORDS
    assert not _overlaps([], ["b"]).any()
    assert not _overlaps(["b"], []).any()


def test_saved_and_restored_they_answer_the_same():
    lead = Lead.restore(Lead.fit(MAILS, SUBJECTS).arrays())
    assert lead.answers(MAILS) == [*SUBJECTS[:1], "Lunch menu", "New cars"]
    with pytest.raises(InputError, match="expected 1 to"):
        Lead.restore({"words": np.array([0, 0], np.int32)})


def test_the_most_frequent_target_answers_all():
    frequent = MostFrequent.restore(MostFrequent.fit([1, 2, 3, 4], ["b", "a", "a ", "c"]).arrays())
    assert frequent.answers([7, 8]) == ["a", "a"]
    with pytest.raises(InputError, match="expected 1"):
        MostFrequent.restore({"target": np.zeros(0, np.uint8)})
