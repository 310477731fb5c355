"""A search box: the user's own queries first, in this session alone."""

import json

import pytest

from unrolled.errors import InputError
from unrolled.suggestions.completions import Completion
from unrolled.suggestions.search_box import RECENT, SearchBox

QUERIES = ["how to build", "how to bake", "how to bury treasure"]


class Listed:
    """A typing that knows a few queries."""

    def __init__(self) -> None:
        self.prefix = ""

    def change(self, prefix: str) -> None:
        self.prefix = prefix

    def best(self, n: int) -> list[Completion]:
        found = [query for query in QUERIES if query.startswith(self.prefix)]
        return [Completion(query, "known", 1 / (1 + i)) for i, query in enumerate(found)][:n]


def box() -> SearchBox:
    return SearchBox(Listed, lambda text: "secret" in text)


def texts(completions: list[Completion]) -> list[str]:
    return [completion.text for completion in completions]


def test_what_is_typed_is_read_in_one_form() -> None:
    assert texts(box().write("  How\tTO  bu").suggest()) == ["how to build", "how to bury treasure"]


def test_own_queries_come_first_the_latest_first_and_once() -> None:
    one = box().searched("how to bury treasure").searched("How to bargain")
    assert one.text == ""
    found = one.write("how to b").suggest(3)
    assert texts(found) == ["how to bargain", "how to bury treasure", "how to build"]
    assert [completion.kind for completion in found] == ["recent", "recent", "known"]
    assert texts(one.suggest(1)) == ["how to bargain"]


def test_nobody_else_is_shown_them() -> None:
    one, other = box().searched("how to bargain"), box()
    assert "how to bargain" in texts(one.suggest())
    assert "how to bargain" not in texts(other.suggest())


def test_what_is_blocked_is_not_shown_though_it_was_searched() -> None:
    assert texts(box().searched("how to keep a secret").write("how to k").suggest()) == []


def test_a_query_is_not_suggested_to_itself() -> None:
    assert texts(box().searched("how to b").write("how to b").suggest())[0] == "how to build"


def test_forgotten_are_one_or_all() -> None:
    one = box().searched("a b").searched("c d").forget("A  B")
    assert one.recent == ["c d"]
    assert one.forget().recent == []


def test_so_many_are_remembered() -> None:
    one = box()
    for number in range(RECENT + 5):
        one.searched(f"query {number}")
    assert len(one.recent) == RECENT
    assert one.recent[0] == f"query {RECENT + 4}"


def test_messages() -> None:
    one = box()
    assert texts_of(one.receive({"append": "how to bu", "n": 1, "id": 7})) == ["how to build"]
    answer = one.receive({"erase": 1, "append": "a", "id": 8})
    assert answer["id"] == 8
    assert texts_of(answer) == ["how to bake"]
    one.receive({"searched": "how to bargain"})
    assert texts_of(one.receive({"text": "how to ba"})) == ["how to bargain", "how to bake"]
    assert texts_of(one.receive({"forget": True})) == ["how to bake"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"text": 1}, "text is int"),
        ({"n": 0}, "n is 0; expected 1 to 100"),
        ({"forget": ""}, "expected true or a query"),
        ({"searched": "a", "text": "b"}, "expected one of them"),
        ({"text": "x" * 10_001}, "expected at most 10,000"),
        ({"find": "a"}, "unknown key"),
    ],
)
def test_bad_messages_change_nothing(message: dict[str, object], said: str) -> None:
    one = box().searched("a b").write("how")
    with pytest.raises(InputError, match=said):
        one.receive(message)
    assert one.text == "how"
    assert one.recent == ["a b"]


def test_saved_and_restored() -> None:
    one = box().searched("how to bargain").write("how")
    other = box().restore(one.save())
    assert (other.text, other.recent) == (one.text, one.recent)
    assert texts(other.suggest()) == texts(one.suggest())


@pytest.mark.parametrize(
    "saved",
    [b"", b"[]", b'{"text": "a"}', b'{"text": 1, "recent": []}', b'{"text": "", "recent": [1]}']
    + [json.dumps({"text": "", "recent": recent}).encode() for recent in (["A"], [""], ["a"] * 101, ["a" * 201])],
)
def test_no_other_thing_is_restored(saved: bytes) -> None:
    one = box().searched("a b")
    with pytest.raises(InputError):
        one.restore(saved)
    assert one.recent == ["a b"]


def texts_of(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["text"] for one in answer["suggestions"]]
