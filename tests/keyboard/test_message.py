"""What a session answers, and that a bad message changes nothing."""

import json

import pytest

from unrolled import InputError


def test_an_answer_is_json_and_holds_what_the_client_needs(task):
    session = task.session()
    answer = json.loads(json.dumps(session.receive({"id": 7, "text": "the cat se", "n": 2})))
    assert answer["id"] == 7
    assert (answer["typed"], answer["replace"]) == ("se", 2)
    assert answer["suggestions"][0] == {"text": "sees", "score": pytest.approx(1, abs=0.2), "kind": "completion"}
    assert answer["microseconds"] > 0
    assert set(answer) == {"id", "suggestions", "typed", "replace", "microseconds"}
    chosen = session.receive({"erase": 2, "append": "sees "})
    assert session.text == "the cat sees "
    assert "id" not in chosen
    assert len(chosen["suggestions"]) == 3
    assert session.receive({}) | {"microseconds": 0} == chosen | {"microseconds": 0}
    assert len(session.receive({"n": 10})["suggestions"]) == 10


def test_erasing_comes_first_and_stops_at_the_beginning(task):
    session = task.session()
    session.receive({"text": "the cat", "learn": False})
    session.receive({"erase": 100, "append": "a dog"})
    assert session.text == "a dog"
    assert session.learning is False  # until said otherwise
    session.receive({"learn": True})
    assert session.learning is True


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("text", "a message is str; expected an object"),
        ({"text": 5}, "text is int; expected a string"),
        ({"text": None}, "text is NoneType; expected a string"),
        ({"append": ["a"]}, "append is list; expected a string"),
        ({"erase": -1}, "erase is -1; expected at least 0"),
        ({"erase": True}, "erase is bool; expected a whole number"),
        ({"erase": 1.0}, "erase is float; expected a whole number"),
        ({"n": 0}, "n is 0; expected 1 to 10"),
        ({"n": 11}, "n is 11; expected 1 to 10"),
        ({"n": "3"}, "n is str; expected a whole number"),
        ({"memory": 1}, "memory is int; expected true or false"),
        ({"learn": "yes"}, "learn is str; expected true or false"),
        ({"forget": 3}, "forget is int; expected true or false or a string"),
        ({"forget": False}, "forget is false or empty; expected true or a word"),
        ({"forget": ""}, "forget is false or empty"),
        ({"id": "a"}, "id is str; expected a whole number"),
        ({"text": "a", "append": "b"}, "a message has text and an edit"),
        ({"txet": "a"}, "the unknown key 'txet'; expected id, text, erase, append, n, memory, forget, learn"),
        ({"n": 3, "\ud800": 1}, "the unknown key"),
    ],
)
def test_a_bad_message_is_refused_and_changes_nothing(task, message, error):
    session = task.session()
    session.receive({"text": "Zorblax sees zor"})
    before = session.save(), session.suggest()
    if isinstance(message, dict):
        message = {"learn": False, "forget": True, "erase": 3} | message
        if "text" in message and "append" not in message:
            del message["erase"]
    with pytest.raises(InputError, match=error):
        session.receive(message)
    assert (session.save(), session.suggest()) == before


def test_the_memorys_rows_are_sent_once(task):
    session = task.session()
    assert session.receive({"memory": True})["memory"] == {"first": 0, "words": [], "rows": []}
    memory = session.receive({"text": "the cat sees\nthe r", "memory": True})["memory"]
    assert (memory["first"], memory["words"]) == (0, ["the", "cat", "sees", "\n", "the"])
    assert all(type(value) is int and -127 <= value <= 127 for row in memory["rows"] for value in row)
    stream = task.stream().feed("the cat")
    assert memory["rows"][1] == pytest.approx(stream.features * 127, abs=0.5001)
    assert session.receive({"append": "iver ", "memory": True})["memory"]["words"] == ["river"]
    session.receive({"erase": len("the river "), "append": "a house "})
    memory = session.receive({"memory": True})["memory"]
    assert (memory["first"], memory["words"]) == (4, ["a", "house"])
    assert "memory" not in session.receive({"append": "of "})
    memory = session.receive({"text": "the cat " * 50, "memory": True})["memory"]
    assert (memory["first"], len(memory["rows"])) == (36, 64)  # the last 64
    session.receive({"text": ""})
    assert session.receive({"append": "the cat ", "memory": True})["memory"]["first"] == 0
    other = task.session()
    other.restore(session.save())
    assert other.receive({"memory": True})["memory"]["words"] == ["the", "cat"]
