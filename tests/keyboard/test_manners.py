"""A keyboard's manners on sixty sentences: planted errors are mended, right words are left alone."""

import pytest
from tests.keyboard.manners import SENTENCES, planted, right_words

from unrolled import NextWord, Training
from unrolled.sources.text import read_paragraphs


@pytest.fixture(scope="module")
def everyday() -> NextWord:
    """A small model of a short text that knows everyday words; most of what it says is its n-gram's."""
    pytest.importorskip("wordfreq")
    text, words = list[str](), 0
    for paragraph in read_paragraphs("sample:wikipedia:train", lines=False):
        text.append(paragraph)
        words += len(paragraph.split())
        if words > 60_000:
            break
    how = Training(epochs=1, batch=32, window=32, learning_rate=0.01)
    return NextWord(width=16, vocabulary=6_000, words="en", training=how).fit(text, show=False)


def test_planted_errors_are_mended_within_three_suggestions(everyday) -> None:
    errors, missed = planted(), []
    keyboard = everyday.session()
    for one in errors:
        shown = [suggestion.text for suggestion in keyboard.write(one.before + one.typed).suggest(3)]
        if one.meant not in shown:
            missed.append((one.typed, one.meant, shown))
    assert len(errors) >= 150
    assert 1 - len(missed) / len(errors) >= 0.93, missed


def test_right_words_are_left_alone(everyday) -> None:
    changed, words = [], list(right_words())
    keyboard = everyday.session()
    keyboard.autocorrect = True
    for before, word in words:
        keyboard.write(before).edit(append=word)
        keyboard.edit(append=" ")
        if keyboard.text != f"{before}{word} ":
            changed.append((word, keyboard.text))
    assert len(SENTENCES) == 60
    assert len(words) > 400
    assert 1 - len(changed) / len(words) >= 0.995, changed
