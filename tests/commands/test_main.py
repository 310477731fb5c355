"""The command line as a user types it, with good and with bad input."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.commands.refusal import refused

from unrolled import NextWord
from unrolled.metrics.evaluation import Evaluation

FIT = ("--width", "8", "--epochs", "2", "--batch", "4", "--window", "8", "--learning-rate", "0.02")


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
    assert f"learnt from {book}\n" in err
    assert "the same command with --epochs 4 --resume goes on (m.run)" in err
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


def test_a_reader_that_has_gone_and_ctrl_c_end_it_quietly(run, monkeypatch):
    def stop(error):
        raise error

    for error, expected in ((BrokenPipeError(32, "Broken pipe"), 1), (KeyboardInterrupt(), 130)):
        monkeypatch.setattr("unrolled.commands.describe.load", lambda _, error=error: stop(error))
        assert run("describe", "m") == (expected, "", "")


def test_an_infinite_perplexity_is_null_in_json(run, keyboard, held_out, monkeypatch):
    infinite = Evaluation({"perplexity": float("inf"), "tokens": 3.0}, {"perplexity": 2.0, "tokens": 3.0}, "n-gram")
    monkeypatch.setattr(NextWord, "evaluate", lambda *_, **__: infinite)
    answer = json.loads(run("evaluate", keyboard, held_out, "--json")[1], parse_constant=pytest.fail)
    assert answer["metrics"] == {"perplexity": None, "tokens": 3.0}
    assert answer["baseline"] == {"name": "n-gram", "perplexity": 2.0, "tokens": 3.0}


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
