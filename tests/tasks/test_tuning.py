"""A fitted model goes on learning from another text."""

import json
import subprocess
import sys

import numpy as np
import pytest

import unrolled
from unrolled import InputError, NextWord, Training
from unrolled.arrays import flatten

PLACES = ("sea", "wood", "town", "hill")
FIT = Training(epochs=2, batch=4, window=8, learning_rate=0.02)
TUNE = Training(epochs=4, batch=4, window=8, learning_rate=0.005)


def diary(count: int, seed: int) -> str:
    """Sentences of another grammar, over words that the book knows but for the places."""
    rng = np.random.default_rng(seed)
    lines = [f"my old dog likes the red moon {rng.choice(PLACES)}. Anna hears a cat." for _ in range(count)]
    return "\n\n".join(lines)


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine") / "mine.txt"
    path.write_text(diary(60, seed=1), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def mine_held_out(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine") / "held_out.txt"
    path.write_text(diary(30, seed=2), encoding="utf-8")
    return path


def weights_of(model):
    return {name: value.copy() for name, value in flatten(model.weights_).items()}


def assert_same_weights(one, two):
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cell": "gru", "layers": 2, "tied": False, "embedding": 10},
        {"tokens": "space"},
        {"tokens": "character"},
        {"tokens": "bpe", "vocabulary": 300},
        {"model": "dense", "context": 3},
    ],
    ids=str,
)
def test_a_tuned_model_is_better_on_that_text_and_its_start_stays_as_it_was(book, mine, mine_held_out, settings):
    start = NextWord(width=16, training=FIT, **settings).fit(book)
    before, fitted, params = weights_of(start), start.fitted_, start.get_params(deep=False)
    tuned = start.tune(mine, training=TUNE)
    assert_same_weights(weights_of(start), before)
    assert (start.fitted_, start.get_params(deep=False)) == (fitted, params)
    assert tuned.get_params(deep=False) == params | {"training": TUNE}
    assert tuned.fitted_.loss < tuned.fitted_.start_loss
    assert tuned.evaluate(mine_held_out).metrics["perplexity"] < start.evaluate(mine_held_out).metrics["perplexity"]


def test_it_is_never_worse_than_its_start_on_the_part_held_out(fitted, mine, held_out):
    wild = Training(epochs=2, batch=4, window=8, learning_rate=50.0, clip=0.0, optimizer="sgd")
    tuned = fitted.tune(mine, valid=held_out, training=wild)
    assert tuned.fitted_.loss == tuned.fitted_.start_loss
    assert_same_weights(weights_of(tuned), weights_of(fitted))


def test_the_baseline_is_the_better_of_two_ngrams(fitted, mine, held_out):
    assert fitted.tune(mine, training=TUNE).baseline_.fitted_tokens != fitted.baseline_.fitted_tokens
    assert fitted.tune(mine, valid=held_out, training=TUNE).baseline_ is fitted.baseline_


def test_folder_card_and_summary_say_where_it_comes_from(fitted, keyboard, mine, tmp_path):
    before = {path.name: path.read_bytes() for path in keyboard.iterdir()}
    tuned = unrolled.load(keyboard).tune(mine, training=TUNE)
    assert {path.name: path.read_bytes() for path in keyboard.iterdir()} == before
    tuned.save(tmp_path / "mine")
    checksum = json.loads(before["config.json"])["files"]["model.safetensors"]["sha256"]
    config = json.loads((tmp_path / "mine/config.json").read_text())
    assert config["fitted"]["start"] == checksum
    assert config["training"]["learning_rate"] == TUNE.learning_rate
    assert f"tuned from: the model.safetensors of sha256 {checksum}" in (tmp_path / "mine/README.md").read_text()
    loaded = unrolled.load(tmp_path / "mine")
    assert loaded.predict("my old dog") == tuned.predict("my old dog")
    assert loaded.summary() == tuned.summary()
    for part in ("validation perplexity", "at the start", "baseline's", "not in the model's vocabulary"):
        assert part in tuned.summary()
    assert "start" not in fitted.summary()


def test_resumed_it_ends_in_the_same_bits(fitted, mine, tmp_path, monkeypatch):
    from unrolled.training import Streamed

    whole = fitted.tune(mine, training=TUNE)
    loss, calls = Streamed.loss, []

    def stop_once(self, *arguments):
        calls.append(0)
        if len(calls) == stop:
            raise KeyboardInterrupt
        return loss(self, *arguments)

    monkeypatch.setattr(Streamed, "loss", stop_once)
    monkeypatch.setattr("unrolled.training.loop.SAVE_SECONDS", 0.0)
    for stop in (2, 30):  # before the first step's validation, and later
        calls.clear()
        run = tmp_path / f"{stop}.run"
        with pytest.raises(KeyboardInterrupt):
            fitted.tune(mine, run=run, training=TUNE)
        resumed = fitted.tune(mine, run=run, resume=True, training=TUNE)
        assert_same_weights(weights_of(resumed), weights_of(whole))
        assert (resumed.fitted_.loss, resumed.fitted_.start_loss) == (whole.fitted_.loss, whole.fitted_.start_loss)


def test_a_run_is_not_resumed_from_another_start(fitted, mine, tmp_path):
    run = tmp_path / "mine.run"
    tuned = fitted.tune(mine, run=run, training=TUNE)
    with pytest.raises(InputError, match=r"written with start\.sha256"):
        tuned.tune(mine, run=run, resume=True, training=TUNE)
    with pytest.raises(InputError, match="take resume=True, or start again"):
        fitted.tune(mine, run=run, training=TUNE)


def test_its_training_is_not_that_of_the_start_unless_given(book, tmp_path):
    little = tmp_path / "little.txt"
    little.write_text(diary(4, seed=3), encoding="utf-8")
    start = NextWord(width=8, training=FIT).fit(book)
    assert start.tune(little).training == Training()


def test_tuning_without_torch_names_the_extra(keyboard, mine):
    code = f"""
import sys
sys.modules["torch"] = None
import unrolled
model = unrolled.load({str(keyboard)!r})
try:
    model.tune({str(mine)!r})
except unrolled.MissingExtra as error:
    print(error, model.predict("the cat"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'unrolled[train]'" in done.stdout
    assert "Prediction" in done.stdout
