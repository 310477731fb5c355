"""Swiped words: what a stroke may stand for, after any text, and that it changes nothing."""

import json

import numpy as np
import pytest
from tests.strokes.hand_made import hand_made, stroke_over

from unrolled import InputError
from unrolled.completion.blocked import BlockList
from unrolled.strokes.layouts import LAYOUTS


@pytest.fixture
def session(task):
    session = task.session()
    session._strokes = hand_made()
    return session


def words(session, letters: str, n: int = 3) -> list[str]:
    return [one.text for one in session.swipe(stroke_over(letters), n=n)]


def test_a_stroke_finds_its_word_and_says_that_it_was_swiped(session):
    found = session.write("the ").swipe(stroke_over("river"))
    assert (found[0].text, found[0].kind) == ("river", "swipe")
    assert found[0].score > 0.9
    assert len(found) == 3
    assert 0.99 < sum(one.score for one in found) <= 1 + 1e-9
    assert len(session.swipe(stroke_over("river"), n=1)) == 1


def test_a_word_is_swiped_on_any_layout_and_on_that_of_the_model_where_none_is_named(session):
    session.write("the ")
    for name in ("qwertz", "azerty"):
        assert session.swipe(stroke_over("river", LAYOUTS[name]), name)[0].text == "river"
    session._strokes.default = LAYOUTS["azerty"]
    assert session.swipe(stroke_over("river", LAYOUTS["azerty"]))[0].text == "river"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "The"),
        ("the", " the"),
        ("the ", "the"),
        ("the river.", " The"),
        ("the river. ", "The"),
        ("the river,", " the"),
        ('"', "The"),
        ("the (", "the"),
        ("the\n", "The"),
    ],
)
def test_space_and_case_are_those_of_the_place(session, text, word):
    session.write(text)
    before = session.suggest()
    assert words(session, "the")[0] == word
    assert session.text == text
    assert session.suggest() == before


def test_a_stroke_after_letters_is_the_word_after_them(session):
    whole = session.write("my friend sees ").swipe(stroke_over("the"))
    begun = session.write("my friend sees").swipe(stroke_over("the"))
    assert begun == [one._replace(text=f" {one.text}") for one in whole]


def test_the_users_own_words_are_swiped_and_forgotten_ones_are_not(session):
    assert "Zorblax" not in words(session, "zorblax")
    session.learn("I told Zorblax. I told Zorblax. I told Zorblax.").write("I told ")
    assert words(session, "zorblax")[0] == "Zorblax"
    session.forget("zorblax")
    assert "Zorblax" not in words(session, "zorblax")
    session.write("the ").forget("river")
    assert "river" not in words(session, "river")


def test_words_of_the_same_keys_are_told_apart_by_what_stands_before(session):
    session.learn("all is well to it. all is well to it. all is well to it. too much. too much. too much.")
    likely = session.write("all is well ").swipe(stroke_over("to"), n=2)
    assert {one.text for one in likely} == {"to", "too"}
    assert likely[0].text == "to"


def test_a_message_swipes_and_may_write_before_it(session):
    message = {"id": 3, "text": "the", "stroke": stroke_over("river"), "n": 2}
    answer = json.loads(json.dumps(session.receive(message)))
    assert answer["suggestions"][0] | {"score": 1} == {"text": " river", "score": 1, "kind": "swipe"}
    assert (answer["id"], answer["typed"], answer["replace"], len(answer["suggestions"])) == (3, "the", 0, 2)
    taken = session.receive({"append": answer["suggestions"][0]["text"]})
    assert session.text == "the river"
    assert taken["suggestions"][0]["text"] == "river"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"stroke": 5}, "stroke is int; expected a list"),
        ({"stroke": []}, "a stroke has 0 points"),
        ({"stroke": [[0, 0, 0], [0, 1]]}, "point 2 of a stroke"),
        ({"stroke": [[0, 0, 0], [1, 0, 1]], "layout": 3}, "layout is int; expected a string"),
        ({"stroke": [[0, 0, 0], [1, 0, 1]], "layout": "dvorak"}, "there is no layout 'dvorak'; there is qwerty"),
        ({"layout": "qwerty"}, "a message has a layout and no stroke; expected both"),
    ],
)
def test_a_bad_stroke_is_refused_and_changes_nothing(session, message, error):
    session.write("the ")
    with pytest.raises(InputError, match=error):
        session.receive({"append": "river", **message})
    assert session.text == "the "


def test_a_model_that_reads_no_strokes_says_what_teaches_it(task):
    with pytest.raises(InputError, match=r"reads no strokes; teach it.* unrolled fit swipe"):
        task.session().swipe(stroke_over("the"))


def test_any_stroke_is_answered(session):
    rng = np.random.default_rng(0)
    for points in (2, 3, 50, 2000):
        stroke = np.column_stack([rng.uniform(-3, 12, (points, 2)), np.sort(rng.uniform(0, 3, points))])
        assert all(np.isfinite(one.score) for one in session.swipe(stroke))
    still = [[4.0, 1.0, 0.0], [4.0, 1.0, 0.0]]
    assert isinstance(session.swipe(still), list)
    assert session.swipe([[900, 900, 0], [901, 900, 1]]) is not None


def test_a_word_that_was_swiped_and_erased_is_not_offered_again_at_once(session):
    session.write("the")
    assert words(session, "river")[0] == " river"
    session.edit(append=" river").edit(erase=6)
    assert " river" not in words(session, "river")


def test_blocked_words_are_not_swiped(task):
    task.blocked_ = BlockList(["river"])
    try:
        session = task.session()
    finally:
        task.blocked_ = BlockList()
    session._strokes = hand_made()
    session.write("the ")
    assert "river" not in words(session, "river")
    assert words(session, "old")[0] == "old"
