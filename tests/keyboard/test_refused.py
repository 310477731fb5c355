"""What was suggested, taken and erased again is not suggested again in that place at once."""

import pytest

from unrolled.keyboard import Keyboard
from unrolled.keyboard.refused import Refused, unchanged


def offered(keyboard: Keyboard, text: str) -> list[str]:
    return [suggestion.text for suggestion in keyboard.write(text).suggest(5)]


@pytest.mark.parametrize("space", ["", " "])
def test_a_suggestion_that_was_taken_and_erased_is_not_offered_there_again(task, space):
    keyboard = task.session()
    assert "sees" in offered(keyboard, "the cat s")
    keyboard.edit(erase=1, append="sees" + space)
    if space:
        keyboard.edit(erase=1)
        assert "sees" in [suggestion.text for suggestion in keyboard.suggest()]  # it stands there
    assert "sees" not in offered(keyboard, "the cat see")
    assert "sees" not in offered(keyboard, "the cat ")
    assert "sees" in offered(keyboard, "the cat sees")  # typed after all
    assert "sees" not in offered(keyboard, "the cat s")
    assert "sees" in task.session().restore(keyboard.save()).suggest()[0].text  # in this session alone


def test_it_is_offered_again_once_a_word_stands_there_or_the_text_before_has_changed(task):
    for other in ("the cat sat and s", "the dog s", "the dog and the cat s"):
        keyboard = task.session()
        before = offered(keyboard, other)
        keyboard.write("the cat s").suggest()
        keyboard.write("the cat sees ").write("the cat s")
        assert "sees" not in offered(keyboard, "the cat s")
        assert offered(keyboard, other) == before
        if other.startswith("the cat"):
            assert "sees" in offered(keyboard, "the cat s")


def test_what_was_typed_letter_by_letter_is_not_refused(task):
    keyboard = task.session()
    for text in (
        "the cat s",
        "the cat se",
        "the cat see",
        "the cat sees",
        "the cat sees ",
        "the cat sees",
        "the cat s",
    ):
        assert "sees" in offered(keyboard, text), text


def test_a_correction_that_was_taken_back_is_not_offered_there_again(task):
    keyboard = task.session()
    keyboard.autocorrect = True
    assert "sees" in offered(keyboard, "the cat sese")
    assert keyboard.edit(append=" ").text == "the cat sees "
    assert keyboard.edit(erase=1).text == "the cat sese"
    assert "sees" not in [suggestion.text for suggestion in keyboard.suggest()]
    keyboard.write("")
    assert "sees" in offered(keyboard, "the cat sese")


def test_a_suggestion_that_brings_its_own_space_is_refused_as_well():
    refused = Refused()
    refused.offered("Yes.", [" the", " a"])
    refused.changed("Yes.", "Yes. the ")
    refused.changed("Yes. the ", "Yes.")
    for before in ("Yes.", "Yes. ", "Yes.  "):
        assert refused.refuses(" The", before, "")
    assert not refused.refuses(" a", "Yes.", "")
    refused.changed("Yes.", "Yes")
    assert not refused.refuses("the", "Yes.", "")


@pytest.mark.parametrize(
    ("old", "new", "expected"), [("ab", "abc", 2), ("abc", "ab", 2), ("abc", "adc", 1), ("", "", 0)]
)
def test_unchanged(old, new, expected):
    assert unchanged(old, new) == expected
