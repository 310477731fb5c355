import copy
import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import unrolled
from unrolled import InputError, NextWord, Training, kernels
from unrolled.baselines.ngram import NGram
from unrolled.inference.frozen import Frozen
from unrolled.settings import Decoding
from unrolled.storage.model_folder import ModelFolder, write_model_folder
from unrolled.text.vocabulary import Vocabulary

QUICK = Training(epochs=2, batch=4, window=8, learning_rate=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell": "lstn"}, "cell is 'lstn'; expected one of rnn, rnn-relu, lstm, gru"),
        ({"width": 0}, "width is 0; expected between 1"),
        ({"dropout": float("nan")}, "dropout is nan"),
        ({"model": "dense", "layers": 2}, "the dense network has 1 hidden layer"),
        ({"tokens": "letters"}, "tokens is 'letters'"),
        ({"width": 16, "embedding": 10}, "one layer tied to the word vectors is as wide as they are"),
    ],
)
def test_bad_settings_are_refused_before_any_work(book, change, message):
    with pytest.raises(InputError, match=message):
        NextWord(training=QUICK, **change).fit(book)


def test_learns_the_grammar(fitted, held_out):
    after_article = [one.text for one in fitted.predict("the cat sees the", n=3)]
    assert set(after_article) == {"river", "moon", "red"}
    result = fitted.evaluate(held_out)
    assert result.metrics["perplexity"] < 4
    assert result.baseline["perplexity"] < 4
    assert result.metrics["tokens"] == result.baseline["tokens"]
    assert result.metrics["unknown_rate"] == result.baseline["unknown_rate"] > 0
    assert result.metrics["top1_recall"] < result.metrics["top3_recall"] < 1
    assert 0.3 < result.metrics["keystrokes_saved"] < 1


def test_evaluation_is_the_streams_own_probabilities(fitted, tmp_path):
    text = "the dog hears a house."
    path = tmp_path / "one.txt"
    path.write_text(text, encoding="utf-8")
    stream, logs = fitted.stream(), []
    for token in [*fitted.input_.tokenizer.encode(text), 1]:
        logs.append(np.log(stream.probabilities()[token]))
        stream.feed_steps(np.array([token]))
    assert fitted.evaluate(path).metrics["perplexity"] == pytest.approx(np.exp(-np.mean(logs)), rel=1e-5)


def test_unknown_and_end_are_never_suggested(fitted):
    suggested = fitted.predict("zebra zebra zebra", n=1000)
    assert len(suggested) == len(fitted.input_.tokenizer) - 2
    assert not {"<unk>", "<eos>"} & {one.text for one in suggested}
    assert [one.score for one in suggested] == sorted((one.score for one in suggested), reverse=True)


def test_many_texts_are_predicted_together_as_alone(fitted):
    texts = ["the cat", "", "my friend likes the", "zebra", "the cat"]
    assert fitted.predict_many(texts, 4) == [fitted.predict(text, 4) for text in texts]


def test_the_fitted_tokenizer_is_there_for_those_who_ask(fitted):
    tokenizer = fitted.tokenizer_
    assert tokenizer.decode(tokenizer.encode("the")) == "the"
    assert fitted.session()._dictionary.tokens is tokenizer.tokens


def test_a_piece_without_words_changes_nothing(fitted):
    whole = fitted.stream().feed("the old man")
    pieces = fitted.stream().feed("the old").feed("").feed(" man")
    np.testing.assert_allclose(pieces.probabilities(), whole.probabilities(), rtol=1e-5)


def test_streams_of_one_model_share_what_is_prepared_until_it_is_fitted_again(fitted):
    assert fitted.stream().frozen is fitted.stream().frozen
    other = copy.copy(fitted)
    other.weights_ = copy.deepcopy(fitted.weights_)
    assert other.stream().frozen is not fitted.stream().frozen


def test_generates_the_same_from_the_same_seed(fitted):
    one, two, other = (fitted.generate("the cat", 20, Decoding(seed=seed)) for seed in (1, 1, 2))
    assert one == two != other
    assert one.startswith("the cat")
    assert fitted.generate("the cat", 0) == "the cat"
    greedy = Decoding(temperature=0)
    assert fitted.generate("Zebras like  the", 1, greedy).startswith("Zebras like  the ")
    assert fitted.generate("the cat ", 3, greedy) == fitted.generate("the cat", 3, greedy)
    with pytest.raises(InputError, match="words is -1"):
        fitted.generate("", -1)


def test_counts_are_restored(fitted, keyboard):
    np.testing.assert_array_equal(unrolled.load(keyboard).input_.counts, fitted.input_.counts)


def test_a_baseline_or_counts_of_another_vocabulary_are_refused(fitted, keyboard, held_out, tmp_path):
    folder = ModelFolder.open(keyboard)
    config = {key: value for key, value in folder.config.items() if key not in ("format", "library", "files")}
    other = NGram.fit(np.array([2, 3, 4, 1] * 20), 5, 3).arrays()
    vocabulary = Vocabulary(["<unk>", "<eos>", "the"], np.array([1, 2, 3])).to_json()
    texts = {"tokenizer.json": folder.text("tokenizer.json"), "vocabulary.json": vocabulary}
    write_model_folder(tmp_path / "lie", config, {"model": folder.tensors("model"), "baseline": other}, texts)
    model = unrolled.load(tmp_path / "lie")
    with pytest.raises(InputError, match="the n-gram knows 5 tokens"):
        model.evaluate(held_out)
    with pytest.raises(InputError, match=r"vocabulary\.json"):
        model.save(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_the_torch_model_and_the_runtime_agree(fitted):
    import torch

    from unrolled.nn import TORCH, TreeModule

    ids = fitted.input_.tokenizer.encode("the cat sees the red car. my friend")[None]
    model, _ = fitted.network()
    module = TreeModule(lambda params, x: model.forward(TORCH, params, x)[0], fitted.weights_)
    weights, bias = model.output.matrix(module.tree())
    with torch.no_grad():
        expected = torch.softmax(module(torch.from_numpy(ids)) @ weights.T + bias, -1)[0, -1].numpy()
    np.testing.assert_allclose(fitted.stream().feed("").probabilities().sum(), 1, rtol=1e-5)
    frozen = Frozen(model, fitted.weights_)
    features, _ = frozen.read(list(ids), frozen.zero[None])
    np.testing.assert_allclose(kernels.softmax(frozen.scores(features))[0], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "gru", "layers": 2},
        {"cell": "rnn", "tied": False, "embedding": 12},
        {"cell": "rnn-relu", "tokens": "character"},
        {"tokens": "bpe", "vocabulary": 300, "embedding": 10, "layers": 2},
        {"tokens": "space", "lines": True},
        {"model": "dense", "context": 3},
        {"model": "dense", "context": 1, "tied": False},
    ],
    ids=str,
)
def test_every_kind_of_model_fits_saves_and_predicts(book, held_out, tmp_path, settings):
    model = NextWord(width=16, training=QUICK, **settings).fit(book)
    model.save(tmp_path / "model")
    loaded = unrolled.load(tmp_path / "model")
    assert loaded.predict("the cat") == model.predict("the cat")
    result = loaded.evaluate(held_out)
    assert np.isfinite(result.metrics["perplexity"])
    assert ("keystrokes_saved" in result.metrics) == (model.tokens in ("word", "space"))


def test_the_same_seed_gives_the_same_model_and_another_seed_another(book):
    one, two = (NextWord(width=8, training=QUICK).fit(book).weights_ for _ in range(2))
    np.testing.assert_array_equal(one.words.vectors, two.words.vectors)
    other = copy.copy(QUICK)
    object.__setattr__(other, "seed", 5)
    assert not np.array_equal(one.words.vectors, NextWord(width=8, training=other).fit(book).weights_.words.vectors)


@pytest.mark.parametrize("content", ["", "   \n\n ", "word"])
def test_too_little_text_is_refused(tmp_path, content):
    path = tmp_path / "little.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        NextWord(training=QUICK).fit(path)


def test_an_unfinished_run_is_not_overwritten_unasked(book, tmp_path):
    run = tmp_path / "model.run"
    NextWord(width=8, training=QUICK).fit(book, run=run)
    before = (run / "resume.safetensors").read_bytes()
    with pytest.raises(InputError, match="take resume=True, or start again"):
        NextWord(width=8, training=QUICK).fit(book, run=run)
    assert (run / "resume.safetensors").read_bytes() == before


def test_a_run_is_not_resumed_with_another_validation_part(book, held_out, tmp_path):
    run = tmp_path / "model.run"
    NextWord(width=8, training=QUICK).fit(book, valid=held_out, run=run)
    for valid in (None, book):
        with pytest.raises(InputError, match=r"written with data\.valid"):
            NextWord(width=8, training=QUICK).fit(book, valid=valid, run=run, resume=True)
    NextWord(width=8, training=QUICK).fit(book, valid=held_out, run=run, resume=True)


def test_with_nothing_to_resume_nothing_is_read(tmp_path):
    for run in (None, tmp_path):
        with pytest.raises(InputError, match="nothing to resume"):
            NextWord().fit("missing.txt", run=run, resume=True)


def test_a_second_fit_on_bad_data_leaves_the_first(book, tmp_path):
    model = NextWord(width=8, training=QUICK).fit(book)
    before = model.predict("the cat")
    little = tmp_path / "little.txt"
    little.write_text("word", encoding="utf-8")
    with pytest.raises(InputError, match="tokens"):
        model.fit(little)
    assert model.predict("the cat") == before


def test_training_without_torch_names_the_extra(book):
    code = f"""
import sys
sys.modules["torch"] = None
from unrolled import NextWord, MissingExtra
try:
    NextWord().fit({str(book)!r})
except MissingExtra as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'unrolled[train]'" in done.stdout


def test_a_path_may_be_one_or_several(book, held_out, tmp_path):
    one = NextWord(width=8, training=QUICK).fit([book, Path(held_out)], valid=book)
    alone = NextWord(width=8, training=QUICK).fit(book, valid=book)
    assert one.fitted_.items == alone.fitted_.items + _tokens(one, held_out)


def _tokens(model, path):
    return int(model.evaluate(path).metrics["tokens"])


@pytest.mark.parametrize("events", ["notes", "chords"])
def test_music_is_refused_with_what_to_write_instead(book, events):
    message = rf"tokens is {events}; .* unrolled\.Composer\(events='{events}'\)"
    with pytest.raises(InputError, match=message):
        NextWord(tokens=events)
    with pytest.raises(InputError, match=message):
        NextWord().set_params(tokens=events).fit(book)


def test_a_model_of_words_makes_no_music(fitted):
    with pytest.raises(InputError, match=r"a model of text makes no music; expected one fitted with `unrolled fit c"):
        fitted.play()


def test_bad_values_are_refused_at_once():
    with pytest.raises(InputError, match="cell is 'foo'; expected one of rnn"):
        NextWord(cell="foo")
    with pytest.raises(InputError, match="training is 5; expected an unrolled"):
        NextWord(training=5)
    with pytest.raises(InputError, match="epochs is 0"):
        NextWord(training=Training(epochs=0))


def test_only_words_that_are_all_unknown_are_remarked_on(fitted):
    assert fitted.remark("Xyzzy qwrtp") == "none of the words of 'Xyzzy qwrtp' is in the model's vocabulary"
    assert fitted.remark("Xyzzy cat") == fitted.remark("") == ""


def test_answers_are_those_of_the_network_and_its_n_gram_mixed(fitted, held_out, tmp_path):
    found = fitted.evaluate(held_out)
    assert list(found.columns) == ["mixture", "network", "Kneser–Ney 3-gram"]
    mixture, network, ngram = (scores["perplexity"] for scores in found.columns.values())
    assert mixture <= 1.02 * min(network, ngram)
    assert found.to_json()["network"]["perplexity"] == network
    assert "both mixed: " in fitted.summary()
    fitted.save(tmp_path / "model")
    loaded = unrolled.load(tmp_path / "model")
    stream, ids = loaded.stream().feed("the cat"), loaded.input_.encode("the cat")
    alone = unrolled.load(tmp_path / "model").set_params(mixture=False)
    assert list(alone.evaluate(held_out).columns) == ["network", "Kneser–Ney 3-gram"]
    weights = loaded.learnt_.mixture
    share = weights.of(loaded.baseline_.left(np.array(loaded.baseline_.nodes([1, *ids]))[:, None]))
    by_hand = share * alone.stream().feed("the cat").probabilities() + (1 - share) * loaded.baseline_.distribution(ids)
    np.testing.assert_allclose(stream.probabilities(), by_hand, rtol=1e-5)
    with pytest.raises(InputError, match="mixes nothing"):
        alone.mix(held_out)


def test_a_model_without_weights_answers_with_its_network_until_they_are_chosen(fitted, book, held_out):
    model = copy.copy(fitted)
    model.learnt_ = dataclasses.replace(fitted.learnt_, mixture=None)
    assert list(model.evaluate(held_out).columns) == ["network", "Kneser–Ney 3-gram"]
    assert next(iter(model.mix(held_out).evaluate(held_out).columns)) == "mixture"
    assert fitted.learnt_.mixture != model.learnt_.mixture is not None
