import pytest

from unrolled import InputError
from unrolled.sources.cells import Table
from unrolled.sources.headings import places


def table(*headings):
    return Table("a.csv:1", list(headings), lambda places: iter(()), (headings, "a.csv:1"))


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (["review", "sentiment"], [0, 1]),
        (["Id", "UserId", "Score", "Summary", "Text"], [4, 2]),
        (["sentence", "label"], [0, 1]),
        (["comment", "class"], [0, 1]),
        (["Category", "Message"], [1, 0]),
        (["v1", "v2", "", "", ""], [1, 0]),
        (["Class Index", "Title", "Description"], [2, 0]),
        (["Review Text", "Rating"], [0, 1]),
        (["TEXT", "Label"], [0, 1]),
    ],
)
def test_usual_headings_are_found_and_said(headings, expected, caplog):
    assert places(table(*headings), ("text", "label")) == (expected, False)
    if "Label" not in headings:
        assert f"the column {headings[expected[1]]!r} as label" in caplog.text or headings[expected[1]] == "label"


def test_a_name_that_is_there_is_never_replaced(caplog):
    assert places(table("label", "review", "text", "sentiment"), ("text", "label")) == ([2, 0], False)
    assert places(table("review", "sentiment"), ("sentiment", "review")) == ([1, 0], False)
    assert not caplog.records


def test_numbers_name_columns_of_a_table_without_headings():
    assert places(table("ham", "Go until"), ("2", "1")) == ([1, 0], True)
    assert places(table("v1", "v2"), ("2", "1")) == ([1, 0], False)  # usual headings are no example
    assert places(table("1", "2"), ("2", "1")) == ([1, 0], False)  # these are names
    with pytest.raises(InputError, match="no column 3; it has ham, Go until"):
        places(table("ham", "Go until"), ("3", "1"))


@pytest.mark.parametrize(
    ("headings", "columns", "message"),
    [
        (["text", "text", "label"], ("text", "label"), "two columns are called 'text', the 1. and the 2.; rename one"),
        (["Text", "TEXT", "label"], ("text", "label"), "two columns are called 'TEXT'"),
        (
            ["a", "b"],
            ("text", "label"),
            "a.csv:1: no column 'text'; it has a, b: name yours with columns=.INPUT,LABEL",
        ),
        (["review", "b"], ("text", "label"), "no column 'label'; it has review, b"),
        (["review", "score"], ("words", "label"), "no column 'words'"),
    ],
)
def test_what_is_not_clear_is_refused(headings, columns, message):
    with pytest.raises(InputError, match=message):
        places(table(*headings), columns)
