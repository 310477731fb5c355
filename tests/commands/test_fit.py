"""`unrolled fit` as a user types it, with good and with bad input."""

import gzip
import json
import shutil
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace as Namespace

import pytest
from tests.commands.refusal import refused

from unrolled import Training
from unrolled.commands.fit import _next
from unrolled.tasks.fitted import Fitted

FIT = ("--width", "8", "--epochs", "2", "--batch", "4", "--window", "8", "--learning-rate", "0.02")
TUNE = ("--epochs", "2", "--batch", "4", "--window", "8", "--learning-rate", "0.01")


def test_a_dense_network_and_data_of_every_form(run, book, monkeypatch):
    folder = Path("texts")
    folder.mkdir()
    shutil.copy(book, folder / "a.txt")
    with gzip.open(folder / "b.txt.gz", "wb") as packed:
        packed.write(book.read_bytes())
    assert run("fit", "next-word", folder, book, "-o", "dense", "--model", "dense", *FIT)[0] == 0
    assert "dense network over 5 word vectors" in run("describe", "dense")[1]
    with book.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert run("fit", "next-word", "-", "-o", "piped", *FIT)[0] == 0


def test_bad_text_is_refused_and_nothing_is_left_behind(run, book):
    Path("empty").touch()
    Path("binary").write_bytes(bytes(range(256)) * 10)
    Path("latin").write_bytes("Gr\u00fc\u00dfe aus K\u00f6ln\n".encode("latin-1"))
    Path("one").write_text("word", encoding="utf-8")
    Path("broken.gz").write_bytes(gzip.compress(book.read_bytes())[:100])
    before = sorted(p.name for p in Path().iterdir())
    refused(run("fit", "next-word", "missing.txt", "-o", "m", *FIT), "missing.txt", "No such file")
    refused(run("fit", "next-word", "empty", "-o", "m", *FIT), "empty")
    refused(run("fit", "next-word", "binary", "-o", "m", *FIT), "binary")
    refused(run("fit", "next-word", "latin", "-o", "m", *FIT), "latin:1", "0xfc", "--encoding")
    refused(run("fit", "next-word", "one", "-o", "m", *FIT), "tokens")
    refused(run("fit", "next-word", "broken.gz", "-o", "m", *FIT), "broken.gz")
    refused(run("fit", "next-word", "sample:moon", "-o", "m", *FIT), "moon", "wikipedia")
    refused(run("fit", "next-word", book, "-o", "m", "--encoding", "klingon", *FIT), "klingon")
    assert sorted(p.name for p in Path().iterdir()) == before


def test_bad_options_are_refused(run, book):
    refused(run("fit", "next-word", book, "-o", "m", "--cell", "lstn"), "lstn", "gru")
    refused(run("fit", "next-word", book, "-o", "m", "--width", "-3"), "width is -3")
    refused(run("fit", "next-word", book, "-o", "m", "--width", "wide"), "--width is 'wide'; expected a whole number")
    refused(run("fit", "next-word", book), "--output")
    refused(run("fit", "guess", book, "-o", "m"), "guess")
    refused(run("fit", "next-word", book, "-o", "m", "--resume"), "nothing to resume")
    assert not Path("m").exists()
    assert not Path("m.run").exists()


def test_an_output_that_exists_or_cannot_be_written_is_refused_before_training(run, book, keyboard):
    Path("photos").mkdir()
    Path("photos/holiday.jpg").touch()
    refused(run("fit", "next-word", book, "-o", "photos", "--overwrite", *FIT), "photos")
    assert Path("photos/holiday.jpg").exists()
    refused(run("fit", "next-word", book, "-o", keyboard, *FIT), "exists", "--overwrite")
    refused(run("fit", "next-word", book, "-o", "no/such/place", *FIT), "does not exist")
    refused(run("fit", "next-word", book, "-o", book / "below", *FIT))


def test_overwrite_replaces_a_model(run, book):
    assert run("fit", "next-word", book, "-o", "m", *FIT)[0] == 0
    assert run("fit", "next-word", book, "-o", "m", "--cell", "gru", "--overwrite", *FIT)[0] == 0
    assert json.loads(run("describe", "m", "--json")[1])["settings"]["cell"] == "gru"


def test_an_unfinished_run_is_kept_until_resumed_or_overwritten(run, book):
    Path("m.run").mkdir()
    Path("m.run/resume.safetensors").write_bytes(b"precious")
    refused(run("fit", "next-word", book, "-o", "m", *FIT), "m.run", "--overwrite")
    refused(run("fit", "next-word", book, "-o", "m", "--resume", *FIT), "resume.safetensors")
    refused(run("fit", "next-word", "mistyped", "-o", "m", "--overwrite", *FIT), "mistyped")
    assert Path("m.run/resume.safetensors").read_bytes() == b"precious"
    assert run("fit", "next-word", book, "-o", "m", "--overwrite", *FIT)[0] == 0
    assert Path("m.run/resume.safetensors").read_bytes() != b"precious"


def test_a_run_whose_budget_was_over_goes_on_with_a_larger_one(run, book):
    err = run("fit", "next-word", book, "-o", "m", *FIT)[2]
    assert "the same command with --epochs 4 --resume goes on (m.run)" in err
    steps = json.loads(Path("m/config.json").read_text())["fitted"]["steps"]
    longer = [*("4" if word == "2" else word for word in FIT), "--resume"]
    assert run("fit", "next-word", book, "-o", "m", *longer)[0] == 0
    assert json.loads(Path("m/config.json").read_text())["fitted"]["steps"] == 2 * steps


def test_ctrl_c_writes_the_best_so_far_and_a_second_one_nothing(run, book, monkeypatch):
    from unrolled.training import loop

    @contextmanager
    def stopped():
        asked = threading.Event()
        asked.set()
        yield asked

    monkeypatch.setattr(loop, "interrupts", stopped)
    code, out, err = run("fit", "next-word", book, "-o", "m", *FIT)
    assert (code, out) == (130, "")
    assert err.splitlines()[-1] == (
        "stopped early, the best so far is saved; the same command with --resume goes on (m.run)"
    )
    assert Path("m/model.safetensors").exists()

    def at_once(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(loop.Trainer, "fit", at_once)
    code, _, err = run("fit", "next-word", book, "-o", "m", "--resume", *FIT)
    assert code == 130
    assert err == "stopped at once, m is not written; the same command with --resume goes on (m.run)\n"
    assert run("fit", "next-word", book, "-o", "other", *FIT)[::2] == (130, "stopped at once, other is not written\n")
    assert sorted(path.name for path in Path().iterdir()) == ["m", "m.run"]


@pytest.mark.parametrize(
    ("fitted", "said"),
    [
        ({"loss": 1.0}, "try it: unrolled predict m 'the sky is'"),
        ({"loss": 3.0}, "worse than counting: more data helps most"),
        ({"loss": 3.0, "mixed_loss": 1.9}, "try it: unrolled predict m 'the sky is'"),
        ({"loss": 3.0, "out_of_time": True}, "worse than counting so far: the same command with --minutes 10 --resume"),
        ({"loss": 1.0, "out_of_time": True}, "it was still learning: the same command with --minutes 10 --resume"),
        ({"loss": 1.0, "interrupted": True}, "stopped early, the best so far is saved; the same command with --resume"),
    ],
)
def test_what_to_do_next_follows_from_how_it_went(fitted, said):
    task = Namespace(
        fitted_=Fitted(baseline_loss=2.0, **fitted),
        training=Training(),
        baseline_name="counting",
        tried_by="predict",
        example="'the sky is'",
        advice="more data helps most",
    )
    assert _next(task, "m", Path("m.run")).startswith(said)


def test_what_was_learnt_before_the_disk_was_full_is_kept(run, book, monkeypatch):
    from unrolled.errors import InputError
    from unrolled.training import checkpoint

    replace_file, calls = checkpoint.replace_file, []

    def full_at_the_second(path, write):
        calls.append(path)
        if len(calls) == 2:
            raise InputError("cannot write: No space left on device")
        replace_file(path, write)

    monkeypatch.setattr(checkpoint, "replace_file", full_at_the_second)
    refused(run("fit", "next-word", book, "-o", "m", *FIT), "No space left")
    assert not Path("m").exists()
    monkeypatch.setattr(checkpoint, "replace_file", replace_file)
    assert run("fit", "next-word", book, "-o", "m", "--resume", *FIT)[0] == 0


def test_a_model_is_tuned_on_ones_own_text(run, keyboard, held_out):
    before = {path.name: path.read_bytes() for path in keyboard.iterdir()}
    code, out, err = run("fit", "next-word", held_out, "--from", keyboard, "-o", "mine", "--dropout", "0.3", *TUNE)
    assert (code, out) == (0, "")
    assert "at the start" in err
    assert {path.name: path.read_bytes() for path in keyboard.iterdir()} == before
    settings = json.loads(before["config.json"])["settings"]
    assert json.loads(run("describe", "mine", "--json")[1])["settings"] == settings | {"dropout": 0.3}
    assert json.loads(Path("mine/config.json").read_text())["training"]["epochs"] == 2
    refused(run("fit", "next-word", held_out, "--from", keyboard, "-o", "mine", *TUNE), "exists")


def test_what_contradicts_the_start_is_refused(run, keyboard, held_out, monkeypatch):
    tune = ("fit", "next-word", held_out, "-o", "mine", "--from")
    refused(run(*tune, keyboard, "--width", "32"), "--width is 32", str(keyboard), "made with 16")
    refused(run(*tune, keyboard, "--width", "256"), "--width is 256")  # the default, but given
    refused(run(*tune, keyboard, "--model", "dense"), "--model is dense", "recurrent")
    refused(run(*tune, keyboard, "--no-tied"), "--tied is False")
    refused(run(*tune, keyboard, "--learning-rate", "nan"), "--learning-rate is nan")
    refused(run(*tune, "absent"), "absent")
    shutil.copytree(keyboard, "damaged")
    Path("damaged/model.safetensors").write_bytes(b"no")
    refused(run(*tune, "damaged"), "model.safetensors", "truncated")
    monkeypatch.setattr("unrolled.commands.fit.load", lambda _: Other())
    refused(run(*tune, "other"), "other", "holds a classify model", "tune it by unrolled fit classify")
    assert sorted(path.name for path in Path().iterdir()) == ["damaged"]


class Other:
    name = "classify"
