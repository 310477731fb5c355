"""Notes and chords from music to a model folder and back to music."""

import dataclasses
import json
from itertools import repeat

import numpy as np
import pytest

pytest.importorskip("symusic")

from tests.melodies import MELODIES, write_melodies

import unrolled
from unrolled import Composer, InputError, Training
from unrolled.inputs.notes import Notes
from unrolled.settings import Decoding
from unrolled.sources.notation import chord_text, frames_of_text, notes_of_text
from unrolled.sources.score import Timing
from unrolled.storage.model_folder import ModelFolder, write_model_folder

TUNES = ("C4+E4 D4+F4 E4+G4 - C5", "A3 A3 B3+D4 B3+D4 C4", "G4 F4+A4 E4 D4+F4 C4 -", "C5+E5 - C5+F5 - C5+G5")
QUICK = Training(epochs=150, batch=4, window=8, learning_rate=0.03, patience=150)


@pytest.fixture(scope="module")
def melodies(tmp_path_factory):
    """A folder of MIDI files."""
    return write_melodies(tmp_path_factory.mktemp("music") / "melodies")


@pytest.fixture(scope="module")
def bach(melodies):
    training = Training(epochs=100, batch=2, window=16, learning_rate=0.02, patience=100)
    return Composer(width=24, dropout=0.0, order=3, training=training).fit(melodies, valid=melodies)


def chorales(*tunes):
    """Tunes as chorale JSON has them."""
    return [[(np.flatnonzero(frame) + 21).tolist() for frame in frames_of_text(tune)] for tune in tunes]


@pytest.fixture(scope="module")
def tunes(tmp_path_factory):
    path = tmp_path_factory.mktemp("music") / "tunes.json"
    path.write_text(json.dumps({part: chorales(*TUNES) for part in ("train", "valid", "test")}))
    return path


@pytest.fixture(scope="module")
def choir(tunes):
    return Composer(events="chords", width=24, dropout=0.0, training=QUICK).fit(tunes)


@pytest.mark.parametrize(
    ("settings", "cell", "units", "dropout"),
    [
        ({}, "lstm", 256, 0.2),
        ({"events": "chords"}, "gru", 200, 0.3),
        ({"events": "chords", "cell": "lstm", "width": 8, "dropout": 0.0}, "lstm", 8, 0.0),
    ],
    ids=str,
)
def test_what_is_not_given_is_usual_for_the_events(settings, cell, units, dropout):
    network = Composer(**settings).network_settings
    assert (network.cell, network.width, network.dropout) == (cell, units, dropout)


@pytest.mark.parametrize(
    "change",
    [{"vocabulary": 50}, {"order": 2}, {"model": "dense"}, {"tied": False}, {"embedding": 8}, {"context": 3}],
    ids=str,
)
def test_what_means_nothing_with_chords_is_refused(tunes, change):
    (name,) = change
    with pytest.raises(InputError, match=f'{name} means nothing with events="chords"; leave it out'):
        Composer(events="chords", **change).fit(tunes)


def test_notes_are_words_of_a_language_model(bach, melodies):
    assert set(bach.input_.tokenizer.tokens) == {"<unk>", "<eos>", *" ".join(MELODIES).split()}
    result = bach.evaluate(melodies)
    assert result.metrics["perplexity"] < 2
    assert "keystrokes_saved" not in result.metrics
    steps = sum(2 * notes_of_text(melody)[1] for melody in MELODIES)
    nats = result.metrics["nats_per_token"] * result.metrics["tokens"]
    assert result.metrics["nats_per_second"] == pytest.approx(nats / (steps * 60 / (90 * 4)), rel=1e-3)
    assert result.baseline["nats_per_second"] > 0
    assert bach.predict("C4/4 E4/4 >4 D4/4", 1)[0].text == "F4/4"


def test_a_tune_lasts_as_asked_in_the_tempo_that_was_learnt(bach):
    two, three = Decoding(temperature=3.0, seed=2), Decoding(temperature=3.0, seed=3)
    tune = bach.play("", 8.0, two)
    assert tune.tempo == pytest.approx(90, rel=1e-4)
    assert tune == bach.play("", 8.0, two) != bach.play("", 8.0, three)
    end = max(note.start + note.seconds for note in tune.notes)
    assert 4 < end <= 8 + 1e-3
    begun = bach.play("C4/4 E4/4", 2.0, Decoding(temperature=0))
    assert [note.note for note in begun.notes] == [60, 64, 62, 65, 64, 67]
    assert bach.generate("C4/4 E4/4", 3, Decoding(temperature=0)) == "C4/4 E4/4 >4 D4/4 F4/4"


def test_a_model_for_which_time_stands_still_comes_to_an_end(bach):
    notes = Notes(4, 100)
    notes.timing = Timing(4, 60.0)
    notes.learn(["C4/1 D4/1"])
    tune = notes.play("C4/1", repeat(notes.encode("D4/1")), 1.0)
    assert [note.note for note in tune.notes] == [60, 62]


def test_it_overfits_a_handful_of_pieces(choir, tunes):
    result = choir.evaluate(tunes)
    assert result.metrics["nats_per_frame"] < 1
    assert result.metrics["nats_per_frame"] < result.baseline["nats_per_frame"]
    assert result.metrics["accuracy"] > 0.7
    assert result.metrics["frames"] == sum(len(tune.split()) for tune in TUNES)
    assert choir.fitted_.loss == pytest.approx(result.parts["network"]["nats_per_frame"], rel=1e-4)
    assert choir.fitted_.baseline_loss == pytest.approx(result.baseline["nats_per_frame"], rel=1e-6)
    assert {one.text for one in choir.predict("G4", n=2)} == {"F4", "A4"}


def test_evaluation_is_the_streams_own_probabilities(choir, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(chorales(TUNES[0])))
    stream, nats = choir.stream(), 0.0
    frames = frames_of_text(TUNES[0])
    for frame in frames:
        chances = stream.probabilities().astype(np.float64)
        nats -= np.log(np.where(frame, chances, 1 - chances)).sum()
        stream.feed(frame[None])
    assert choir.evaluate(path).metrics["nats_per_frame"] == pytest.approx(nats / len(frames), rel=1e-4)


def test_chords_are_answered_with_the_network_and_its_baseline_mixed(choir, tunes, tmp_path):
    result = choir.evaluate(tunes)
    assert list(result.columns) == ["mixture", "network", choir.baseline_.name]
    weight = choir.learnt_.mixture
    assert 0.5 < weight.network <= 1  # the network is better by far, and the frames are few
    assert f"both mixed: {weight.loss:.3f}" in choir.summary()
    assert weight.loss == pytest.approx(result.metrics["nats_per_frame"], rel=1e-4)
    choir.save(tmp_path / "choir")
    loaded = unrolled.load(tmp_path / "choir")
    assert loaded.learnt_.mixture == weight
    assert loaded.predict("C4+E4", 5) == choir.predict("C4+E4", 5)
    alone = unrolled.load(tmp_path / "choir").set_params(mixture=False)
    assert list(alone.evaluate(tunes).columns) == ["network", choir.baseline_.name]
    piece = np.concatenate([frames_of_text("C4+E4"), frames_of_text("C4")])  # the last frame is predicted
    expected = weight.network * alone.stream().feed("C4+E4").scores()
    expected = expected + (1 - weight.network) * loaded.baseline_.log_odds(piece)[1]
    np.testing.assert_allclose(loaded.stream().feed("C4+E4").scores(), expected, rtol=1e-4, atol=1e-5)
    loaded.learnt_ = dataclasses.replace(loaded.learnt_, mixture=None)  # as those of earlier versions
    assert loaded.predict("C4+E4", 5) == alone.predict("C4+E4", 5)
    assert loaded.mix(f"{tunes}#valid").learnt_.mixture == weight


def test_music_goes_on_from_chords_for_as_long_as_asked(choir):
    assert choir.generate("C4+E4", 0) == "C4+E4"
    one, two, other = (choir.generate("C4+E4", 12, Decoding(seed=seed)) for seed in (1, 1, 2))
    assert one == two != other
    assert len(one.split()) == 13
    assert choir.generate("G4", 5, Decoding(temperature=0)) == TUNES[2]
    tune = choir.play("C4 C4", 6.0, Decoding(seed=1))  # a step is a beat: 0.6 s
    assert tune.tempo == 100
    assert tune.notes[0][:3] == (0.0, pytest.approx(0.6 * 2, abs=0.61), 60)
    assert max(note.start + note.seconds for note in tune.notes) <= 2 * 0.6 + 6.0 + 1e-6
    with pytest.raises(InputError, match="seconds is 0"):
        choir.play("", 0)
    with pytest.raises(InputError, match="words is -1"):
        choir.generate("", -1)


def test_what_no_model_of_chords_can_answer_is_refused(choir):
    with pytest.raises(InputError, match="'hello' is no note of a piano"):
        choir.predict("C4 hello")
    with pytest.raises(InputError, match=r"frames are \(2, 87\); expected \(T, 88\)"):
        choir.predict(np.zeros((2, 87)))
    with pytest.raises(InputError, match="frames are list"):
        choir.predict([[0]])


def test_its_steps_are_the_chords(choir):
    names, vectors = choir.steps("C4+E4 -")
    assert names == ["C4+E4", "-"]
    assert chord_text(vectors.astype(bool)) == "C4+E4 -"


def test_a_tuned_model_is_not_worse(choir, tunes):
    tuned = choir.tune(tunes, training=Training(epochs=1, batch=2))
    assert tuned.fitted_.loss <= tuned.fitted_.start_loss == pytest.approx(choir.fitted_.loss, rel=1e-5)
    assert choir.fitted_.start == ""


def test_pieces_are_held_out_where_none_are_named(tmp_path):
    path = tmp_path / "list.json"
    path.write_text(json.dumps(chorales(*TUNES)))
    model = Composer(events="chords", width=4, training=Training(epochs=1)).fit(path)
    assert model.fitted_.items == sum(len(tune.split()) for tune in TUNES[:-1])
    path.write_text(json.dumps(chorales(TUNES[0])))
    with pytest.raises(InputError, match=r"list\.json, piece 1: the only piece; expected at least 2"):
        Composer(events="chords").fit(path)
    path.write_text(json.dumps([[[60]], [[20]]]))
    with pytest.raises(InputError, match=r"piece 2: note 20 in step 1; expected 21 to 108"):
        Composer(events="chords").fit(path)


def test_a_damaged_folder_is_refused(choir, tmp_path):
    choir.save(tmp_path / "choir")
    folder = ModelFolder.open(tmp_path / "choir")
    config = {key: value for key, value in folder.config.items() if key not in ("format", "library", "files")}
    tensors = {"model": folder.tensors("model"), "baseline": {"chances": np.ones((2, 88))}}
    write_model_folder(tmp_path / "a", config, tensors, {"music.json": '{"grid": 4, "tempo": 100.0}'})
    with pytest.raises(InputError, match="the baseline's chances"):
        unrolled.load(tmp_path / "a").baseline_  # noqa: B018
    write_model_folder(tmp_path / "b", config, tensors, {"music.json": '{"grid": 0}'})
    with pytest.raises(InputError, match=r"music\.json: grid is 0"):
        unrolled.load(tmp_path / "b")


def test_its_gradient_can_be_watched(tunes, tmp_path):
    training = Training(epochs=1, watch_gradients=True)
    Composer(events="chords", width=4, training=training).fit(tunes, run=tmp_path / "run")
    events = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    layers = next(event["layers"] for event in events if event["event"] == "gradients")
    assert layers[0]["norms"][0] > 0
