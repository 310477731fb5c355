import struct
import subprocess
import sys

import numpy as np
import pytest

symusic = pytest.importorskip("symusic")

from unrolled.errors import InputError  # noqa: E402
from unrolled.sources.midi import PlayedNote, Tune, parse_midi, parse_pieces, played  # noqa: E402
from unrolled.sources.score import Piece, Timing, notes_of_frames  # noqa: E402


def midi(*notes, tempos=((0, 100.0),), drum=False, beat=480):
    """A MIDI file of (start, length, pitch) in ticks."""
    score, track = symusic.Score(beat), symusic.Track(is_drum=drum)
    for start, length, pitch in notes:
        track.notes.append(symusic.Note(start, length, pitch, 70))
    for time, tempo in tempos:
        score.tempos.append(symusic.Tempo(time, tempo))
    score.tracks.append(track)
    return score.dumps_midi()


def test_a_piece_written_and_read_is_the_same(tmp_path):
    frames = np.random.default_rng(1).random((60, 88)) < 0.1
    frames[0, 30] = frames[-1, 40] = True
    piece = Piece(notes_of_frames(frames), 60, Timing(4, 92.0))
    played(piece).write(tmp_path / "a.mid")
    read = parse_midi((tmp_path / "a.mid").read_bytes(), "a.mid", 4)
    np.testing.assert_array_equal(read.notes, piece.notes)
    assert (read.steps, read.timing.grid) == (60, 4)
    assert read.timing.tempo == pytest.approx(92, rel=1e-4)
    np.testing.assert_array_equal(read.frames(), frames)


def test_notes_are_rounded_to_the_grid_from_the_first_ones_beat():
    content = midi((970, 230, 60), (1190, 5, 64), (1190, 300, 64), (1440, 480, 67))
    piece = parse_midi(content, "a.mid", 4)
    assert piece.notes.tolist() == [[0, 2, 60], [2, 2, 64], [4, 4, 67]]
    assert parse_midi(content, "a.mid", 1).notes[:, 0].tolist() == [0, 0, 1]


def test_the_tempo_that_holds_longest_is_kept():
    content = midi((0, 4800, 60), tempos=((0, 60.0), (480, 90.0), (4000, 200.0)))
    assert parse_midi(content, "a.mid", 4).timing.tempo == pytest.approx(90, rel=1e-4)
    assert parse_midi(midi((0, 480, 60), tempos=()), "a.mid", 4).timing.tempo == 120


def test_notes_as_they_are_played():
    tune = played(Piece(np.array([[0, 2, 60], [3, 1, 64]]), 4, Timing(2, 60.0)))
    assert tune.as_json() == [
        {"start": 0.0, "seconds": 1.0, "note": 60, "velocity": 80},
        {"start": 1.5, "seconds": 0.5, "note": 64, "velocity": 80},
    ]


@pytest.mark.parametrize("content", [b"", b"MThd", b"hello world" * 9, midi((0, 480, 60))[:-9], bytes(200)])
def test_a_corrupt_file_is_refused(content):
    with pytest.raises(InputError, match=r"^bad\.mid: no sound MIDI file"):
        parse_midi(content, "bad.mid", 4)


@pytest.mark.parametrize("content", [midi(), midi((0, 480, 40), drum=True)])
def test_a_file_without_notes_is_refused(content):
    with pytest.raises(InputError, match=r"^none\.mid: no notes in this MIDI file"):
        parse_midi(content, "none.mid", 4)


def test_a_piece_of_days_is_refused():
    with pytest.raises(InputError, match="expected at most 1,000,000"):
        parse_midi(midi((0, 480, 60), (200_000_000, 480, 60)), "long.mid", 4)


TWO = [[0, 4, 60], [4, 4, 64]]
END = b"\0\xff\x2f\0"
EVENTS = b"\0\x90\x3c\x50\x83\x60\x80\x3c\0\0\x90\x40\x50\x83\x60\x80\x40\0"  # C, then E


def track(events: bytes) -> bytes:
    return b"MTrk" + struct.pack(">I", len(events)) + events


def file(*tracks: bytes, kind: int = 0, more: bytes = b"") -> bytes:
    return b"MThd" + struct.pack(">IHHH", 6 + len(more), kind, len(tracks), 480) + more + b"".join(map(track, tracks))


PLAIN = file(EVENTS + END)
SIZES = [struct.pack("<I", len(PLAIN) + more) for more in (24, 0)]
RMID = b"RIFF" + SIZES[0] + b"RMIDdata" + SIZES[1] + PLAIN + b"LIST\4\0\0\0abcd"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        RMID,
        bytes(128) + PLAIN,  # MacBinary
        file(EVENTS + END, more=b"\0\1\2"),
        file(EVENTS),  # no end of the track
        file(b"\0\x90\x3c\x50\x83\x60\x3c\0\0\x40\x50\x83\x60\x40\0" + END),  # running status
        file(b"\0\x90\x3c\x50\0\xff\1\1a\x83\x60\x3c\0\0\x40\x50\x83\x60\x40\0" + END),  # ... around a text
        file(END, EVENTS + END, kind=1),
        file(b"\0\xf0\4\x7e\x7f\x09\xf7" + EVENTS + END),
        file(b"\0\xf0\3\x7e\x7f\x09\0\xf7\2\1\xf7" + EVENTS + END),
        PLAIN[:14] + b"XFIH\0\0\0\4abcd" + PLAIN[14:],
        PLAIN + b"junk at the end",
    ],
    ids=range(12),
)  # fmt: skip
def test_files_of_other_programs_are_read(content, caplog):
    piece = parse_midi(content, "a.mid", 4)
    assert piece.notes.tolist() == TWO
    assert piece.steps == 8
    assert caplog.messages == []


def test_the_tracks_of_type_two_are_pieces(caplog):
    other = EVENTS.replace(b"\x40", b"\x43")
    first, second = parse_pieces(file(END, EVENTS + END, other + END, kind=2), "a.mid", 4)
    assert first.notes.tolist() == TWO
    assert second.notes.tolist() == [[0, 4, 60], [4, 4, 67]]
    assert (first.where, second.where) == ("a.mid, track 2", "a.mid, track 3")
    with pytest.raises(InputError, match=r"a\.mid, track 2: no notes"):
        parse_pieces(file(END, END, kind=2), "a.mid", 4)


@pytest.mark.parametrize("end", [END, b""])
def test_a_note_without_its_end_lasts_until_that_of_the_track(caplog, end):
    open_note = file(EVENTS[:4] + EVENTS[9:] + b"\x83\x60\x90\x43\0" + end)
    assert parse_midi(open_note, "a.mid", 4).notes.tolist() == [[0, 8, 60], [0, 4, 64]]
    assert caplog.messages == ["a.mid: notes without an end last until that of their track: 1"]


@pytest.mark.parametrize("content", [PLAIN[:-9], PLAIN[:18] + b"\0\0\x27\x10" + PLAIN[22:]])
def test_a_cut_track_is_refused(content):
    with pytest.raises(InputError, match=r"a\.mid: no sound MIDI file: .*Invalid chunk length"):
        parse_midi(content, "a.mid", 4)


def test_altered_bytes_raise_nothing_but_input_errors():
    content, rng = midi(*((i * 240, 240, 50 + i) for i in range(20))), np.random.default_rng(2)
    outcomes = set()
    for _ in range(300):
        altered = np.frombuffer(content, np.uint8).copy()
        altered[rng.integers(0, len(altered), 3)] = rng.integers(0, 256, 3)
        try:
            parse_midi(altered.tobytes(), "a.mid", 4).frames()
            outcomes.add("read")
        except InputError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_only_a_midi_file_is_written(tmp_path):
    tune = Tune([PlayedNote(0.0, 1.0, 60)], 100.0)
    with pytest.raises(InputError, match=r"tune\.wav: expected a name that ends in \.mid"):
        tune.write(tmp_path / "tune.wav")
    with pytest.raises(InputError, match="cannot write"):
        tune.write(tmp_path / "nowhere" / "tune.mid")
    assert list(tmp_path.iterdir()) == []


def test_without_symusic_the_extra_is_named():
    code = """
import sys
sys.modules["symusic"] = None
from unrolled import MissingExtra
from unrolled.sources.midi import parse_midi
try:
    parse_midi(b"", "a.mid", 4)
except MissingExtra as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'unrolled[music]'" in done.stdout
