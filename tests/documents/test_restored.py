"""Tags and placeholders come out once each, and well nested."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.documents.marks import marks, pairs
from unrolled.documents.restored import restored


@pytest.mark.parametrize(
    ("segment", "translation", "expected"),
    [
        ("A <b>man</b> rides.", "Ein <b>Mann</b> fährt.", "Ein <b>Mann</b> fährt."),
        ("A <b>man</b> rides.", "Ein Mann fährt.", "Ein <b>Mann</b> fährt."),
        ("A <b>man</b> rides.", "Ein <b>Mann fährt.", "Ein <b>Mann</b> fährt."),
        ("A <b>man</b> rides.", "Ein </b>Mann<b> fährt.", "Ein <b>Mann</b> fährt."),
        ("A <b>man</b> rides.", "<b>Ein</b> <b>Mann</b> fährt.", "<b>Ein</b> Mann fährt."),
        ("<b>A <i>man</i></b> rides.", "<b>Ein <i>Mann</b> fährt</i>.", "<b>Ein <i>Mann</i></b> fährt."),
        ("Open %s now", "Jetzt öffnen", "Jetzt %s öffnen"),
        ("Open {name}", "{name} {name} öffnen", "{name} öffnen"),
        ("Open it", "Öffne %s es", "Öffne es"),
        ("One<br/>two", "Eins zwei", "Eins <br/>zwei"),
        ("{a} and {b}", "{b} und {a}", "{b} und {a}"),
        ("<b>A</b>", "", "<b></b>"),
        ("A <b>man</b>, so", "Ein<b> Mann </b>, so", "Ein <b>Mann</b>, so"),
        ("A <b>man</b> rides", "Ein <b>Mann </b>fährt", "Ein <b>Mann</b> fährt"),
        ("A<b> man </b>rides", "Ein<b> Mann </b>fährt", "Ein<b> Mann </b>fährt"),
        ("%d %%s", "%d %%s", "%d %%s"),
    ],
)
def test_marks_are_put_right(segment, translation, expected):
    assert restored(segment, translation) == expected


PIECES = st.lists(
    st.sampled_from(["<b>", "</b>", "<i>", "</i>", "<br/>", "{x}", "%s", " ", "word", "Wort "]), max_size=9
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PIECES, PIECES)
def test_each_mark_of_the_sentence_comes_once_and_pairs_stay_pairs(left, right):
    segment, translation = "".join(left), "".join(right)
    result = restored(segment, translation)
    source, found = marks(segment), marks(result)
    assert Counter(mark.text for mark in found) == Counter(mark.text for mark in source)
    if len(pairs(source)) == sum(mark.opens or mark.closes for mark in source):
        assert len(pairs(found)) == len(pairs(source))
    assert restored(segment, result) == result
