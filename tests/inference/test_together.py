"""Sessions with any model that are answered together: the same bits as one by one."""

import pytest
from tests.inference.streams import KINDS

from unrolled import InputError
from unrolled.inference.session import Session
from unrolled.inference.together import answer_together

TYPED = [name for name, kind in KINDS.items() if kind.input.live() is None]


def plain(answer):
    """An answer without the time that it took, or what was wrong."""
    if isinstance(answer, InputError):
        return str(answer)
    return {name: value for name, value in answer.items() if name != "microseconds"}


def received(session, message):
    try:
        return session.receive(message)
    except InputError as error:
        return error


@pytest.mark.parametrize("name", TYPED)
def test_sessions_together_are_answered_as_alone(name):
    kind = KINDS[name]
    frozen_stream = kind.stream()
    lone, joined = ([Session(frozen_stream.branch, kind.input, kind.answers.names) for _ in range(4)] for _ in range(2))
    first, second = str(kind.first), str(kind.second)
    for said in (
        [{"text": first}, {"text": second, "memory": True}, {"text": 3}, {"text": first[:5]}],
        [{"append": " "}, {"append": second}, {"append": first, "memory": True}, {"erase": 2, "append": second}],
        [{"append": second}, {"n": 0}, {"erase": 3}, {"text": ""}],
    ):
        expected = [received(session, message) for session, message in zip(lone, said, strict=True)]
        assert list(map(plain, answer_together(joined, said))) == list(map(plain, expected))
    assert [session.save() for session in joined] == [session.save() for session in lone]


def test_notes_of_several_step_the_model_once(monkeypatch):
    kind, batches = KINDS["notes"], []
    stream = kind.stream()
    read = stream.frozen.read
    monkeypatch.setattr(stream.frozen, "read", lambda rows, states: batches.append(len(rows)) or read(rows, states))
    sessions = [Session(stream.branch, kind.input, kind.answers.names) for _ in range(3)]
    answer_together(sessions, [{"text": "C4 . E4"}, {"text": "C4 ."}, {"text": "E4 . ."}])
    assert batches == [3, 3, 2]
