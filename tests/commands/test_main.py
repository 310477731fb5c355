"""The command line as a user types it, with good and with bad input."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from unrolled.tasks.base import Evaluation

FIT = ("--width", "8", "--epochs", "2", "--batch", "4", "--window", "8", "--learning-rate", "0.02")


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Run a command in an empty folder → exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    return run_command


def refused(result, *parts):
    """Assert exit 2, nothing on standard output, and a message with all ``parts``."""
    code, out, err = result
    assert (code, out) == (2, ""), (code, out, err)
    flat = " ".join(err.replace("│", " ").split())
    for part in parts:
        assert part in flat


def test_help_and_version(run):
    code, out, _ = run("--help")
    assert code == 0
    for command in ("fit", "predict", "evaluate", "generate", "describe", "bench"):
        assert command in out
    assert run("--version")[1] == "unrolled 0.1.0\n"
    _, out, _ = run("fit", "next-word", "--help")
    for option in ("--cell", "--vocabulary", "--learning-rate", "--resume", "--overwrite"):
        assert option in out


def test_from_text_to_a_model_and_its_uses(run, book, held_out):
    code, out, err = run("fit", "next-word", book, "-o", "m/", *FIT)
    assert (code, out) == (0, "")
    assert "m/:" in err
    assert "validation perplexity" in err
    assert not Path("m.run").exists()
    assert [json.loads(line) for line in Path("m/log.jsonl").read_text().splitlines()][-1]["event"] == "end"

    code, out, _ = run("predict", "m", "the cat", "-n", "2", "--json")
    answer = json.loads(out)
    assert answer["input"] == "the cat"
    assert len(answer["predictions"]) == 2
    assert set(answer["predictions"][0]) == {"text", "score"}
    code, out, _ = run("predict", "m", "the cat")
    assert len(out.splitlines()) == 3

    code, out, _ = run("evaluate", "m", held_out, "--json")
    measured = json.loads(out)
    assert measured["metrics"].keys() == measured["baseline"].keys() - {"name"}
    code, out, _ = run("evaluate", "m", held_out)
    assert "perplexity" in out
    assert "5-gram" in out

    one, two = (run("generate", "m", "the", "--words", "9", "--seed", "4", "--temperature", "0.8")[1] for _ in "ab")
    assert one == two
    assert one.startswith("the")

    code, out, _ = run("describe", "m")
    for part in ("layers.0.U", "layers.0.W", "32 × 8", "model.safetensors"):
        assert part in out
    about = json.loads(run("describe", "m", "--json")[1])
    assert about["weights"]["layers.0.U"] == [32, 8]
    assert about["bytes"] == sum(p.stat().st_size for p in Path("m").iterdir())
    assert about["parameters"] == sum(int(np.prod(s)) for s in about["weights"].values())


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


def test_predict_reads_files_and_lines(run, keyboard, monkeypatch):
    Path("text").write_text("the cat", encoding="utf-8")
    one = json.loads(run("predict", keyboard, "@text", "--json")[1])
    assert one["predictions"] == json.loads(run("predict", keyboard, "the cat", "--json")[1])["predictions"]
    Path("lines").write_text("the cat\nthe dog\n\n", encoding="utf-8")
    with open("lines") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        answers = [json.loads(line) for line in run("predict", keyboard, "-", "--json")[1].splitlines()]
    assert [a["input"] for a in answers] == ["the cat", "the dog", ""]
    assert answers[0]["predictions"] == one["predictions"]


def test_unknown_words_and_a_huge_line_have_a_defined_answer(run, keyboard):
    code, out, err = run("predict", keyboard, "Xyzzy qwrtp \x00 \U0001f600")
    assert (code, len(out.splitlines())) == (0, 3)
    assert "none of the words of" in err
    assert run("predict", keyboard, "Xyzzy cat")[2] == ""
    Path("huge").write_text("cat " * 50_000, encoding="utf-8")
    assert run("predict", keyboard, "@huge")[0] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_half_a_character_can_be_printed(keyboard, encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "unrolled", "predict", keyboard, b"caf\xe9", "--json"]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["input"] == "caf\udce9"


def test_a_reader_that_has_gone_and_ctrl_c_end_it_quietly(run, monkeypatch):
    def stop(error):
        raise error

    for error, expected in ((BrokenPipeError(32, "Broken pipe"), 1), (KeyboardInterrupt(), 130)):
        monkeypatch.setattr("unrolled.commands.describe.load", lambda _, error=error: stop(error))
        assert run("describe", "m") == (expected, "", "")


def test_an_infinite_perplexity_is_null_in_json(run, keyboard, held_out, monkeypatch):
    class Sure:
        def evaluate(self, *_, **__):
            return Evaluation({"perplexity": float("inf"), "tokens": 3.0}, {"perplexity": 2.0, "tokens": 3.0}, "n-gram")

    monkeypatch.setattr("unrolled.commands.evaluate.load", lambda _: Sure())
    answer = json.loads(run("evaluate", keyboard, held_out, "--json")[1], parse_constant=pytest.fail)
    assert answer["metrics"] == {"perplexity": None, "tokens": 3.0}
    assert answer["baseline"] == {"name": "n-gram", "perplexity": 2.0, "tokens": 3.0}


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
    refused(run("fit", "next-word", book, "-o", "m", "--width", "wide"), "--width", "integer")
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
    assert not Path("m.run").exists()


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


def test_what_is_no_model_is_refused(run, keyboard, book):
    Path("nothing").mkdir()
    for command in (("predict", "{}", "a"), ("evaluate", "{}", book), ("generate", "{}"), ("describe", "{}")):
        for wrong in ("nothing", "absent", book):
            refused(run(*(str(wrong) if word == "{}" else word for word in command)), str(wrong))


def test_damaged_models_are_refused(run, keyboard):
    def damaged(change):
        shutil.rmtree("copy", ignore_errors=True)
        shutil.copytree(keyboard, "copy")
        change(Path("copy"))
        return run("predict", "copy", "the")

    def cut(folder):
        path = folder / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-10])

    def altered(folder):
        path = folder / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")

    def configured(**changes):
        def change(folder):
            config = json.loads((folder / "config.json").read_text())
            config["settings"] |= changes
            (folder / "config.json").write_text(json.dumps(config))

        return change

    refused(damaged(cut), "model.safetensors", "truncated")
    refused(damaged(altered), "model.safetensors", "altered")
    refused(damaged(configured(width=10**4)), "model.safetensors", "shape")
    refused(damaged(configured(layers=3)), "model.safetensors")
    refused(damaged(configured(width="16")), "width is '16'")
    refused(damaged(configured(surprise=1)), "surprise")
    refused(damaged(configured(tokens="character")), "character")
    refused(damaged(lambda folder: (folder / "tokenizer.json").unlink()), "tokenizer.json")
    refused(damaged(lambda folder: (folder / "config.json").write_text("{")), "config.json")


def test_bad_input_to_predict_is_refused(run, keyboard, monkeypatch):
    Path("latin").write_bytes(b"caf\xe9")
    refused(run("predict", keyboard, "@latin"), "latin", "0xe9")
    refused(run("predict", keyboard, "@absent"), "absent")
    refused(run("predict", keyboard, "a", "-n", "0"), "n is 0")
    refused(run("generate", keyboard, "a", "--words", "-1"), "words is -1")
    refused(run("generate", keyboard, "a", "--temperature", "nan"), "temperature is nan")


TUNE = ("--epochs", "2", "--batch", "4", "--window", "8", "--learning-rate", "0.01")


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
    refused(run(*tune, keyboard, "--learning-rate", "nan"), "learning_rate is nan")
    refused(run(*tune, "absent"), "absent")
    shutil.copytree(keyboard, "damaged")
    Path("damaged/model.safetensors").write_bytes(b"no")
    refused(run(*tune, "damaged"), "model.safetensors", "truncated")
    monkeypatch.setattr("unrolled.commands.fit.load", lambda _: Other())
    refused(run(*tune, "other"), "other", "holds a classify model", "next-word")
    assert sorted(path.name for path in Path().iterdir()) == ["damaged"]


class Other:
    name = "classify"
