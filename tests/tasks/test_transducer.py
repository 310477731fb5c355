"""What a fitted translator answers beside translations: how answers begin, warnings, and what an export needs."""

import numpy as np
import pytest

from unrolled import InputError, Search, Training
from unrolled.commands import export as command
from unrolled.decoding.base import Hypothesis
from unrolled.inference.translations import Aligned, Translation
from unrolled.inputs.side import HELD
from unrolled.tasks.pairs import unlike
from unrolled.tasks.searches import groups
from unrolled.tasks.translate import Translator


@pytest.fixture(scope="module")
def translator():
    """One that has learnt next to nothing."""
    pairs = [("a man eats", "ein Mann isst"), ("a dog eats", "ein Hund isst"), ("a man runs", "ein Mann rennt")]
    quick = Training(epochs=1)
    return Translator(tokens="word", width=8, embedding=4, longest=5, training=quick).fit(pairs, show=False)


def test_an_answer_begins_as_it_is_told(translator):
    ids = translator.prefix_ids("a dog eats", "ein Hund")
    assert len(ids) == 2
    found = translator.align(["a dog eats"], prefixes=[ids])[0][0]
    assert list(found.ids[:2]) == ids
    assert found.translation.text.lower().startswith("ein hund")


@pytest.mark.parametrize("raw", ["%s", "12", "<b>", "...", "12 %, <b>{name}</b>?", "1 2 3 4 5 6 7 8 9 10 11 12"])
def test_what_has_no_letters_is_its_own_translation(translator, raw):
    answers = translator.align([raw, "a dog eats"], n_best=2)
    (found,) = answers[0]
    assert found.translation == (raw, 1.0)
    assert found.attention.shape == (len(found.ids), len(found.source))
    assert len(found.ids) == len(found.target) > 0
    assert len(answers[1]) == 2
    assert [one[0].translation for one in translator.forming(raw)] == [(raw, 1.0)]


def test_what_has_no_letters_is_translated_where_a_glossary_or_a_beginning_says_how(translator):
    assert "Hund" in translator.predict("12", glossary={"12": "Hund"})[0].text
    assert (
        translator.align(["..."], prefixes=[translator.prefix_ids("...", "ein Hund")])[0][0].translation.text != "..."
    )


def test_tokens_of_spans_that_a_source_does_not_hold_are_not_written(translator):
    """Nor twice those that it holds, whatever the model finds probable."""
    weights = translator.network()[1]
    before = weights.output["b"].copy()
    try:
        weights.output["b"][-HELD:] += 50
        vars(translator).pop("_frozen", None)
        first = translator.texts_.vocabularies[1] - HELD
        for search in (Search(), Search(temperature=1.0, seed=1)):
            plain, held = (found[0].ids for found in translator.align(["a dog eats", "a %s dog eats"], search))
            assert not [i for i in plain if i >= first]
            assert [i for i in held if i >= first] == [first]
            assert list([*translator.forming("a dog eats", search)][-1][0].ids) == list(plain)
    finally:
        weights.output["b"][:] = before
        vars(translator).pop("_frozen", None)


def test_tuning_tells_how_much_is_unknown(translator, caplog):
    pairs = [("a man eats", "ein Mann isst"), ("a cat sleeps", "eine Katze isst")]
    translator.tune(pairs, show=False)
    assert "2 tokens of sources and 2 of targets are not in the model's vocabulary" in caplog.text


def test_tags_are_opened_before_they_are_closed(translator):
    texts = translator.texts_
    encoded, first = texts.source("a <b>dog</b> eats"), texts.vocabularies[1] - HELD
    ids = [first + 1, *texts.beginning("Hund isst", encoded), first]
    hypothesis = Hypothesis(ids, np.zeros((len(ids), len(encoded.inputs)), np.float32), -1.0, -1.0)
    text = translator._aligned(encoded, hypothesis).translation.text
    assert text.count("<b>") == text.count("</b>") == 1
    assert text.index("<b>") < text.index("</b>")


def test_few_long_inputs_are_answered_together():
    lengths = [1, 9, *[2] * 100, 2000, 400, 400]
    found = list(groups(lengths, Search(beam=5)))
    assert sorted(i for group in found for i in group) == list(range(1, len(lengths)))
    assert list(map(len, found)) == [64, 37, 2, 1]
    assert max(map(len, groups([400] * 30, Search(beam=5)))) == 10


def test_answers_that_read_the_same_are_given_once_in_their_order():
    def aligned(text, score):
        return Aligned(Translation(text, score), [], [], np.zeros((0, 0), np.float32), [])

    found = unlike(aligned(*one) for one in (("ein Mann", 0.9), ("der Mann", 0.8), ("ein Mann", 0.7)))
    assert [one.translation for one in found] == [("ein Mann", 0.9), ("der Mann", 0.8)]


def test_a_warning_tells_of_what_was_cut_and_of_what_is_unknown(translator):
    assert translator.remark("a man eats") == ""
    assert "cut after 5 of 7 tokens" in translator.remark("a man eats a dog a man")
    assert "nothing of 'xyz' is known" in translator.remark("xyz")


def test_the_command_export_writes_the_texts_beside_the_graphs(translator, run_command, monkeypatch, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    monkeypatch.setattr(command, "load", lambda _: translator)
    monkeypatch.chdir(tmp_path)
    code, _, err = run_command("export", "en-de", "-o", "en-de.onnx")
    assert code == 0, err
    about = onnxruntime.InferenceSession("en-de.step.onnx").get_modelmeta().custom_metadata_map
    for name, text in translator.texts().items():
        assert about[f"unrolled.{name}"] == text
    with pytest.raises(InputError, match="exists already"):
        command.export("en-de", "en-de.onnx")
