"""Music as a user types it: notes as tokens, chords as frames, MIDI in and out."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("symusic")

import unrolled
from unrolled import InputError, NextChord, NextWord, Training
from unrolled.settings import Decoding
from unrolled.sources.midi import played
from unrolled.sources.music import read_pieces
from unrolled.sources.notation import note_text, notes_of_text
from unrolled.sources.score import Piece, Timing

TUNES = (
    "C4/4 E4/4 >4 D4/4 F4/4 >4 E4/8 G4/8 >8",
    "A3/8 >8 B3/4 D4/4 >4 C4/4 >4",
    "G4/4 >4 F4/2 >2 E4/2 >2 D4/8 >8",
)
FIT = ("--width", "16", "--epochs", "2", "--batch", "2", "--window", "8")


@pytest.fixture(scope="module")
def tunes(tmp_path_factory):
    """A folder of MIDI files."""
    folder = tmp_path_factory.mktemp("music") / "tunes"
    folder.mkdir()
    for number, tune in enumerate(TUNES * 2):
        notes, steps = notes_of_text(tune)
        played(Piece(notes, steps, Timing(4, 90.0))).write(folder / f"{number}.mid")
    return folder


@pytest.fixture(scope="module")
def bach(tunes):
    training = Training(epochs=100, batch=2, window=16, learning_rate=0.02, patience=100)
    return NextWord(tokens="notes", width=24, dropout=0.0, order=3, training=training).fit(tunes, valid=tunes)


@pytest.fixture(scope="module")
def folder(bach, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "bach"
    bach.save(path)
    return path


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Run a command in an empty folder → exit code, standard output, standard error without its frames."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code, out, err = run_command(*words)
        return code, out, " ".join(err.replace("│", " ").split())

    return call


def test_notes_are_words_of_a_language_model(bach, tunes):
    assert set(bach.tokenizer_.tokens) == {"<unk>", "<eos>", *" ".join(TUNES).split()}
    result = bach.evaluate(tunes)
    assert result.metrics["perplexity"] < 2
    assert "keystrokes_saved" not in result.metrics
    steps = sum(2 * notes_of_text(tune)[1] for tune in TUNES)
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
    from unrolled.tasks.medium import NoteMedium

    medium = NoteMedium(4, Timing(4, 60.0))
    tune = medium.play("C4/1", iter(lambda: "D4/1", None), 1.0)
    assert [note.note for note in tune.notes] == [60, 62]


def test_saved_and_loaded_it_plays_the_same_without_torch(bach, folder, tunes):
    code = f"""
import sys
sys.modules["torch"] = None
import unrolled
model = unrolled.load({str(folder)!r})
print(model.play("", 5), model.predict("A3/8"), model.evaluate({str(tunes)!r}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{bach.play('', 5)} {bach.predict('A3/8')} {bach.evaluate(tunes)}\n"


def test_a_model_of_notes_is_no_keyboard_and_one_of_words_makes_no_music(bach, fitted):
    with pytest.raises(InputError, match="a model of notes has no keyboard"):
        bach.session()
    with pytest.raises(InputError, match="a model of word tokens makes no music"):
        fitted.play()
    with pytest.raises(InputError, match=r"unrolled\.NextChord"):
        NextWord(tokens="chords").fit("a.mid")


def test_from_midi_to_midi(run, tunes, tmp_path):
    code, _, err = run("fit", "next-word", tunes, "--tokens", "notes", "-o", "bach/", *FIT)
    assert code == 0, err
    code, out, err = run("generate", "bach/", "--seconds", "3", "-o", "tune.mid")
    assert (code, out) == (0, "")
    assert "tune.mid:" in err
    assert read_pieces(tmp_path / "tune.mid", 4)[0].timing.tempo == pytest.approx(90, rel=1e-4)
    code, out, _ = run("predict", "bach/", f"@{tunes / '0.mid'}", "--json")
    assert json.loads(out)["input"] == note_text(read_pieces(tunes / "0.mid", 4)[0])
    code, out, _ = run("evaluate", "bach/", tunes)
    assert "nats per second" in out
    assert run("generate", "bach/", "A3/8", "--words", "0")[1] == "A3/8\n"
    code, out, _ = run("generate", "bach/", "--seconds", "2")
    assert json.loads(out)["notes"][0].keys() == {"start", "seconds", "note", "velocity"}
    code, _, err = run("generate", "bach/", "--seconds", "3", "-o", "tune.mid")
    assert (code, err.strip()) == (2, "error: tune.mid exists already; --overwrite replaces it")
    assert run("generate", "bach/", "--seconds", "3", "-o", "tune.mid", "--overwrite")[0] == 0


def test_from_chorales_to_midi(run, tunes, tmp_path):
    chorales = [[[60, 64], [60, 65], [], [62]], [[64], [65, 69], [67]], [[60], [62], [64]]]
    (tmp_path / "chorales.json").write_text(json.dumps(chorales))
    code, _, err = run("fit", "next-word", "chorales.json", "--tokens", "chords", "-o", "choir/", *FIT)
    assert code == 0, err
    assert "nats per frame" in err
    assert isinstance(unrolled.load(tmp_path / "choir"), NextChord)
    assert run("generate", "choir/", "C4+E4", "--seconds", "3", "-o", "tune.mid", "--seed", "4")[0] == 0
    assert read_pieces(tmp_path / "tune.mid", 1)[0].notes[0].tolist()[::2] == [0, 60]
    code, out, _ = run("evaluate", "choir/", "chorales.json")
    assert "accuracy" in out
    assert "10 frames of 3 pieces" in out
    code, out, _ = run("predict", "choir/", "@tune.mid", "-n", "2")
    assert len(out.splitlines()) == 2
    assert "chords of 88 notes" in run("describe", "choir/")[1]
    code, _, err = run("fit", "next-word", tunes, "--tokens", "chords", "-o", "other/", "--from", "choir", *FIT[2:4])
    assert code == 0, err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("fit", "next-word", "bad.mid", "--tokens", "notes", "-o", "m"), "bad.mid: no sound MIDI file"),
        (
            ("fit", "next-word", "bad.json", "--tokens", "chords", "-o", "m"),
            "bad.json, piece 1, frame 2: 'x'; expected",
        ),
        (("fit", "next-word", "a", "--tokens", "chords", "--order", "3", "-o", "m"), "--order means nothing with"),
        (("generate", "MODEL", "--seconds", "0", "-o", "a.mid"), "seconds is 0.0; expected more than 0"),
        (("generate", "MODEL", "-o", "a.wav"), "expected a name that ends in .mid"),
        (("predict", "MODEL", "@bad.mid"), "bad.mid: no sound MIDI file"),
        (("evaluate", "MODEL", "none"), "'none': No such file or directory"),
        (("export", "CHOIR", "--onnx", "a.onnx"), "a next-chord model cannot be exported"),
    ],
)
def test_bad_input_is_told_with_its_place(run, folder, tmp_path, words, message):
    (tmp_path / "bad.mid").write_bytes(b"MThd nonsense")
    (tmp_path / "bad.json").write_text('[[[60], "x"]]')
    if "CHOIR" in words:
        pytest.importorskip("onnx")
        (tmp_path / "two.json").write_text("[[[60], [62]], [[64]]]")
        assert run("fit", "next-word", "two.json", "--tokens", "chords", "-o", "CHOIR", *FIT)[0] == 0
    code, out, err = run(*(folder if word == "MODEL" else word for word in words))
    assert (code, out) == (2, "")
    assert message in err
    assert not list(tmp_path.glob("a.*"))
    assert not (tmp_path / "m.run").exists()
