"""Words of every script at the keyboard, composed or not."""

import unicodedata

import pytest

from unrolled import NextWord, Training

LINES = ["من می‌خواهم کتاب‌ها را", "the café is open 👍🏽", "la col·lecció EU:n", "我喜欢读书。 我喜欢"]


@pytest.fixture(scope="module")
def polyglot():
    """A model of words of many scripts."""
    quick = Training(epochs=1, batch=4, window=8)
    return NextWord(width=8, order=2, lines=True, training=quick).fit(LINES * 30, show=False)


@pytest.mark.parametrize(
    ("text", "word"),
    [("می‌خو", "می‌خواهم"), ("می‌", "می‌خواهم"), ("col·", "col·lecció"), ("EU:", "EU:n"), ("caf", "café")],
)
def test_a_word_is_completed_whatever_stands_within_it(polyglot, text, word):
    keyboard = polyglot.session().write(f"the {text}")
    assert keyboard.typed == text
    assert word in [suggestion.text for suggestion in keyboard.suggest()]


def test_letters_without_spaces_are_finished_as_they_are_typed(polyglot):
    keyboard = polyglot.session().write("我喜")
    assert keyboard.typed == ""
    assert {suggestion.kind for suggestion in keyboard.suggest()} == {"next"}
    whole = polyglot.session().write("我喜欢读书。 我喜欢")
    for letter in "欢读书。 我喜欢":
        keyboard.edit(append=letter)
    assert keyboard.suggest() == whole.suggest()
    assert keyboard.memory()["words"] == whole.memory()["words"] == [*"我喜欢读书。 我喜欢"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_composed_text_and_a_decomposed_one_are_read_alike(polyglot, form):
    keyboard = polyglot.session()
    for letter in unicodedata.normalize(form, "the café is the café"):
        answer = keyboard.receive({"append": letter})
    assert keyboard.text == unicodedata.normalize(form, "the café is the café")
    assert keyboard.typed == answer["typed"] == "café"
    assert answer["replace"] == len(unicodedata.normalize(form, "café"))  # as the client counts
    assert keyboard.suggest() == polyglot.session().write("the café is the café").suggest()
    keyboard.edit(erase=1)
    assert keyboard.typed == ("caf" if form == "NFC" else "cafe")
    restored = polyglot.session().restore(keyboard.save())
    assert (restored.text, restored.suggest()) == (keyboard.text, keyboard.suggest())


def test_own_words_are_learnt_whole_and_composed(polyglot):
    keyboard = polyglot.session().learn("من نمی‌دانم من نمی‌دانم i like Zoe\u0308 and Zoë . 🇩🇪 .")
    own = [entry.word for entry in keyboard._before.adaptation.own_words.entries]
    assert {"نمی‌دانم", "Zoë", "🇩🇪"} <= set(own)
    assert len([word for word in own if unicodedata.normalize("NFC", word).startswith("Zo")]) == 1
    assert polyglot.generate("the cafe\u0301", 1, temperature=0).startswith("the café ")
