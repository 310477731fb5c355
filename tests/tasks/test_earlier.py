"""What earlier versions called things: configurations and commands as this version calls them."""

import pytest

from unrolled import InputError
from unrolled.tasks import task_class
from unrolled.tasks.earlier import check_tokens, renamed_arguments, upgraded

CHORDS = {"grid": 4, "cell": "gru", "width": 200, "layers": 1, "dropout": 0.3}
WORDS = {
    "tokens": "word", "vocabulary": 10_000, "lines": False, "model": "recurrent", "cell": "lstm", "width": 256,
    "layers": 1, "embedding": None, "vectors": None, "context": 5, "dropout": 0.2, "tied": True, "order": 5,
}  # fmt: skip


def test_chords_were_a_task_of_their_own() -> None:
    name, settings = upgraded({"task": "next-chord", "settings": CHORDS})
    assert (name, settings) == ("compose", {"events": "chords", **CHORDS})
    task = task_class(name)(**settings)
    task.check()
    assert {key: task.get_params()[key] for key in CHORDS} == CHORDS


def test_notes_were_tokens_of_a_language_model() -> None:
    before = WORDS | {"tokens": "notes", "grid": 8, "width": 32, "order": 3, "lines": True}
    name, settings = upgraded({"task": "next-word", "settings": before})
    assert name == "compose"
    left_out = {"tokens", "lines", "vectors"}
    assert settings == {"events": "notes", **{key: before[key] for key in before if key not in left_out}}
    task_class(name)(**settings).check()


def test_words_had_a_grid_that_meant_nothing() -> None:
    assert upgraded({"task": "next-word", "settings": WORDS | {"grid": None}}) == ("next-word", WORDS)


@pytest.mark.parametrize(
    "config",
    [
        {"task": "next-word", "settings": WORDS},
        {"task": "next-word", "settings": WORDS | {"grid": 4}},
        {"task": "compose", "settings": {"events": "chords"}},
        {"task": "classify", "settings": {"tokens": "notes"}},
        {"task": "next-chord", "settings": None},
        {"task": "next-word", "settings": ["tokens"]},
        {"task": "something else", "settings": {}},
    ],
    ids=str,
)
def test_all_else_stays_as_it_is(config) -> None:
    assert upgraded(config) == (config["task"], config["settings"])


def test_a_configuration_without_a_task_has_none_by_that_name() -> None:
    assert upgraded({}) == ("None", None)


@pytest.mark.parametrize(
    ("task", "arguments", "expected"),
    [
        ("next-chord", ["a.mid", "-o", "m"], ["a.mid", "-o", "m", "--events", "chords"]),
        ("next-word", ["a.mid", "--tokens", "notes", "-o", "m"], ["a.mid", "-o", "m", "--events", "notes"]),
        ("next-word", ["--tokens=chords", "a.mid"], ["a.mid", "--events", "chords"]),
        ("next-word", ["a.mid", "--tokens", "chords"], ["a.mid", "--events", "chords"]),
    ],
)
def test_commands_are_renamed_and_it_is_said(task, arguments, expected) -> None:
    before = list(arguments)
    assert renamed_arguments(task, arguments) == ("compose", expected, f"unrolled fit compose --events {expected[-1]}")
    assert arguments == before


@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        ("next-word", ["notes", "--tokens", "word", "-o", "chords"]),
        ("next-word", ["a.txt", "--tokens"]),
        ("next-word", []),
        ("compose", ["a.mid", "--events", "notes"]),
        ("classify", ["a.csv", "--tokens", "notes"]),
    ],
)
def test_other_commands_stay_as_they_are(task, arguments) -> None:
    assert renamed_arguments(task, arguments) == (task, arguments, "")


def test_tokens_of_text_are_no_music() -> None:
    for tokens in ("word", "bpe", None, 5, ["notes"]):
        check_tokens(tokens)


@pytest.mark.parametrize(
    ("task", "arguments"),
    [("next-chord", ["a.mid", "--events", "notes"]), ("next-word", ["--tokens=notes", "--events=chords"])],
)
def test_an_earlier_command_beside_its_new_option_is_refused(task, arguments) -> None:
    with pytest.raises(InputError, match=f"--events beside {task}.*; expected unrolled fit compose --events"):
        renamed_arguments(task, arguments)
