"""Pairs of texts as ids and back."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.text.test_brought import unigram

from unrolled.errors import InputError
from unrolled.inputs.codec import Encoded
from unrolled.inputs.pairs import PairTexts
from unrolled.inputs.variation import Variation
from unrolled.text.cutting import composed
from unrolled.text.held import spans

ENGLISH = [
    "A man is riding a bicycle.",
    "Two dogs are playing in the snow.",
    'The man\'s dog, (2) "so".',
    "A woman sees the red house.",
    "Children play with a ball in 1990.",
    "The woman is reading a book: it is good!",
    "Is the dog big? Yes, it is.",
    "A dog sleeps; the man, too.",
]
GERMAN = [
    "Ein Mann fährt Fahrrad.",
    "Zwei Hunde spielen im Schnee, und ein Mann sieht zu.",
    "Der Hund des Manns, (2) «so».",
    "Eine Frau sieht das rote Haus, ein kleines.",
    "Kinder spielen 1990 mit einem Ball.",
    "Die Frau liest ein Buch: es ist gut, und die Frau auch!",
    "Ist der Hund groß? Ja, das ist er.",
    "Ein Hund schläft; der Mann auch.",
]


@dataclass
class Settings:
    """What `PairTexts.learn` asks of the settings of a task."""

    tokens: str | None = None
    vocabulary: int = 400
    shared: bool | None = None
    tokenizer: str | None = None
    longest: int = 50


@pytest.fixture(scope="module")
def texts() -> PairTexts:
    return PairTexts.learn(Settings(tokens="bpe"), ENGLISH, GERMAN)


def diagonal(texts: PairTexts, target: str, encoded: Encoded) -> tuple[list[int], np.ndarray]:
    """Ids of a target, and attention of each of its tokens to the source's at the same place."""
    ids = texts.pair("", target)[1].tolist()
    return ids, np.eye(len(ids), len(encoded.inputs), dtype=np.float32)


@pytest.mark.parametrize(("source", "target"), list(zip(ENGLISH, GERMAN, strict=True)))
def test_a_learnt_target_reads_as_it_was_written(texts: PairTexts, source: str, target: str) -> None:
    encoded = texts.source(source)
    ids = texts.pair(source, target)[1]
    assert texts.text(ids, encoded, np.zeros((len(ids), len(encoded.inputs)), np.float32)) == target


def test_case_changes_no_source(texts: PairTexts) -> None:
    forms = [texts.source(form("A man sees 2 dogs.")) for form in (str, str.upper, str.lower, str.title)]
    assert len({tuple(form.inputs) for form in forms}) == 1


def test_capitals_come_out_as_capitals(texts: PairTexts) -> None:
    encoded = texts.source("A MAN SLEEPS {name}.")
    ids, attention = diagonal(texts, "Ein Mann schläft groß.", encoded)
    assert texts.text(ids, encoded, attention) == "EIN MANN SCHLÄFT GROSS {name}."


def test_nothing_held_is_lost(texts: PairTexts) -> None:
    encoded = texts.source("See <b>dogs</b> 12, {name} and %s at www.dog.de/a.")
    assert encoded.held == ["<b>", "</b>", "12", "{name}", "%s", "www.dog.de/a"]
    for ids, attention in (diagonal(texts, "Ein Hund.", encoded), ([], np.zeros((0, len(encoded.inputs)), np.float32))):
        answer = texts.text(ids, encoded, attention)
        assert all(answer.count(span) == 1 for span in encoded.held), answer


def test_saved_texts_are_restored(texts: PairTexts) -> None:
    again = PairTexts.restored(texts.saved())
    assert (again.vocabularies, again.shared) == (texts.vocabularies, texts.shared)
    assert again.source(ENGLISH[2]).inputs.tolist() == texts.source(ENGLISH[2]).inputs.tolist()
    assert again.saved() == texts.saved()


@pytest.mark.parametrize("name", ["source.json", "texts.json"])
@pytest.mark.parametrize("damaged", [None, "", "{}", "[1]"])
def test_a_damaged_file_is_named(texts: PairTexts, name: str, damaged: str | None) -> None:
    files = dict(texts.saved())
    if damaged is None:
        del files[name]
    else:
        files[name] = damaged
    with pytest.raises(InputError, match=name):
        PairTexts.restored(files)


def test_required_are_what_is_held_and_the_terms_of_a_glossary(texts: PairTexts) -> None:
    text = "The RED house, and 12 big dogs in {place}; not redder."
    glossary = {"red": "rosa", "red house": "rotes Schloss", "12 big dogs": "12 Doggen", "redd": "x", "snow": "y"}
    encoded = texts.source(text, glossary)
    runs = texts.required(encoded, text, glossary)
    first = texts.vocabularies[1] - 9
    assert runs[0] == [first]
    assert ["".join(texts.target_names(run, texts.source(""))) for run in runs[1:]] == ["rotes Schloss", "12 Doggen"]
    for run, written in zip(runs[1:], ("das rotes Schloss", "die 12 Doggen"), strict=True):
        ids = texts.pair("", written)[1].tolist()
        assert ids[-len(run) :] == run  # cut as within a sentence


def test_a_term_takes_the_place_of_the_number_within_it(texts: PairTexts) -> None:
    text, glossary = "The 3 dogs and 4 men.", {"3 dogs": "Trio"}
    encoded = texts.source(text, glossary)
    assert encoded.held == ["4"]
    ids, attention = diagonal(texts, "Das Trio.", encoded)
    assert "3" not in texts.text(ids, encoded, attention)


def test_no_term_stands_within_an_address_or_a_tag(texts: PairTexts) -> None:
    text = 'Go to www.dog.de/dog or <a href="dog">there</a>.'
    encoded = texts.source(text, {"dog": "Hund"})
    assert len(texts.required(encoded, text, {"dog": "Hund"})) == len(encoded.held) == 3


def test_a_beginning_has_the_tokens_of_what_the_source_holds(texts: PairTexts) -> None:
    encoded = texts.source("2 dogs and 3 dogs, %s and %s")
    ids = texts.beginning("3 Hunde, %s, %s und 2", encoded)
    assert texts.text(ids, encoded, np.zeros((0, 0), np.float32)) == "3 Hunde, %s, %s und 2"
    spelled = PairTexts.learn(Settings(tokens="character"), ["ab"] * 2, ["ab"] * 2)
    with pytest.raises(InputError, match="prefix 'ax' cannot be written"):
        spelled.beginning("ax", spelled.source("ab"))


@pytest.mark.parametrize("glossary", [{"": "leer"}, {"dog": " "}, {"dog": "\u200b"}])
def test_an_empty_term_is_refused(texts: PairTexts, glossary: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"empty on one side|nothing to be seen"):
        texts.required(texts.source("a dog"), "a dog", glossary)


def test_a_tokenizer_may_be_brought(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(unigram(), encoding="utf-8")
    texts = PairTexts.learn(Settings(tokenizer=str(tmp_path / "mine.json")), ENGLISH, GERMAN)
    assert texts.shared
    source, target = "The <b>man</b>, 12 dogs.", "Der <b>Hund</b>, die Frau und 12 Hunde."
    texts = PairTexts.restored(texts.saved())
    texts.variation = Variation(dropout=0.1, hidden=0)
    encoded, ids = texts.source(source), texts.pair(source, target)[1]
    assert encoded.held == ["<b>", "</b>", "12"]
    assert texts.varied(source, target, np.random.default_rng(0))[1].tolist() == ids.tolist()
    answer = texts.text(ids, encoded, np.zeros((len(ids), len(encoded.inputs)), np.float32))
    assert answer == target


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tokenizer": "a,b,c"}, "expected one file, or two"),
        ({"tokenizer": "none.json"}, "none.json: No such file"),
        ({"tokenizer": "a.json", "tokens": "bpe"}, "tokens='bpe' has no meaning"),
        ({"tokenizer": "a.json,b.json", "shared": True}, "two tokenizers cannot be shared"),
        ({"tokens": "letters"}, "tokens='letters'"),
        ({"tokens": "character,bpe", "shared": True}, "same kind of tokens"),
    ],
)
def test_settings_that_contradict_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PairTexts.learn(Settings(**changed), ENGLISH, GERMAN)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Nd", "No", "Nl"]), max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=8).map(" ".join))
def test_any_text_comes_back_from_byte_pairs(texts: PairTexts, text: str) -> None:
    text = " ".join(composed(text).split())
    assume(not spans(text))
    ids = texts._target.cut(text).ids
    assert texts._target.read(ids, [""] * len(ids)).removeprefix(" ") == text
    assert " ".join("".join(texts.target_names(ids, texts.source(""))).split()) == text or "\\x" in "".join(
        texts.target_names(ids, texts.source(""))
    )


@given(st.lists(st.sampled_from(["<b>", "</b>", "12", "7", "{name}", "%s", "dog,", "Man", ".", "x@y.de"]), max_size=24))
def test_no_source_loses_what_it_holds(texts: PairTexts, words: list[str]) -> None:
    text = " ".join(words)
    encoded = texts.source(text)
    ids = texts.pair(text, "Ein Hund, 12.")[1]
    for written in (ids, []):
        answer = texts.text(written, encoded, np.ones((len(written), len(encoded.inputs)), np.float32))
        assert Counter(encoded.held) <= Counter(span.text for span in spans(answer))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("See <b>dogs</b>!", "Sieh <b>Hunde</b>!"),
        ("the (2) dogs, 3:30pm", "die (2) Hunde, 3:30 Uhr"),
        ("80s dogs [here](http://a.de)", "80er Hunde [hier](http://a.de)"),
        ("Hi {name}{x}, 50% of 1990-1999.", "Hallo {name}{x}, 50 % von 1990-1999."),
    ],
)
def test_spans_have_the_spaces_of_their_source(texts: PairTexts, source: str, target: str) -> None:
    encoded, ids = texts.source(source), texts.pair(source, target)[1]
    answer = texts.text(ids, encoded, np.zeros((len(ids), len(encoded.inputs)), np.float32))
    assert answer == target[0].upper() + target[1:]


def test_lost_spans_go_where_their_source_was_looked_at() -> None:
    texts = PairTexts.learn(Settings(tokens="word"), [*ENGLISH, "two dogs play"], [*GERMAN, "zwei Hunde spielen"])
    encoded = texts.source("two 7 <b>dogs</b> play")
    assert encoded.names == ["two", " 7", " <b>", "dogs", "</b>", " play", "<eos>"]
    ids = texts.pair("", "zwei Hunde spielen.")[1]
    attention = np.zeros((len(ids), len(encoded.inputs)), np.float32)
    attention[[0, 1, 2, 3], [1, 3, 5, 6]] = 1  # zwei looks at 7, Hunde at dogs, spielen at play
    assert texts.text(ids, encoded, attention) == "Zwei 7 <b>Hunde</b> spielen."
    assert texts.text(ids, encoded, attention[:, ::-1]) != "Zwei 7 <b>Hunde</b> spielen."


def test_characters_and_phonemes_stay_as_they_are() -> None:
    sources = [f"{a}{b}{c}" for a in "bdg" for b in "aei" for c in "rst"] * 3
    targets = [" ".join(word.upper()) for word in sources]
    texts = PairTexts.learn(Settings(), sources, targets)
    assert not texts.shared
    encoded = texts.source("BAR")
    assert encoded.inputs.tolist() == texts.source("bar").inputs.tolist()  # all sources were small
    assert encoded.names == ["b", "a", "r", "<eos>"]
    ids = texts.pair("bar", "B A R")[1]
    assert texts.text(ids, encoded, np.zeros((3, 4), np.float32)) == "B A R"
    assert texts.required(encoded, "bar", {}) == []
    assert texts.source("b1").held == []


def test_a_long_source_is_cut_and_counted() -> None:
    texts = PairTexts.learn(Settings(tokens="word", longest=4), ENGLISH, GERMAN)
    encoded = texts.source("A man is riding a red bicycle 12.")
    assert (len(encoded.inputs), encoded.cut, encoded.names[-1]) == (5, 5, "<eos>")
    assert texts.required(encoded, "", {}) == []
    assert "12" in texts.text([], encoded, np.zeros((0, 5), np.float32))


def test_unknown_words_are_copied_from_where_the_answer_looks() -> None:
    texts = PairTexts.learn(Settings(tokens="word"), ENGLISH, GERMAN)
    encoded = texts.source("A Zorg is big.")
    ids, attention = diagonal(texts, "Ein Blarg", encoded)
    assert ids[1] == 0
    assert texts.text(ids, encoded, attention) == "Ein zorg"


def test_a_letter_that_grows_in_small_letters_moves_no_span(texts: PairTexts) -> None:
    assert texts.source("Ⱥİİİ 12 dogs").names[1:] == texts.source("ⱥiii 12 dogs").names[1:]
    assert texts.source("İ̇ẞ <b>12</b>").held == ["<b>", "12", "</b>"]


def test_the_names_of_an_answer_show_what_is_held(texts: PairTexts) -> None:
    ids = texts.pair("12 dogs", "die 12 Hunde")[1]
    assert texts.target_names(ids, texts.source(""))[1:2] == [" ⟨1⟩"]
    assert "".join(texts.target_names(ids, texts.source("12"))) == "die 12 Hunde"


def test_an_unknown_word_that_looks_nowhere_is_left_out() -> None:
    texts = PairTexts.learn(Settings(tokens="word"), ENGLISH, GERMAN)
    encoded = texts.source("A dog <b>sleeps</b>.")
    ids = [0, *texts.pair("", "ein Hund")[1].tolist()]
    assert texts.text(ids, encoded, np.zeros((0, len(encoded.inputs)), np.float32)) == "<b>Ein Hund</b>"


def test_numbers_that_pairs_rewrite_are_not_held() -> None:
    numbers = range(1000, 1025)
    same = [f"Den {n} <b>hat</b> {{name}}." for n in numbers]
    sources = [f"The {n} <b>has</b> {{name}}." for n in numbers]
    marked = [text.replace(" 10", " 1.0") for text in same]
    texts = PairTexts.learn(Settings(tokens="bpe"), sources, marked)
    for learnt in (texts, PairTexts.restored(texts.saved())):
        encoded = learnt.source(sources[0])
        assert encoded.held == ["<b>", "</b>", "{name}"]
        assert len(learnt.required(encoded, sources[0], {})) == 3
        ids = learnt.pair(sources[0], marked[0])[1]
        assert learnt.text(ids, encoded, np.zeros((len(ids), len(encoded.inputs)), np.float32)) == marked[0]
        assert "1000" in "".join(encoded.names)
    for answers, few in ((same, 25), (marked, 19)):  # carried over, and too few to tell
        learnt = PairTexts.learn(Settings(tokens="bpe"), sources[:few], answers[:few])
        assert learnt.source(sources[0]).held == ["1000", "<b>", "</b>", "{name}"]


def test_texts_of_earlier_models_hold_numbers(texts: PairTexts) -> None:
    files = dict(texts.saved())
    saved = json.loads(files["texts.json"])
    assert saved.pop("numbers") is True
    assert PairTexts.restored({**files, "texts.json": json.dumps(saved)}).source("12 dogs").held == ["12"]
    with pytest.raises(InputError, match="'no' for numbers; expected true or false"):
        PairTexts.restored({**files, "texts.json": json.dumps({**saved, "numbers": "no"})})
