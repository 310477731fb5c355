"""Chords from music to a model folder and back to music."""

import json
import subprocess
import sys

import numpy as np
import pytest

import unrolled
from unrolled import InputError, NextChord, Training
from unrolled.settings import Decoding
from unrolled.sources.notation import chord_text, frames_of_text

TUNES = ("C4+E4 D4+F4 E4+G4 - C5", "A3 A3 B3+D4 B3+D4 C4", "G4 F4+A4 E4 D4+F4 C4 -", "C5+E5 - C5+F5 - C5+G5")
QUICK = Training(epochs=150, batch=4, window=8, learning_rate=0.03, patience=150)


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
    return NextChord(width=24, dropout=0.0, training=QUICK).fit(tunes)


@pytest.fixture(scope="module")
def folder(choir, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "choir"
    choir.save(path)
    return path


def test_it_overfits_a_handful_of_pieces(choir, tunes):
    result = choir.evaluate(tunes)
    assert result.metrics["nats_per_frame"] < 1
    assert result.metrics["nats_per_frame"] < result.baseline["nats_per_frame"] / 2
    assert result.metrics["accuracy"] > 0.7
    assert result.metrics["frames"] == sum(len(tune.split()) for tune in TUNES)
    assert choir.fitted_.loss == pytest.approx(result.metrics["nats_per_frame"], rel=1e-4)
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


def test_saved_and_loaded_it_answers_the_same_without_torch(choir, folder, tunes):
    code = f"""
import sys
sys.modules["torch"] = None
import unrolled
from unrolled.settings import Decoding
model = unrolled.load({str(folder)!r})
print(model.predict("C4+E4"), model.generate("C4", 30, Decoding(seed=3)), model.play("", 3))
print(model.evaluate({str(tunes)!r}), model.describe(), model.summary())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first = choir.predict("C4+E4"), choir.generate("C4", 30, Decoding(seed=3)), choir.play("", 3)
    second = choir.evaluate(tunes), choir.describe(), choir.summary()
    expected = [" ".join(map(str, line)) for line in (first, second)]
    assert done.stdout.splitlines() == expected
    assert json.loads((folder / "config.json").read_text())["task"] == "next-chord"


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
    with pytest.raises(InputError, match="n is 0"):
        choir.predict("C4", 0)
    with pytest.raises(InputError, match="has no stream"):
        choir.session()
    with pytest.raises(InputError, match="has learnt nothing yet"):
        NextChord().play()


def test_its_steps_are_the_chords(choir):
    names, vectors = choir.steps("C4+E4 -")
    assert names == ["C4+E4", "-"]
    assert chord_text(vectors.astype(bool)) == "C4+E4 -"


def test_a_run_goes_on_where_it_stopped(tunes, tmp_path):
    from unrolled.training import Trainer

    training = Training(epochs=6, batch=2, window=3, patience=60)
    whole = NextChord(width=8, training=training).fit(tunes)
    step, stop = Trainer.step, 7

    class Stop(Exception):
        pass

    def stopping(self, log):
        if self.state.position.step == stop:
            self._save()
            raise Stop
        step(self, log)

    run = tmp_path / "choir.run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", stopping)
        with pytest.raises(Stop):
            NextChord(width=8, training=training).fit(tunes, run=run)
    resumed = NextChord(width=8, training=training).fit(tunes, run=run, resume=True)
    np.testing.assert_array_equal(resumed.weights_.layers["0"].W, whole.weights_.layers["0"].W)
    assert resumed.fitted_.loss == whole.fitted_.loss


def test_a_tuned_model_is_not_worse(choir, tunes):
    tuned = choir.tune(tunes, training=Training(epochs=1, batch=2))
    assert tuned.fitted_.loss <= tuned.fitted_.start_loss == pytest.approx(choir.fitted_.loss, rel=1e-5)
    assert choir.fitted_.start == ""


def test_pieces_are_held_out_where_none_are_named(tmp_path):
    path = tmp_path / "list.json"
    path.write_text(json.dumps(chorales(*TUNES)))
    model = NextChord(width=4, training=Training(epochs=1)).fit(path)
    assert model.fitted_.items == sum(len(tune.split()) for tune in TUNES[:-1])
    path.write_text(json.dumps(chorales(TUNES[0])))
    with pytest.raises(InputError, match=r"list\.json, piece 1: the only piece; expected at least 2"):
        NextChord().fit(path)
    path.write_text(json.dumps([[[60]], [[20]]]))
    with pytest.raises(InputError, match=r"piece 2: note 20 in step 1; expected 21 to 108"):
        NextChord().fit(path)


def test_a_damaged_folder_is_refused(folder, tmp_path):
    from unrolled.storage.model_folder import ModelFolder, write_model_folder

    bundle = ModelFolder.open(folder)
    config = {key: value for key, value in bundle.config.items() if key not in ("format", "library", "files")}
    tensors = {"model": bundle.tensors("model"), "baseline": {"chances": np.ones((2, 88))}}
    write_model_folder(tmp_path / "a", config, tensors, {"music.json": '{"grid": 4, "tempo": 100.0}'})
    with pytest.raises(InputError, match="the baseline's chances"):
        unrolled.load(tmp_path / "a").summary()
    write_model_folder(tmp_path / "b", config, tensors, {"music.json": '{"grid": 0}'})
    with pytest.raises(InputError, match=r"music\.json: grid is 0"):
        unrolled.load(tmp_path / "b")


def test_its_gradient_can_be_watched(tunes, tmp_path):
    training = Training(epochs=1, watch_gradients=True)
    NextChord(width=4, training=training).fit(tunes, run=tmp_path / "run")
    events = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    layers = next(event["layers"] for event in events if event["event"] == "gradients")
    assert layers[0]["norms"][0] > 0
