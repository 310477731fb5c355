"""Music on the command line as a user types it: notes and chords, MIDI in and out, and the commands of 0.1.0."""

import json

import pytest

pytest.importorskip("symusic")

from tests.melodies import write_melodies

import unrolled
from unrolled import Composer, Training
from unrolled.sources.music import read_pieces
from unrolled.sources.notation import note_text

CHORALES = [[[60, 64], [60, 65], [], [62]], [[64], [65, 69], [67]], [[60], [62], [64]]]
FIT = ("--width", "16", "--epochs", "2", "--batch", "2", "--window", "8")


@pytest.fixture(scope="module")
def tunes(tmp_path_factory):
    """A folder of MIDI files."""
    return write_melodies(tmp_path_factory.mktemp("music") / "tunes")


@pytest.fixture(scope="module")
def folder(tunes, tmp_path_factory):
    """A small model of notes."""
    path = tmp_path_factory.mktemp("models") / "bach"
    Composer(width=8, training=Training(epochs=2, batch=2, window=8)).fit(tunes).save(path)
    return path


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Run a command in an empty folder → exit code, standard output, standard error without its frames."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code, out, err = run_command(*words)
        return code, out, " ".join(err.replace("│", " ").split())

    return call


def test_from_midi_to_midi(run, tunes, tmp_path):
    code, _, err = run("fit", "compose", tunes, "--events", "notes", "-o", "bach/", *FIT)
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
    (tmp_path / "chorales.json").write_text(json.dumps(CHORALES))
    code, _, err = run("fit", "compose", "chorales.json", "--events", "chords", "-o", "choir/", *FIT)
    assert code == 0, err
    assert "nats per frame" in err
    assert unrolled.load(tmp_path / "choir").events == "chords"
    assert run("generate", "choir/", "C4+E4", "--seconds", "3", "-o", "tune.mid", "--seed", "4")[0] == 0
    assert read_pieces(tmp_path / "tune.mid", 1)[0].notes[0].tolist()[::2] == [0, 60]
    code, out, _ = run("evaluate", "choir/", "chorales.json")
    assert "accuracy" in out
    assert "10 frames of 3 pieces" in out
    code, out, _ = run("predict", "choir/", "@tune.mid", "-n", "2")
    assert len(out.splitlines()) == 2
    assert "chords of 88 notes" in run("describe", "choir/")[1]
    code, _, err = run("fit", "compose", tunes, "--events", "chords", "-o", "other/", "--from", "choir", *FIT[2:4])
    assert code == 0, err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("fit", "compose", "bad.mid", "-o", "m"), "bad.mid: no sound MIDI file"),
        (
            ("fit", "compose", "bad.json", "--events", "chords", "-o", "m"),
            "bad.json, piece 1, frame 2: 'x'; expected",
        ),
        (("generate", "MODEL", "--seconds", "0", "-o", "a.mid"), "seconds is 0.0; expected more than 0"),
        (("generate", "MODEL", "-o", "a.wav"), "expected a name that ends in .mid"),
        (("predict", "MODEL", "@bad.mid"), "bad.mid: no sound MIDI file"),
        (("evaluate", "MODEL", "none"), "'none': No such file or directory"),
        (("export", "CHOIR", "--onnx", "a.onnx"), "a compose model cannot be exported"),
    ],
)
def test_bad_input_is_told_with_its_place(run, folder, tmp_path, words, message):
    (tmp_path / "bad.mid").write_bytes(b"MThd nonsense")
    (tmp_path / "bad.json").write_text('[[[60], "x"]]')
    if "CHOIR" in words:
        pytest.importorskip("onnx")
        (tmp_path / "two.json").write_text("[[[60], [62]], [[64]]]")
        assert run("fit", "compose", "two.json", "--events", "chords", "-o", "CHOIR", *FIT)[0] == 0
    code, out, err = run(*(folder if word == "MODEL" else word for word in words))
    assert (code, out) == (2, "")
    assert message in err
    assert not list(tmp_path.glob("a.*"))
    assert not (tmp_path / "m.run").exists()


@pytest.mark.parametrize(
    ("task", "words", "events"),
    [
        ("next-word", ("--tokens", "notes"), "notes"),
        ("next-word", ("--tokens", "chords"), "chords"),
        ("next-word", ("--tokens=notes",), "notes"),
        ("next-word", ("--tokens=chords", "--cell", "rnn"), "chords"),
        ("next-chord", (), "chords"),
    ],
)
def test_commands_of_0_1_0_go_on_to_work_and_say_what_to_type(run, tmp_path, task, words, events):
    (tmp_path / "chorales.json").write_text(json.dumps(CHORALES))
    code, out, err = run("fit", task, "chorales.json", *words, "-o", "m", *FIT)
    assert (code, out) == (0, ""), err
    assert f"this is now: unrolled fit compose --events {events}" in err
    model = unrolled.load(tmp_path / "m")
    assert (model.name, model.events, model.input_.kind) == ("compose", events, events)


def test_todays_command_says_nothing_of_earlier_ones(run, tmp_path):
    (tmp_path / "chorales.json").write_text(json.dumps(CHORALES))
    code, _, err = run("fit", "compose", "chorales.json", "-o", "m", *FIT)
    assert code == 0
    assert "this is now" not in err
    assert unrolled.load(tmp_path / "m").events == "notes"


@pytest.mark.parametrize("command", [("compose", "--events", "chords"), ("next-word", "--tokens", "chords")], ids=str)
@pytest.mark.parametrize(
    "words",
    [("--vocabulary", "50"), ("--order", "2"), ("--model", "dense"), ("--no-tied",), ("--embedding", "8")],
    ids=str,
)
def test_what_means_nothing_with_chords_is_refused(run, tmp_path, command, words):
    (tmp_path / "chorales.json").write_text(json.dumps(CHORALES))
    code, out, err = run("fit", command[0], "chorales.json", *command[1:], *words, "-o", "m", *FIT)
    assert (code, out) == (2, "")
    assert f"{words[0].replace('--no-', '--')} means nothing with --events chords; leave it out" in err
    assert [path.name for path in tmp_path.iterdir()] == ["chorales.json"]
