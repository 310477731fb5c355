"""Suggestions depend on the text alone, however it came about; and on what finished texts taught."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unrolled
from unrolled.keyboard import Keyboard

PIECES = (
    "the cat ",
    "sees",
    " ",
    "the",
    "\n",
    "  ",
    "don't",
    "o",
    ". ",
    "Zor",
    "zorblax ",
    "3.",
    "5 ",
    "\u00e9",
    "\U0001f600",
    "-",
    "'",
)
EDIT = st.one_of(
    st.tuples(st.just("append"), st.sampled_from(PIECES)),
    st.tuples(st.just("erase"), st.integers(1, 9)),
    st.tuples(st.just("text"), st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)),
    st.tuples(st.just("cut"), st.integers(1, 40)),
)


@pytest.fixture(scope="module")
def task(keyboard):
    return unrolled.load(keyboard)


def answers(keyboard: Keyboard) -> list[tuple[str, float, str]]:
    return [tuple(one) for one in keyboard.suggest(5)]


@settings(max_examples=60)
@given(edits=st.lists(EDIT, min_size=1, max_size=12), learning=st.booleans())
def test_suggestions_do_not_depend_on_how_the_text_came_about(task, edits, learning):
    edited, fresh = task.session(), task.session()
    edited.learning = fresh.learning = learning
    for kind, value in edits:
        if kind == "append":
            edited.edit(append=value)
        elif kind == "erase":
            edited.edit(erase=value)
        elif text := edited.text[:value] if kind == "cut" else value:
            edited.write(text)
        edited.suggest()
    fresh.write(edited.text)
    assert (edited.text, edited.typed) == (fresh.text, fresh.typed)
    assert answers(edited) == answers(fresh)
    restored = task.session()
    restored.restore(edited.save())
    assert restored.text == edited.text
    assert answers(restored) == answers(edited)
