"""Pairs of texts as ids and back."""

from dataclasses import dataclass

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.inputs.pairs import Encoded, PairTexts

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
    return ids, np.eye(len(ids), len(encoded.ids), dtype=np.float32)


@pytest.mark.parametrize(("source", "target"), list(zip(ENGLISH, GERMAN, strict=True)))
def test_a_learnt_target_reads_as_it_was_written(texts: PairTexts, source: str, target: str) -> None:
    encoded = texts.source(source)
    ids = texts.pair(source, target)[1]
    assert texts.text(ids, encoded, np.zeros((len(ids), len(encoded.ids)), np.float32)) == target


def test_case_changes_no_source(texts: PairTexts) -> None:
    forms = [texts.source(form("A man sees 2 dogs.")) for form in (str, str.upper, str.lower, str.title)]
    assert len({tuple(form.ids) for form in forms}) == 1


def test_capitals_come_out_as_capitals(texts: PairTexts) -> None:
    encoded = texts.source("A MAN SLEEPS {name}.")
    ids, attention = diagonal(texts, "Ein Mann schläft groß.", encoded)
    assert texts.text(ids, encoded, attention) == "EIN MANN SCHLÄFT GROSS {name}."


def test_nothing_held_is_lost(texts: PairTexts) -> None:
    encoded = texts.source("See <b>dogs</b> 12, {name} and %s at www.dog.de/a.")
    assert encoded.held == ["<b>", "</b>", "12", "{name}", "%s", "www.dog.de/a"]
    for ids, attention in (diagonal(texts, "Ein Hund.", encoded), ([], np.zeros((0, len(encoded.ids)), np.float32))):
        answer = texts.text(ids, encoded, attention)
        assert all(answer.count(span) == 1 for span in encoded.held), answer


def test_saved_texts_are_restored(texts: PairTexts) -> None:
    again = PairTexts.restored(texts.saved())
    assert (again.vocabularies, again.shared) == (texts.vocabularies, texts.shared)
    assert again.source(ENGLISH[2]).ids.tolist() == texts.source(ENGLISH[2]).ids.tolist()
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
