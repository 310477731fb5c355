import numpy as np
import pytest
from tests.inference.streams import KINDS

from unrolled import Classifier, InputError, Training
from unrolled.cells import CELLS
from unrolled.inference.session import Session
from unrolled.layers import POOLINGS

AHEAD = [kind for kind in POOLINGS if kind != "middle"]  # which needs both directions
QUICK = Training(epochs=1, batch=8)
TEXTS = ["I had fixed my laptop", "I had my laptop fixed", "my dog ran", "a dog had my laptop"] * 4
LABELS = ["self", "other", "dog", "dog"] * 4


def classifier(**settings):
    return Classifier(**{"width": 6, "embedding": 5, "training": QUICK, **settings}).fit(TEXTS, LABELS)


def scores(answers):
    return [answer.score for answer in answers]


@pytest.fixture(scope="module", params=AHEAD)
def ahead(request):
    return classifier(bidirectional=False, pooling=request.param)


@pytest.fixture(scope="module", params=[{"bidirectional": True}, {"model": "dense"}, {"model": "bag"}])
def whole(request):
    return classifier(**request.param)


def test_a_stream_says_what_predict_says(ahead, whole):
    for task in (ahead, whole):
        expected = task.predict("I had my laptop", 3)
        stream = task.stream().feed("I had").feed("my laptop")
        assert [answer.label for answer in stream.top(3)] == [answer.label for answer in expected]
        np.testing.assert_allclose(scores(stream.top(3)), scores(expected), rtol=1e-5)


def test_a_branch_is_independent(ahead, whole):
    for task in (ahead, whole):
        stream = task.stream().feed("I had")
        before = stream.probabilities().copy()
        stream.branch().feed("my dog")
        np.testing.assert_array_equal(stream.probabilities(), before)


def test_nothing_read_is_no_answer(ahead):
    with pytest.raises(InputError, match="nothing has been read yet"):
        ahead.stream().top()
    with pytest.raises(InputError, match="n is 0"):
        ahead.stream().feed("dog").top(0)


def test_a_session_is_edited_as_one_types(ahead, whole):
    for task in (ahead, whole):
        session = task.session()
        for letter in "I had my dof":
            answer = session.receive({"append": letter})
        answer = session.receive({"erase": 1, "append": "g", "id": 7, "memory": True})
        assert answer["id"] == 7
        assert answer["steps"] == 4
        expected = task.predict("I had my dog", 3)
        assert [entry["label"] for entry in answer["predictions"]] == [label for label, _ in expected]
        np.testing.assert_allclose([entry["score"] for entry in answer["predictions"]], scores(expected), rtol=1e-5)
        memory = answer["memory"]
        assert memory["first"] == 0
        assert memory["words"] == ["i", "had", "my", "dog"]
        assert len(memory["rows"]) == len(memory["decisions"]) == 4
        np.testing.assert_allclose(np.sum(memory["decisions"], 1), 1, atol=1e-4)
        last = dict(zip(answer["labels"], memory["decisions"][-1], strict=True))
        assert last[expected[0].label] == pytest.approx(expected[0].score, abs=1e-4)


def test_memory_sends_only_what_is_new(ahead):
    session = ahead.session()
    assert session.receive({"text": "my dog", "memory": True})["memory"]["first"] == 0
    answer = session.receive({"text": "my dog ran home", "memory": True})
    assert (answer["memory"]["first"], answer["memory"]["words"]) == (2, ["ran", "home"])
    answer = session.receive({"text": "my cat", "memory": True})
    assert (answer["memory"]["first"], answer["memory"]["words"]) == (1, ["cat"])


def test_a_long_text_and_back(ahead):
    session, words = ahead.session(), "my dog had a laptop " * 40
    answer = session.receive({"text": words})
    assert answer["steps"] == 200
    assert session.receive({"text": ""})["predictions"] == []
    assert (
        session.receive({"text": "my dog"})["predictions"] == ahead.session().receive({"text": "my dog"})["predictions"]
    )
    short = session.receive({"text": words[:-10], "memory": True})
    expected = ahead.predict(words[:-10], 3)
    np.testing.assert_allclose([entry["score"] for entry in short["predictions"]], scores(expected), rtol=1e-4)


def test_a_session_is_saved_and_restored(ahead):
    session = ahead.session()
    session.receive({"text": "my dog ran"})
    other = ahead.session().restore(session.save())
    assert other.receive({})["predictions"] == session.receive({})["predictions"]
    for damaged in (b"", b"{}", b'{"text": 1}', b"\xff"):
        with pytest.raises(InputError):
            other.restore(damaged)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"txt": "a"}, "unknown key 'txt'; expected id, n, memory, text"),
        ({"text": 1}, "text is int; expected a string"),
        ({"text": "a", "append": "b"}, "text and an edit"),
        ({"n": 0}, "n is 0"),
        ({"erase": -1}, "erase is -1"),
        ({"numbers": [[1]]}, "unknown key 'numbers'"),
        ([], "a message is list"),
    ],
)
def test_a_bad_message_is_refused_and_changes_nothing(ahead, message, expected):
    session = ahead.session()
    before = session.receive({"text": "my dog"})["predictions"]
    with pytest.raises(InputError, match=expected):
        session.receive(message)
    assert session.receive({})["predictions"] == before


def test_numbers_come_step_by_step():
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(5, 2)) + (i % 2) for i in range(20)]
    task = Classifier(width=4, bidirectional=False, training=QUICK).fit(inputs, ["low", "high"] * 10)
    session = task.session()
    session.receive({"numbers": inputs[1][:2].tolist()})
    answer = session.receive({"numbers": inputs[1][2:].tolist(), "memory": True})
    assert answer["predictions"][0]["score"] == pytest.approx(task.predict(inputs[1])[0].score, rel=1e-5)
    assert answer["memory"]["words"] == ["0", "1", "2", "3", "4"]
    assert session.receive({"reset": True})["steps"] == 0
    session.receive({"numbers": inputs[1].tolist()})
    for more in ({}, {"reset": True}):
        with pytest.raises(InputError, match="shape"):
            session.receive({"numbers": [[1.0, 2.0, 3.0]], **more})
        assert session.receive({})["steps"] == 5


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_listens(cell):
    task = classifier(cell=cell, bidirectional=False)
    expected = task.predict("my laptop had a dog", 1)[0]
    stream = task.stream().feed("my laptop").feed("had a dog")
    assert stream.top(1)[0].score == pytest.approx(expected.score, rel=1e-4)


@pytest.mark.parametrize("name", ["chords", "notes", "tf-idf", "text, middle"])
def test_a_session_over_any_text_says_what_a_stream_says(name):
    kind = KINDS[name]
    session = Session(kind.stream, kind.input, kind.answers.names)
    session.receive({"text": kind.first})
    whole = f"{kind.first} {kind.second}"
    answer = session.receive({"append": f" {kind.second}", "n": 2, "memory": True})
    stream = kind.stream().feed(whole)
    assert answer["steps"] == len(kind.input.names(whole)) == stream.steps
    assert answer["predictions"] == [best._asdict() for best in stream.top(2)]
    assert answer["labels"] == list(kind.answers.names)
    assert answer["memory"]["words"] == kind.input.names(whole)
    np.testing.assert_allclose(answer["memory"]["decisions"][-1], stream.probabilities(), atol=1e-5)
    answer = session.receive({"text": kind.first, "n": 2})  # what was appended is taken back
    assert answer["predictions"] == [best._asdict() for best in kind.stream().feed(kind.first).top(2)]
    restored = Session(kind.stream, kind.input, kind.answers.names).restore(session.save())
    assert restored.receive({"n": 2})["predictions"] == answer["predictions"]


def test_what_music_cannot_be_changes_nothing():
    kind = KINDS["chords"]
    session = Session(kind.stream, kind.input, kind.answers.names)
    before = session.receive({"text": "C4+E4"})
    assert before["steps"] == 1
    with pytest.raises(InputError):
        session.receive({"append": " H99"})
    assert session.text == "C4+E4"
    assert session.receive({})["predictions"] == before["predictions"]
    assert session.receive({"text": ""})["predictions"] == []
    assert session.receive({"text": "C4+E4"})["predictions"] == before["predictions"]


def test_a_session_holds_a_text_of_bounded_length():
    session = classifier(bidirectional=False).session()
    before = session.receive({"text": "my dog"})["predictions"]
    with pytest.raises(InputError, match="the text is 70,006 characters; at most 65,536"):
        session.receive({"append": " " * 70_000})
    assert session.receive({})["predictions"] == before


@pytest.mark.parametrize("bidirectional", [False, True])
def test_numbers_go_on_where_they_were_saved(bidirectional):
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(5, 2)) + (i % 2) for i in range(20)]
    task = Classifier(width=4, bidirectional=bidirectional, training=QUICK).fit(inputs, ["low", "high"] * 10)
    session, other = task.session(), task.session()
    session.receive({"numbers": inputs[1][:3].tolist()})
    other.restore(session.save())
    for message in ({"memory": True}, {"numbers": inputs[1][3:].tolist()}):
        expected, answer = session.receive(message), other.receive(message)
        assert answer["predictions"] == expected["predictions"]
        assert answer["steps"] == expected["steps"]
    for damaged in (b'{"text": "", "stream": "?"}', b'{"text": "", "stream": "AAAA"}', b'{"text": "", "stream": 1}'):
        with pytest.raises(InputError, match=r"the saved (session|stream)|no saved stream"):
            other.restore(damaged)
    assert other.receive({})["steps"] == 5


def test_a_long_text_is_read_or_the_answer_says_how_much_is_left_out(ahead, whole):
    text = "dog " * 5_000
    read = ahead.session().receive({"text": text})
    assert read["steps"] == 5_000
    assert "left_out" not in read
    if not whole.input_.summed:
        session = whole.session()
        answer = session.receive({"text": text, "memory": True})
        assert (answer["steps"], answer["left_out"]) == (4_096, 904)
        assert "left_out" not in session.receive({"text": "a dog"})


def test_what_stands_behind_a_long_beginning_counts(ahead, whole):
    begun = "laptop " * 5_000
    for task in (ahead, whole):
        if task.model != "dense":  # which says that it sees so many words
            one, other = (task.predict(begun + end * 2_000, 3) for end in ("dog ", "fixed "))
            assert scores(one) != scores(other)
            together = task.predict_many([begun + "dog " * 2_000, "dog"], 3)
            np.testing.assert_allclose(scores(together[0]), scores(one), rtol=1e-5)
