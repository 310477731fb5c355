"""Several languages as one keyboard: which is written is told from the words, and followed where it changes."""

import numpy as np
import pytest
from tests.conftest import sentences

import unrolled
from unrolled import InputError, Multilingual, NextWord, Training
from unrolled.completion.dictionary import Dictionary
from unrolled.keyboard.languages import Languages
from unrolled.keyboard.multilingual import MultilingualKeyboard
from unrolled.text.everyday import Everyday
from unrolled.text.tokens import Tokenizer

SUBJECTS = ("die Katze", "der Hund", "ein Vogel", "mein Freund", "Anna", "der alte Mann")
VERBS = ("sieht", "mag", "findet", "hört")
OBJECTS = ("den Fluss", "ein Haus", "das rote Auto", "sein Futter", "den Mond")


@pytest.fixture(scope="module")
def both(task) -> Multilingual:
    rng = np.random.default_rng(0)
    german = [f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}." for _ in range(100)]
    training = Training(epochs=6, batch=8, window=16, learning_rate=0.03)
    other = NextWord(width=16, lines=True, training=training).fit(german, show=False)
    return Multilingual({"English": task, "German": other})


def weights(keyboard) -> dict[str, float]:
    return {language["name"]: language["weight"] for language in keyboard.languages}


def texts(keyboard, n: int = 3) -> list[str]:
    return [suggestion.text for suggestion in keyboard.suggest(n)]


def test_the_language_is_told_from_what_is_written_and_followed_where_it_changes(both):
    keyboard = both.session()
    assert weights(keyboard) == {"English": 0.5, "German": 0.5}
    keyboard.write("der alte ")
    assert weights(keyboard)["German"] > 0.9
    assert texts(keyboard)[0] == "Mann"
    keyboard.edit(append="Mann sieht the old ")
    assert weights(keyboard)["English"] > 0.9
    assert texts(keyboard)[0] == "man"
    keyboard.edit(erase=len("the old "))
    assert weights(keyboard)["German"] > 0.9
    keyboard.write("")
    assert weights(keyboard) == {"English": 0.5, "German": 0.5}


def test_words_of_all_languages_are_suggested_each_once(both):
    keyboard = both.session().write("the cat sees ein")
    assert "ein" in texts(keyboard)
    keyboard.write("x\nAnn")
    assert texts(keyboard, 5).count("Anna") == 1
    assert {"mag", "my"} <= set(texts(keyboard.write("die m"), 10))
    assert sum(suggestion.score for suggestion in keyboard.write("").suggest(10)) <= 1.0001


def test_a_word_that_one_language_knows_is_right_and_is_never_the_users_own(both):
    keyboard = both.session()
    keyboard.autocorrect = True
    keyboard.write("the cat sees das")
    assert keyboard.edit(append=" ").text == "the cat sees das "
    keyboard.learn("der Hund mag Zorblax. der Hund mag Zorblax")
    assert "Zorblax" in texts(keyboard.write("the cat sees Zor"))
    assert keyboard._before.adaptation.own.words == ["Zorblax"]


def test_a_word_that_no_language_knows_says_nothing_of_the_language(both):
    keyboard = both.session().write("der Hund ")
    known = weights(keyboard)["German"]
    keyboard.edit(append="qwxqwx ")
    assert abs(weights(keyboard)["German"] - known) < 0.03


def test_suggestions_do_not_depend_on_how_the_text_came_about(both):
    typed, written, restored = both.session(), both.session(), both.session()
    typed.write("the dog").edit(erase=3, append="cat sieht ").edit(erase=1).edit(append=" ein Ha")
    written.write("the cat sieht ein Ha")
    restored.restore(typed.save())
    assert typed.suggest(5) == written.suggest(5) == restored.suggest(5)
    assert typed.languages == written.languages == restored.languages


def test_what_another_keyboard_saved_is_refused(both, task):
    with pytest.raises(InputError, match="another model's"):
        both.session().restore(task.session().save())


def test_an_answer_says_how_much_each_language_counts(both):
    answer = both.session().receive({"text": "der alte ", "memory": True})
    assert [language["name"] for language in answer["languages"]] == ["English", "German"]
    assert len(answer["memory"]["rows"][0]) == sum(len(model.stream().features) for model in both.models.values())


def test_it_predicts_as_one_model(both):
    assert both.predict("der alte")[0].text == "Mann"
    assert both.predict_many(["the old"], 1)[0][0].text == "man"
    assert both.metadata()["languages"] == ["English", "German"]
    assert {"ö"} < set(both.metadata()["letters"])


def test_models_that_cannot_be_joined_are_refused(task):
    with pytest.raises(InputError, match="1 model to join"):
        Multilingual({"English": task})
    with pytest.raises(InputError, match="B is a Training model; expected next-word"):
        Multilingual({"A": task, "B": unrolled.Training()})
    text = sentences(20)
    word, character, space = (Dictionary(Tokenizer.train(kind, text, 100)) for kind in ("word", "character", "space"))
    with pytest.raises(InputError, match="B has tokens of kind character; expected words"):
        Languages({"A": word, "B": character})
    with pytest.raises(InputError, match="B cuts text into words otherwise than A"):
        Languages({"A": word, "B": space})


def test_everyday_words_of_each_language_stand_beside_all(both):
    each = [
        Dictionary(model.tokenizer_, None, Everyday(words, np.array([-300, -350])))
        for model, words in zip(both.models.values(), (["umbrella", "Mond"], ["Regenschirm", "umarmt"]), strict=True)
    ]
    streams = [model.stream() for model in both.models.values()]
    keyboard = MultilingualKeyboard(Languages(dict(zip(both.models, each, strict=True))), streams)
    said = {one.text: one.everyday for one in keyboard.write("der Hund umar").suggest()}
    assert said == {"umarmt": True}
    assert {one.text: one.everyday for one in keyboard.write("die Katze sieht den Mon").suggest()} == {"Mond": False}
    assert weights(keyboard.write("umbrella "))["English"] > 0.9
    assert keyboard.languages == keyboard.write("umbrella").write("umbrella ").languages
