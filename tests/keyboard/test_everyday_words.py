"""A keyboard that knows everyday words beside those of its text."""

import numpy as np
import pytest

from unrolled.completion.dictionary import Dictionary
from unrolled.keyboard import Keyboard
from unrolled.text.everyday import Everyday

EVERYDAY = Everyday(["weather", "umbrella", "i'm", "whether"], np.array([-300, -450, -300, -320]), 4)


@pytest.fixture
def typing(task):
    """A keyboard of the task, with the everyday words."""
    return keyboard(task, EVERYDAY)


def keyboard(task, everyday: Everyday | None) -> Keyboard:
    return Keyboard(task.stream(), Dictionary(task.tokenizer_, None, everyday))


def marked(keyboard: Keyboard, text: str) -> dict[str, tuple[str, bool]]:
    keyboard.write(text)
    return {one.text: (one.kind, one.everyday) for one in keyboard.suggest()}


def test_they_are_completed_and_corrected_and_marked(typing):
    assert marked(typing, "the umbr") == {"umbrella": ("completion", True)}
    assert marked(typing, "the umbrlela")["umbrella"] == ("correction", True)
    assert marked(typing, "the Umbr") == {"Umbrella": ("completion", True)}
    assert next(iter(marked(typing, "the wea"))) == "weather"
    assert not any(everyday for _, everyday in marked(typing, "the ho").values())
    answer = typing.receive({"text": "the umbr"})
    assert [(one["text"], one["everyday"]) for one in answer["suggestions"]] == [("umbrella", True)]
    assert "everyday" not in typing.receive({"text": "the hou"})["suggestions"][0]


def test_a_word_of_the_text_leads_and_one_typed_right_is_never_corrected(typing):
    typing.autocorrect = True
    typing.write("the ").edit(append="umbrella").edit(append=" ")
    assert typing.text == "the umbrella "
    assert typing.corrected is None
    typing.write("the ").edit(append="umbrelal").edit(append=" ")
    assert typing.text == "the umbrella "


def test_the_model_reads_them_as_unknown(task, typing):
    texts = [one.text for one in typing.write("the umbrella sees a ").suggest(10)]
    plain = keyboard(task, None).write("the umbrella sees a ").suggest(10)
    assert [text for text in texts if text not in EVERYDAY.words] == [one.text for one in plain][: len(texts) - 4]


def test_one_that_is_written_becomes_the_users_own(typing):
    before = typing.write("the ").suggest(10)
    typing.learn("the Umbrella sees the Umbrella.")
    after = typing.write("the ").suggest(10)
    assert "Umbrella" in [one.text for one in after]
    assert "Umbrella" not in [one.text for one in before]
    typing.forget("umbrella")
    assert marked(typing, "the umbr") == {}, "not before the text is finished"
    assert marked(typing.write(""), "the umbr") == {"umbrella": ("completion", True)}


def test_what_was_saved_fits_the_model_with_and_without_them(task, typing):
    typing.learn("the zorblax sees the umbrella. the zorblax sees a zorblax.")
    saved = typing.write("the zor").save()
    for everyday in (EVERYDAY, None, Everyday(["weather"], np.array([-300]), 2)):
        restored = keyboard(task, everyday).restore(saved)
        assert [one.text for one in restored.suggest()] == ["zorblax"]
        assert restored.save() == saved
    plain = keyboard(task, None).learn("a zorblax").write("the zor").save()
    assert [one.text for one in keyboard(task, EVERYDAY).restore(plain).suggest()] == ["zorblax"]


def test_two_words_of_which_one_is_an_everyday_one_are_told_apart(typing):
    assert "the umbrella" in marked(typing, "theumbrella")
    assert "umbrella the" not in marked(typing, "umbrella")
