"""Messages of many typists at once: each answer is the same as one by one, to the bit."""

import random

import pytest

import unrolled
from unrolled import InputError, NextWord, Training
from unrolled.inference.together import Awaits, alone, together

PIECES = ("the cat ", "sees ", "t", "th", " ", "\n", "Zorblax ", "a bird likes the ", ". ", "teh ", "o", "don't ")
WRONG = ({"append": 3}, {"erase": -1}, {"n": 0}, {"unknown": 1}, {"text": "a", "append": "b"}, {"forget": False})


def messages(rng: random.Random, number: int) -> list[dict]:
    """What one typist sends."""
    said: list[dict] = [{"autocorrect": bool(number % 2), "learn": number % 3 > 0}]
    for _ in range(14):
        kind = rng.random()
        if kind < 0.6:
            said.append({"append": rng.choice(PIECES), "n": rng.randint(1, 5)})
        elif kind < 0.7:
            said.append({"erase": rng.randint(1, 6), "memory": True})
        elif kind < 0.8:
            said.append({"text": "".join(rng.choices(PIECES, k=5)), "id": rng.randint(0, 9)})
        elif kind < 0.85:
            said.append({"text": ""})
        elif kind < 0.9:
            said.append({"forget": rng.choice(["the", "zorblax", True])})
        else:
            said.append(rng.choice(WRONG))
    return said


def plain(answer: dict | InputError) -> dict | str:
    """An answer without the time that it took, or what was wrong."""
    if isinstance(answer, InputError):
        return str(answer)
    return {name: value for name, value in answer.items() if name != "microseconds"}


def one_by_one(sessions, messages):
    answers = []
    for session, message in zip(sessions, messages, strict=True):
        try:
            answers.append(session.receive(message))
        except InputError as error:
            answers.append(error)
    return answers


def check_together_equals_alone(task, typists: int = 7) -> None:
    rng = random.Random(0)
    turns = [messages(rng, number) for number in range(typists)]
    lone, joined = ([task.session() for _ in range(typists)] for _ in range(2))
    for said in zip(*turns, strict=True):
        expected = one_by_one(lone, said)
        assert list(map(plain, task.receive_many(joined, said))) == list(map(plain, expected))
    assert [session.save() for session in joined] == [session.save() for session in lone]


def test_typists_together_are_answered_as_alone(task):
    check_together_equals_alone(task)


@pytest.mark.parametrize("settings", [{"tokens": "character"}, {"model": "dense"}, {"cell": "minlstm", "layers": 2}])
def test_so_are_those_of_other_models(settings, tmp_path):
    (tmp_path / "text.txt").write_text("the cat sees the bird .\na bird likes the cat .\n\n" * 20)
    network = {"width": 12, "vocabulary": 60, "training": Training(epochs=1, batch=4, window=8)}
    check_together_equals_alone(NextWord(**network | settings).fit(tmp_path / "text.txt", show=False), typists=4)


def test_so_are_those_of_several_languages(task):
    check_together_equals_alone(unrolled.Multilingual({"one": task, "other": task}), typists=3)


def test_messages_of_one_session_are_read_in_their_order(task):
    session, other, alike = task.session(), task.session(), task.session()
    answers = task.receive_many(
        [session, other, session, session], [{"append": "the "}, {"append": "the c"}, {"erase": -1}, {"append": "c"}]
    )
    assert isinstance(answers[2], InputError)
    assert plain(answers[3]) == plain(answers[1]) == plain(alike.receive({"text": "the c"}))
    assert session.text == "the c"


def test_a_batch_steps_the_model_once(task, monkeypatch):
    sessions = [task.session().write("the ca") for _ in range(5)]
    read, batches = task.frozen().read, []
    monkeypatch.setattr(task.frozen(), "read", lambda rows, states: batches.append(len(rows)) or read(rows, states))
    task.receive_many(sessions, [{"append": "t "}] * 5)
    assert batches == [5]


def test_an_error_of_the_model_is_met_by_whose_it_is(task):
    def reading(ids):
        stream = task.stream()
        yield Awaits(stream, ids)
        yield Awaits(stream)
        return stream.probabilities()

    good, bad, other = together([reading([1, 2]), reading([-7]), reading([3])])
    assert isinstance(bad, InputError)
    assert good.tobytes() == alone(reading([1, 2])).tobytes()
    assert other.tobytes() == alone(reading([3])).tobytes()


def test_keyboards_begin_with_what_was_computed_once(task, monkeypatch):
    first = task.session().suggest()
    monkeypatch.setattr(task.frozen(), "scores", lambda features: pytest.fail("computed again"))
    assert task.session().suggest() == first
    monkeypatch.undo()
    task.set_params(mixture=False)
    try:
        assert task.session().suggest() != first
    finally:
        task.set_params(mixture=True)
    assert task.session().suggest() == first
