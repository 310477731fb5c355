"""The lecture's examples run as their docstrings say, and print what they promise."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, folder):
    """The lines that an example prints; it must write the pictures it names, and nothing else."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", folder], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    pictures = [line for line in lines if line.endswith(".png")]
    assert sorted(map(Path, pictures)) == sorted(folder.iterdir())
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


@pytest.mark.parametrize("name", ["order", "lengths", "memory", "gradients", "adding", "copying"])
def test_an_example_is_short(name):
    assert (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").count("\n") <= 100
