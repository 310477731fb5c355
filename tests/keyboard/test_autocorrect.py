"""A space corrects an unknown word where that was asked for, and one backspace brings it back."""

import pytest

from unrolled.completion.dictionary import Dictionary, Suggestion
from unrolled.keyboard import Keyboard
from unrolled.keyboard.autocorrect import Autocorrect, is_part_of_name, one_word_more
from unrolled.text.tokens import Tokenizer


def type_in(keyboard: Keyboard, text: str) -> Keyboard:
    for letter in text:
        keyboard.edit(append=letter)
    return keyboard


@pytest.fixture
def correcting(task):
    opened = task.session()
    opened.autocorrect = True
    return opened


def test_a_space_corrects_and_a_backspace_brings_back(correcting):
    assert type_in(correcting, "the cat sese ").text == "the cat sees "
    assert correcting.corrected == ("sese", "sees")
    correcting.edit(erase=1)
    assert (correcting.text, correcting.typed, correcting.corrected) == ("the cat sese", "sese", ("sees", "sese"))
    assert type_in(correcting, " ").text == "the cat sese "  # not corrected again there
    assert correcting.corrected is None
    assert type_in(correcting, "and sese ").text == "the cat sese and sese "  # nor elsewhere: it was meant
    correcting.write("")
    assert type_in(correcting, "the dog sese ").text == "the dog sese "


def test_the_same_for_clients_that_send_the_whole_text(correcting):
    assert correcting.write("the cat sese").write("the cat sese ").text == "the cat sees "
    assert correcting.write("the cat sees").text == "the cat sese"


@pytest.mark.parametrize(
    "typed",
    [
        "the cat sees ",
        "the zorblax ",
        "the cat sese. ",
        "the cat sese\n",
        "4711x ",
        "the river se ",
        "Ann ",
        "sese  ",
        "joe@sese ",
    ],
)
def test_nothing_else_is_corrected(correcting, typed):
    expected = typed.replace("sese  ", "sees  ")
    assert type_in(correcting, typed).text == expected


def test_what_is_pasted_stays(correcting):
    assert correcting.edit(append="the cat sese ").text == "the cat sese "
    assert correcting.edit(erase=1).text == "the cat sese"


def test_a_later_backspace_only_erases(correcting):
    type_in(correcting, "the cat sese t")
    assert correcting.edit(erase=1).edit(erase=1).text == "the cat sees"
    assert correcting.corrected is None


def test_off_by_default(task):
    assert type_in(task.session(), "the cat sese ").text == "the cat sese "


def test_the_answer_says_what_was_corrected(task):
    session = task.session()
    assert "corrected" not in session.receive({"text": "the cat sese", "autocorrect": True})
    assert session.receive({"append": " "})["corrected"] == {"from": "sese", "to": "sees"}
    assert "corrected" not in session.receive({})
    assert session.receive({"erase": 1})["corrected"] == {"from": "sees", "to": "sese"}
    session.restore(session.save())
    assert session.autocorrect


@pytest.mark.parametrize(
    ("text", "expected"),
    [("I think I know that I am", "I"), ("i think i know", None), ("Kapitel I ist ein i", None), ("ben ı I", None)],
)
def test_a_lone_i_is_a_capital_where_the_language_has_it_so(text, expected):
    autocorrect = Autocorrect(Dictionary(Tokenizer.train("word", [text], 100)))
    assert autocorrect.correction(0, "i", list) == expected


@pytest.mark.parametrize(
    ("typed", "suggested", "score", "kind"),
    [
        ("hose", "horse", 0.5, "correction"),  # not sure enough
        ("hose", "horse", 0.9, "completion"),
        ("hose", "horses", 0.9, "correction"),  # a completion as well
        ("hose!", "horse", 0.9, "correction"),
    ],
)
def test_what_is_not_certain_is_not_corrected(typed, suggested, score, kind):
    autocorrect = Autocorrect(Dictionary(Tokenizer.train("word", ["a horse and horses"], 100)))
    assert autocorrect.correction(0, "hrse", lambda: [Suggestion("horse", 0.9, "correction")]) == "horse"
    assert autocorrect.correction(0, typed, lambda: [Suggestion(suggested, score, kind)]) is None


@pytest.mark.parametrize(
    ("typed", "suggested", "expected"),
    [
        ("inthe", "in the", True),
        ("hte", "the", True),
        ("horss", "horse", False),  # rather another ending
        ("norse", "horse", False),  # rather a word that the vocabulary lacks
        ("hosre", "horse", True),
        ("nobody", "no body", False),
    ],
)
def test_an_error_is_one_that_people_make(typed, suggested, expected):
    autocorrect = Autocorrect(Dictionary(Tokenizer.train("word", ["a horse is in the stable and no bird"], 100)))
    found = autocorrect.correction(0, typed, lambda: [Suggestion(suggested, 0.9, "correction")])
    assert found == (suggested if expected else None)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a", "a ", True),
        ("a b", "a bc ", True),
        ("", "a ", True),
        ("a ", "a  ", False),
        ("a", "a b ", False),
        ("b", "a ", False),
    ],
)
def test_one_word_more(old, new, expected):
    assert one_word_more(old, new) is expected


@pytest.mark.parametrize(
    ("before", "part"),
    [
        ("", False),
        ("see ", False),
        ("see (", False),
        ("he said: “", False),
        ("¿", False),
        ("https://", True),
        ("a\nb/", True),
        ("joe@", True),
        ("a tag #", True),
        ("readme.", True),
    ],
)
def test_parts_of_addresses_and_tags_are_told_from_words(before, part):
    assert is_part_of_name(before) is part
