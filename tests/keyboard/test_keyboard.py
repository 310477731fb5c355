"""Suggestions depend on the text alone, however it came about; and on what finished texts taught."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unrolled
from unrolled import InputError, NextWord, Training
from unrolled.inference.stream import Stream
from unrolled.keyboard import Keyboard
from unrolled.keyboard.cache import EARLY, FLATNESS, LASTING, SHARE

SEGMENTS = (
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
    "é",
    "😀",
    "-",
    "'",
)
EDIT = st.one_of(
    st.tuples(st.just("append"), st.sampled_from(SEGMENTS)),
    st.tuples(st.just("erase"), st.integers(1, 9)),
    st.tuples(st.just("text"), st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=8).map("".join)),
    st.tuples(st.just("cut"), st.integers(1, 40)),
)


def texts(keyboard: Keyboard, n: int = 3) -> list[str]:
    return [suggestion.text for suggestion in keyboard.suggest(n)]


def apply(keyboard: Keyboard, edits: list[tuple[str, str | int]]) -> Keyboard:
    for kind, value in edits:
        if kind == "append":
            keyboard.edit(append=str(value))
        elif kind == "erase":
            keyboard.edit(erase=int(value))
        elif text := keyboard.text[: int(value)] if kind == "cut" else str(value):
            keyboard.write(text)
        keyboard.suggest()
    return keyboard


def check_edited_equals_fresh(task: NextWord, edits: list[tuple[str, str | int]], learning: bool) -> None:
    edited, fresh, restored = task.session(), task.session(), task.session()
    edited.learning = fresh.learning = learning
    apply(edited, edits)
    edited._before.refused.restart()  # what was taken and erased again: the one exception
    if edited.text:
        fresh.write(edited.text)
    restored.restore(edited.save())
    for other in (fresh, restored):
        assert (other.text, other.typed) == (edited.text, edited.typed)
        assert other.suggest(5) == edited.suggest(5)


@settings(max_examples=60)
@given(edits=st.lists(EDIT, min_size=1, max_size=12), learning=st.booleans())
def test_suggestions_do_not_depend_on_how_the_text_came_about(task, edits, learning):
    check_edited_equals_fresh(task, edits, learning)


@pytest.fixture(scope="module", params=["character", "bpe", "space"])
def other_kind(request, book):
    """A model of other tokens, hardly trained."""
    training = Training(epochs=1, batch=8, window=24, learning_rate=0.02)
    return NextWord(tokens=request.param, vocabulary=300, width=16, order=2, training=training).fit(book)


@settings(max_examples=6)
@given(edits=st.lists(EDIT, min_size=1, max_size=6))
def test_nor_where_tokens_are_other_than_words(other_kind, edits):
    check_edited_equals_fresh(other_kind, edits, True)


@pytest.mark.parametrize("typed", ["the ca", "the cat (fi", "m", "Ann"])
def test_every_completion_begins_with_what_was_typed(other_kind, typed):
    keyboard = other_kind.session().write(typed)
    completions = [suggestion for suggestion in keyboard.suggest(5) if suggestion.kind == "completion"]
    assert all(completion.text.startswith(keyboard.typed) for completion in completions)
    if other_kind.tokens != "space":
        assert completions
        assert sum(completion.score for completion in completions) <= 1 + 1e-6


@pytest.mark.parametrize(
    ("text", "expected", "kind"),
    [
        ("the cat sese", "sees", "correction"),
        ("the dog. the rvi", "river", "correction"),
        ("the cat see", "sees", "completion"),
        ("TH", "THE", "completion"),
    ],
)
def test_models_of_parts_of_words_complete_and_correct_whole_words(other_kind, text, expected, kind, book):
    keyboard, words = other_kind.session(), {word.lower() for word in re.findall(r"\w+", book.read_text())}
    suggestions = keyboard.write(text).suggest(5)
    if other_kind.tokens != "space":
        assert (suggestions[0].text, suggestions[0].kind) == (expected, kind)
        assert all(suggestion.text.lower() in words for suggestion in suggestions)
        assert expected.lower() not in [other.text.lower() for other in keyboard.forget(expected).suggest(5)]
        keyboard.write("").autocorrect = True
        assert keyboard.write("the cat sese").edit(append=" ").text == "the cat sees "


def test_models_of_parts_of_words_keep_the_words_that_they_offer(other_kind, tmp_path):
    if other_kind.tokens != "space":
        other_kind.save(tmp_path / "model")
        loaded = unrolled.load(tmp_path / "model")
        assert loaded.session().write("the cat sese").suggest() == other_kind.session().write("the cat sese").suggest()


def test_the_next_word_is_the_models_own_first_choice(task):
    keyboard = task.session().write("the cat sees the ")
    keyboard.learning = False
    expected = task.stream().feed("the cat sees the").top(3)
    assert [tuple(suggestion) for suggestion in keyboard.suggest()] == [
        (text, pytest.approx(score, rel=1e-5), "next") for text, score in expected
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the cat sees the ri", "river"),
        ("the cat se", "sees"),
        ("the cat sese", "sees"),  # swapped letters
        ("the cat ses", "sees"),  # one left out
        ("the cat seees", "sees"),  # one too many
        ("the cat swes", "sees"),  # a neighbouring key
        ("the cat sees hte", "the"),
        ("the catsees", "cat sees"),  # no space
        ("the catbsees", "cat sees"),  # the key above the space bar in its place
        ("an", "Anna"),  # a capital is not asked for
        ("the cat sees the river. T", "The"),
        ("T", "The"),
        ("TH", "THE"),
    ],
)
def test_completes_and_corrects(task, text, expected):
    assert texts(task.session().write(text))[0] == expected


def test_an_exact_completion_stands_before_a_correction(task):
    first, *_ = task.session().write("the c").suggest()
    assert first.kind == "completion"
    assert {suggestion.kind for suggestion in task.session().write("the cat sees hte").suggest(1)} == {"correction"}
    assert task.session().write("x").suggest() == []  # one letter is not corrected


def test_scores_of_what_was_typed_are_shares(task):
    scores = [suggestion.score for suggestion in task.session().write("the cat sees t").suggest(10)]
    assert 0.99 < sum(scores) <= 1 + 1e-6
    assert scores == sorted(scores, reverse=True)


def test_a_sentence_opens_with_a_capital_and_a_glued_mark_asks_for_a_space(task):
    assert all(text[0].isupper() for text in texts(task.session().write("the dog sees a house. ")))
    glued = texts(task.session().write("the dog sees a house."))
    assert all(text[0] == " " and text[1].isupper() for text in glued)
    assert all(text[0].isupper() for text in texts(task.session().write("the dog\n")))


@pytest.mark.parametrize("text", ["(", "the dog. ¿", "the dog. “", "the dog.) ", 'the dog! "', "- "])
def test_quotes_and_brackets_do_not_hide_where_a_sentence_opens(task, text):
    assert all(text.lstrip()[0].isupper() for text in texts(task.session().write(text)))
    assert not any(
        text[0].isupper() for text in texts(task.session().write(f"the dog sees {text[-1]}")) if text != "Anna"
    )


def test_marks_are_not_suggested(task):
    assert "." not in texts(task.session().write("the dog sees the river "), 30)


@pytest.mark.parametrize(
    "text", ["ünï", "語", "😀", "\u202e", "\x00", "\x1c", "𝔘", "İ", "ﬁ", "ß", "a" * 80, "'", "--", "\u200b", "e.g."]
)
def test_any_script_is_taken(task, text):
    keyboard = task.session()
    for letter in text:
        keyboard.edit(append=letter)
        keyboard.suggest()
    assert keyboard.text == text
    assert keyboard.suggest(5) == task.session().write(text).suggest(5)


def test_half_characters_become_whole_ones(task):
    assert task.session().write("a\ud800b").text == "a\ufffdb"


def test_an_edit_reads_no_more_than_it_changed(task, monkeypatch):
    read: list[int] = []
    feed = Stream.feed_steps
    keyboard = task.session().write("the cat sees the river. " * 30)
    monkeypatch.setattr(Stream, "feed_steps", lambda self, ids: (read.append(len(ids)), feed(self, ids))[1])
    keyboard.edit(append="the d")
    assert sum(read) == 1
    keyboard.edit(append="og")
    keyboard.edit(erase=2)
    keyboard.edit(erase=len("the d"))
    keyboard.edit(erase=len("the cat sees the river. ") * 3)
    assert sum(read) == 1
    keyboard.write(keyboard.text + "the dog hears ")
    assert sum(read) == 4
    keyboard.edit(erase=len(keyboard.text) - len("the cat sees the river. " * 4) + 5)
    keyboard.suggest()
    assert 4 < sum(read) <= 4 + 32  # from the nearest stream kept


def test_learns_words_of_ones_own_and_completes_them(task):
    keyboard = task.session()
    assert texts(keyboard.write("the cat zo")) == []
    keyboard.write("Zorblax hears the zorblik. ")
    assert "zorblik" in texts(keyboard.edit(append="the zor"))
    keyboard.write("")
    assert texts(keyboard.write("the cat zorb"))[0].lower().startswith("zorbl")
    assert texts(keyboard.write("a zroblik")) == []
    keyboard.learn("a zorblik.")
    assert texts(keyboard) == ["zorblik"]  # and corrects to them, once they are no error themselves


def test_the_cache_raises_what_was_written(task):
    p = {text: score for text, score, _ in task.session().write("the cat finds the ").suggest(10)}
    keyboard = task.session().learn("the cat finds the moon. " * 20).write("the cat finds the ")
    assert {text: score for text, score, _ in keyboard.suggest(10)}["moon"] > 1.02 * p["moon"]


def test_what_is_erased_is_not_learnt_and_what_is_finished_is(task):
    keyboard = task.session()
    keyboard.edit(append="zorblax ").edit(erase=8)
    assert texts(keyboard.edit(append="zor")) == []
    keyboard.write("zorblax ").write("")
    assert texts(keyboard.edit(append="zor")) == ["Zorblax", "zorblax"][1:]


def test_numbers_are_nobodys_business(task):
    keyboard = task.session().learn("my code is 4711 and x9y9 ")
    assert texts(keyboard.write("47")) == texts(keyboard.write("x9y")) == []


def test_learning_off_learns_nothing(task):
    keyboard = task.session()
    keyboard.learning = False
    keyboard.write("zorblax zorblax ")
    assert texts(keyboard.edit(append="zor")) == []
    keyboard.write("").learning = True
    assert texts(keyboard.write("zor")) == []
    keyboard.learning = False
    with pytest.raises(InputError, match="does not learn"):
        keyboard.learn("a text")


def test_learning_keeps_what_is_being_typed(task):
    keyboard = task.session().write("the old m")
    keyboard.learn("zorblax\n" * 4_000)  # longer than what is held
    assert keyboard.text == "the old m"
    assert texts(keyboard)[0] == "man"
    assert texts(keyboard.write("zor"))[0] == "zorblax"


def test_what_is_learnt_counts_at_once_where_nothing_is_typed(task):
    keyboard = task.session()
    keyboard.suggest()
    keyboard.learn("zorblax meets zorblik. ")
    assert keyboard.suggest() == task.session().learn("zorblax meets zorblik. ").suggest()


@pytest.mark.parametrize("n", [0, -1, 1.5, float("nan"), True, "3", None])
def test_suggestions_are_counted_in_whole_numbers(task, n):
    with pytest.raises(InputError, match="expected a whole number"):
        task.session().suggest(n)


def test_as_many_suggestions_as_there_are_words_at_most(task):
    assert 0 < len(task.session().suggest(10**12)) <= len(task.input_.tokenizer)


def test_forgets_everything_or_one_word_everywhere(task):
    keyboard = task.session().learn("zorblax meets zorblik. ").write("zorblix meets ")
    keyboard.forget("zorblax")
    assert sorted(texts(keyboard.edit(append="zor"))) == ["zorblik", "zorblix"]
    assert b"zorblax" not in keyboard.save()
    keyboard.forget()
    assert texts(keyboard) == []
    keyboard.edit(append="x ").edit(append="zor")
    assert texts(keyboard) == ["zorx"]  # learnt after it
    keyboard.edit(erase=len(keyboard.text))
    assert texts(keyboard.edit(append="zor")) == []
    keyboard.edit(erase=3).forget()
    assert keyboard.suggest(5) == task.session().suggest(5)


def test_a_text_too_long_is_held_from_its_middle_on(task):
    sentence = "the cat sees the river. "
    keyboard = task.session().write(sentence * 500)
    assert 5_000 <= len(keyboard.text) <= 10_000
    once = task.session()
    for _ in range(10):
        once.edit(append=sentence * 50)
    assert once.text == keyboard.text
    assert texts(once) == texts(keyboard)
    assert once.edit(erase=100_000).text == ""
    restored = task.session()
    restored.restore(keyboard.save())
    assert restored.suggest(5) == keyboard.suggest(5)
    assert restored.edit(append="the ").text == keyboard.edit(append="the ").text


def test_a_text_that_slides_within_a_word_leaves_nothing_of_what_stood_before_it(task):
    slid, fresh = (task.session().write("the cat ") for _ in range(2))
    slid.suggest()
    for keyboard in (slid, fresh):
        keyboard.edit(append="a" * 9_999)
        keyboard.edit(erase=len(keyboard.text) - 1)
    assert (slid.text, slid.suggest()) == (fresh.text, fresh.suggest())


def test_own_words_stay_bounded(task, monkeypatch):
    for module in ("adaptation", "own_words"):
        monkeypatch.setattr(f"unrolled.keyboard.{module}.OWN_WORDS", 3)
    keyboard = task.session()
    for word in ("qa", "qb", "qc", "qd", "qe", "qe"):
        keyboard.write(f"{word} ").write("")
    assert len(keyboard._before.adaptation.own_words) == 3
    assert texts(keyboard.write("q"))[0] == "qe"
    assert texts(task.session().learn("qa " * 2 + "qb " * 3 + "qc " * 4 + "qd").write("q")) == ["qc", "qb", "qa"]
    for number in range(40):  # typed and erased again and again
        word = "q" + "abcdefgh"[number % 8] * (number + 1)
        keyboard.edit(append=f"{word} ").edit(erase=len(word) + 1)
    assert len(keyboard._before.adaptation.own_words) <= 12


def test_a_native_extension_that_is_missing_changes_nothing(task, monkeypatch):
    expected = [task.session().write(text).suggest(5) for text in ("the cat ", "the cat se", "hte", "")]
    monkeypatch.setattr("unrolled.completion.search.NATIVE", False)
    for text, native in zip(("the cat ", "the cat se", "hte", ""), expected, strict=True):
        for suggestion, other in zip(task.session().write(text).suggest(5), native, strict=True):
            assert (suggestion.text, suggestion.kind) == (other.text, other.kind)
            assert suggestion.score == pytest.approx(other.score, rel=1e-5)


def test_the_cache_of_the_benchmark_is_the_keyboards(task):
    keyboard = task.session()
    ids = task.input_.tokenizer.encode("the cat sees the river . a bird likes the moon .")
    model, cache = task.stream(), []
    for number in ids:
        p = keyboard._before.adaptation.probabilities(keyboard._before.reader.stream.probabilities(), model.features)
        theirs, features = model.probabilities().astype(np.float64), model.features.astype(np.float64)
        if cache:
            ages = range(len(cache) - 1, -1, -1)
            weights = np.array(
                [np.exp(FLATNESS * features @ h - age / LASTING) for (h, _), age in zip(cache, ages, strict=True)]
            )
            share = SHARE * len(cache) / (len(cache) + EARLY)
            theirs *= 1 - share
            np.add.at(theirs, [i for _, i in cache], share * weights / weights.sum())
        assert p == pytest.approx(theirs, rel=1e-4)
        cache.append((features, number))
        model.feed_steps(np.array([number]))
        keyboard.edit(append=f"{task.input_.tokenizer.tokens[number]} ")


def test_what_was_forgotten_is_not_learnt_again_with_the_unfinished_text(task) -> None:
    for forgotten in (None, "zorblax"):
        keyboard = task.session().write("the cat sees zorblax and ")
        keyboard.forget(forgotten).learn("my quimble sees the dog. My quimble sleeps.")
        assert keyboard.text == "the cat sees zorblax and "
        keyboard.write("").write("zor")
        assert "zorblax" not in [text.lower() for text in texts(keyboard, 10)]
        assert "quimble" in texts(keyboard.write("my quim"))
        keyboard.write("zorblax and ").write("").write("zor")
        assert "zorblax" in texts(keyboard)  # written again, it is learnt again
    sliding = task.session().write("zorblax " + "the cat sees the dog. " * 440).forget()
    sliding.edit(append="the cat sees the dog. " * 60).write("").write("zor")
    assert "zorblax" not in [text.lower() for text in texts(sliding, 10)]


def test_what_is_no_text_is_refused_and_changes_nothing(task) -> None:
    keyboard = task.session().write("the cat ")
    for call in (keyboard.write, keyboard.learn, lambda text: keyboard.edit(append=text)):
        with pytest.raises(InputError, match="the text is int; expected a string"):
            call(5)
    assert keyboard.text == "the cat "
