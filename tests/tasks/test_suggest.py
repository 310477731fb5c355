"""Search suggestions: known queries by their counts, others written, and nothing that nobody should see."""

import pickle
from pathlib import Path

import pytest

from unrolled import InputError, NextWord, Suggester, Training, load
from unrolled.completion.blocked import BlockList

LOG = [
    *(("how to build a boat", 40), ("how to build a shed", 90), ("how to bake bread", 60), ("boat trailer", 30)),
    *(("red paint", 20), ("red boat paint", 10), ("shed roof", 25), ("bread knife", 15), ("blue paint", 12)),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Suggester:
    """Fitted and loaded again."""
    how = Training(epochs=30, patience=30, batch=4, window=16, learning_rate=0.02)
    folder = tmp_path_factory.mktemp("suggest") / "search"
    Suggester(width=24, vocabulary=300, dropout=0.0, training=how).fit(LOG, show=False).save(folder)
    loaded = load(folder)
    assert isinstance(loaded, Suggester)
    return loaded


def texts(model: Suggester, typed: str, n: int = 3) -> list[str]:
    return [one.text for one in model.predict(typed, n)]


def test_known_queries_come_by_their_counts(model) -> None:
    assert texts(model, "how to b")[:3] == ["how to build a shed", "how to bake bread", "how to build a boat"]
    assert {one.kind for one in model.predict("how to b", 3)} == {"known"}


def test_where_none_is_known_the_model_writes(model) -> None:
    found = model.predict("blue b", 3)
    assert found
    assert all(one.text.startswith("blue b") and one.kind == "written" for one in found)


def test_before_a_letter_is_typed_the_most_frequent_ones_come() -> None:
    log = [f"query {'abcdefghij'[i]} {word}" for i in range(8) for word in ("red", "blue", "green")]
    model = Suggester(width=8, vocabulary=300, training=Training(epochs=1, batch=4)).fit(log, show=False)
    assert {one.kind for one in model.predict("", 5)} == {"known"}
    shown = model.predict("query a", 10)
    assert [one.kind for one in shown].count("known") >= 2
    assert [one.score for one in shown] == sorted((one.score for one in shown), reverse=True)


def test_what_is_typed_is_no_suggestion(model) -> None:
    assert "red paint" not in texts(model, "Red  PAINT", 10)


@pytest.mark.parametrize(("typed", "meant"), [("how to biuld a", "how to build a shed"), ("breda kn", "bread knife")])
def test_typing_errors_are_forgiven(model, typed, meant) -> None:
    assert texts(model, typed)[0] == meant


def test_letter_by_letter_is_at_once(model) -> None:
    box = model.session()
    for end in range(len("how to ba") + 1):
        box.write("how to ba"[:end])
        box.suggest(3)
    assert box.suggest(3) == model.predict("how to ba", 3)
    assert box.write("how to b").suggest(3) == model.predict("how to b", 3)


def test_only_what_items_answer(model, tmp_path: Path, caplog) -> None:
    (tmp_path / "items.txt").write_text("Boat paint, red\nShed roof felt\n")
    limited = model.only_matching(tmp_path / "items.txt")
    assert texts(limited, "shed r")[0] == "shed roof"
    assert "how to build a boat" not in texts(limited, "how", 10)
    assert texts(limited, "sh", 10)
    assert all(
        {*one.replace(",", "").split()} <= {"shed", "roof", "boat", "paint", "red", "felt"}
        for one in texts(limited, "", 10)
    )
    assert "how to build a boat" in texts(model, "how", 10)
    assert "no item" not in caplog.text
    (tmp_path / "others.txt").write_text("Garden hose\n")
    assert texts(model.only_matching(tmp_path / "others.txt"), "how", 10) == []
    assert "others.txt: no item has the words of a known query in a row" in caplog.text
    with pytest.raises(InputError, match="no such file"):
        model.only_matching(tmp_path / "none.txt")


def test_what_is_blocked_is_never_suggested(model) -> None:
    other = pickle.loads(pickle.dumps(model))
    other.blocked_ = BlockList(["shed", "bread"])
    shown = {text for typed in ("", "how", "how to b", "sh", "bre") for text in texts(other, typed, 10)}
    assert shown
    assert not any({"shed", "bread"} & set(text.split()) for text in shown)
    assert "how to build a shed" in texts(model, "how", 10)


def test_a_block_list_is_saved(tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("boat\n")
    quick = Training(epochs=1, batch=4)
    fitted = Suggester(width=8, vocabulary=300, block=str(tmp_path / "terms.txt"), training=quick).fit(LOG, show=False)
    fitted.save(tmp_path / "search")
    (tmp_path / "terms.txt").unlink()
    loaded = load(tmp_path / "search")
    assert loaded.blocked_.terms == ("boat",)
    assert not any("boat" in one.text.split() for typed in ("b", "how to b") for one in loaded.predict(typed, 10))


def test_what_few_users_asked_is_not_in_the_folder(tmp_path: Path) -> None:
    log = [(query, count, f"user{user}") for query, count in LOG for user in range(3)]
    log += [("zebra crossing of anna", 500, "user1"), ("zebra crossing of anna", 500, "user2")]
    log += [("mail anna@example.org", 1, f"user{user}") for user in range(9)]
    Suggester(width=8, vocabulary=300, training=Training(epochs=1, batch=4)).fit(log, show=False).save(tmp_path / "m")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "m").iterdir())
    assert b"zebra crossing" not in kept
    assert b"anna" not in kept
    assert b"how to build a boat" in kept


def test_measured_beside_the_simple_methods(model) -> None:
    result = model.evaluate([("how to build a shed", 3), ("red boat", 1)], show=False)
    assert next(iter(result.columns)) == "suggestions"
    assert {"popular", "character 8-gram, beam 30"} == set(list(result.columns)[1:])
    assert result.metrics["mrr_10_seen"] > 0.5
    assert result.metrics["seen_rate"] == 0.75
    assert "mrr_10" in result.differences


def test_weights_are_chosen_anew_on_a_later_log(model) -> None:
    other = pickle.loads(pickle.dumps(model))
    again = other.mix([("how to build a shed", 9), ("red boat", 1)])
    assert again is other
    assert other.learnt_.ranking != model.learnt_.ranking
    assert texts(other, "how to b")[0] == "how to build a shed"


@pytest.mark.parametrize("raw", [None, 3, ["a"], b"how"])
def test_what_is_no_text_is_refused(model, raw) -> None:
    with pytest.raises(InputError, match="expected a string"):
        model.predict(raw)


@pytest.mark.parametrize("typed", ["x" * 9_999, "\t\x00\x1b", "שלום", "日本語の", "\ud800", "how\tto\tb", "🙂"])
def test_any_text_has_an_answer(model, typed) -> None:
    for one in model.predict(typed, 5):
        one.text.encode()


def test_a_keyboard_takes_no_items() -> None:
    with pytest.raises(InputError, match="must_match means nothing for a next-word model"):
        NextWord().only_matching("items.txt")
