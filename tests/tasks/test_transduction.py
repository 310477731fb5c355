"""What tasks of pairs are compared with, from the fit to the loaded model."""

import pytest

import unrolled
from unrolled import Training
from unrolled.tasks.translate import Translator

SENTENCES = [
    (f"The {a} {n} {v}.", f"Das {b} {m} {w}.")
    for a, b in (("old", "alte"), ("red", "rote"), ("small", "kleine"))
    for n, m in (("dog", "Hund"), ("cat", "Katze"), ("man", "Mann"))
    for v, w in (("runs", "rennt"), ("sleeps", "schläft"), ("eats", "isst"))
]
SPELLINGS = [
    (word, " ".join(word.upper().replace("C", "K"))) for word in ("cat", "act", "cut", "cab", "bat", "tub", "but")
]


@pytest.mark.parametrize(
    ("pairs", "tokens", "strongest", "measure", "remark"),
    [
        (SENTENCES, "word", "word-for-word dictionary", "bleu", "sacreBLEU nrefs:1|case:mixed|eff:no|tok:13a"),
        (SPELLINGS, "character,space", "letter by letter", "word_error", ""),
    ],
)
def test_a_model_is_measured_beside_its_baselines(tmp_path, pairs, tokens, strongest, measure, remark):
    task = Translator(tokens=tokens, width=8, embedding=4, training=Training(epochs=1))
    task.fit(pairs, valid=pairs[:2], show=False)
    measured = task.evaluate(pairs[:4], show=False)
    assert list(measured.columns) == ["network", "nearest sentence", strongest]
    assert measured.columns["nearest sentence"][measure] == pytest.approx(100 if measure == "bleu" else 0)
    assert measured.remark.startswith(remark)
    task.save(tmp_path / "model")
    loaded = unrolled.load(tmp_path / "model")
    assert loaded.baseline_name == strongest
    again = loaded.evaluate(pairs[:4], show=False).columns
    assert again[strongest] == measured.columns[strongest]
    assert again["nearest sentence"] == measured.columns["nearest sentence"]
