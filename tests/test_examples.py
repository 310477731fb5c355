"""The lecture's examples run as their docstrings say, and print what they promise."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace as Namespace

import numpy as np
import pytest
from tests.export.made import Fitted, network

from unrolled.arrays import NUMPY
from unrolled.export import export_pairs
from unrolled.text.tokens import Tokenizer

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, folder):
    """The lines that an example prints; it must write the pictures it names, and nothing else."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    pictures = [line for line in lines if line.endswith(".png")]
    assert sorted(folder / picture for picture in pictures) == sorted(folder.iterdir())
    return lines


def test_order_is_what_a_bag_cannot_see(tmp_path):
    lines = run("order", tmp_path)
    shares = {line.split(":")[0]: int(re.search(r"(\d+)%", line)[1]) for line in lines if "sentences right" in line}
    assert 35 <= shares["bag"] <= 65
    assert shares["recurrent"] >= 95
    bag = [line.split(": ")[1] for line in lines[1:3]]
    assert bag[0] == bag[1]  # the same label, as sure of it
    assert [line.split(": ")[1].split(",")[0] for line in lines[4:6]] == ["somebody else", "oneself"]


def test_a_dense_network_grows_with_the_sequence(tmp_path):
    rows = [line.split() for line in run("lengths", tmp_path)[1:4]]
    assert [row[0] for row in rows] == ["5", "50", "500"]
    assert [row[1] for row in rows] == ["[200×250]", "[200×2500]", "[200×25000]"]
    assert [row[3] for row in rows] == ["60,250", "600,700", "6,005,200"]
    assert {row[-1] for row in rows} == {"52,210"}


def test_gradients_vanish_last_and_explode(tmp_path):
    lines = run("gradients", tmp_path)
    verdicts = [re.search(r"vanishing|healthy|exploding", line)[0] for line in lines[1:6]]
    assert verdicts == ["vanishing", "healthy", "exploding", "healthy", "healthy"]


def test_a_translation_needs_onnx_runtime_alone(tmp_path):
    side = Tokenizer.train("bpe", [" a man rides a bicycle"], 300)
    made = Fitted(network(words=len(side)))
    file, _ = export_pairs(made, {"source.json": side.to_json()}, tmp_path / "m.onnx")
    (tmp_path / "unrolled.py").write_text("raise SystemExit('it was imported')", encoding="utf-8")
    program = [sys.executable, EXAMPLES / "onnx_translate.py", file, "A man rides"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr

    model, params = made.network()
    ids = np.array([[*side.encode(" a man rides"), 1]])
    memory = model.read(NUMPY, params, ids)
    state, written = model.start(NUMPY, params, memory), [1]
    while len(written) < 2 * ids.shape[1] + 10 and (len(written) == 1 or written[-1] != 1):
        features, _, state = model.forward(NUMPY, params, memory, np.array([written[-1:]]), state)
        written.append(int(model.output.scores(params, features)[0, 0].argmax()))
    assert done.stdout.strip() == side.decode([i for i in written if i > 1]).strip() != ""


@pytest.mark.parametrize("name", ["order", "lengths", "memory", "gradients", "adding", "copying", "onnx_translate"])
def test_an_example_is_short(name):
    assert (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").count("\n") <= 100


def test_the_demo_counts_its_stages(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("demo", EXAMPLES / "demo.py")
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    commands = []
    monkeypatch.setattr(
        demo.subprocess, "run", lambda words, check: commands.append(words[3:]) or Namespace(returncode=0)
    )
    monkeypatch.setattr(demo.unrolled, "load", lambda _: Namespace(session=Keyboard))
    demo.main()
    out = capsys.readouterr().out
    stages = re.findall(r"== (\d) of (\d)", out)
    assert stages == [(str(number), str(len(stages))) for number in range(1, len(stages) + 1)]
    assert [words[0] for words in commands] == ["fit", "evaluate", *["predict"] * 3, "generate"]
    assert "is made up. Guessing the next word" in out


class Keyboard:
    def receive(self, message):
        return {"suggestions": [{"text": message["text"]}], "microseconds": 1.0}
