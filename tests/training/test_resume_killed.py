"""A run that is killed again and again ends in the same bits as one that is left alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

RUNS: dict[str, dict[str, Any]] = {
    "lstm": {"task": {"layers": 2, "dropout": 0.3}, "training": {}},
    "dense": {"task": {"model": "dense", "dropout": 0.3}, "training": {"weight_decay": 0.1}},
    "gru": {"task": {"cell": "gru", "layers": 2}, "training": {"optimizer": "sgd", "schedule": "halving"}},
    "classify": {"task": {"embedding": 6, "dropout": 0.3}, "training": {}},
}
KILLS = 7

# One process loads torch and forks a child for each attempt: the child is killed at a random step, or the parent
# kills it after a random while, which also hits reading, validating and saving.
PROGRAM = """
import json, os, random, signal, sys, time
import numpy as np
import pandas, safetensors.numpy, sklearn.linear_model  # once, not in each child
from pathlib import Path
from unrolled import Classifier, NextWord
from unrolled.arrays import flatten
from unrolled.settings import Training
from unrolled import log
from unrolled.training import Batched, Streamed, loop

folder, runs, kills = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
log.LOG_STEPS = 1

def child(name, place, resume, last_step):
    kind, problem, data = NextWord, Streamed, "text.txt"
    if name == "classify":
        kind, problem, data = Classifier, Batched, "texts.csv"
    loss = problem.loss

    def dying_loss(self, *arguments):
        nonlocal last_step
        if last_step == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        last_step -= 1
        return loss(self, *arguments)

    problem.loss = dying_loss
    loop.SAVE_SECONDS = random.choice([0.0, 0.01, 30.0])
    training = Training(minutes=None, epochs=4, batch=4, window=7, learning_rate=0.02, **runs[name]["training"])
    task = kind(width=8, training=training, **runs[name]["task"])
    task.fit(folder / data, run=place, resume=resume)
    np.savez(place / "model.npz", **flatten(task.weights_))
    assert "torch._dynamo" not in sys.modules, "torch's compiler was loaded: 1.4 s lost at each start"
    os._exit(0)

def attempt(name, place, last_step, seconds):
    number = os.fork()
    if number == 0:
        try:
            child(name, place, (place / "resume.safetensors").exists(), last_step)
        finally:
            os._exit(1)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(number, signal.SIGKILL)
    status = os.waitpid(number, 0)[1]
    return os.waitstatus_to_exitcode(status)

random.seed(3)
for name in runs:
    whole, pieces = folder / name / "whole", folder / name / "pieces"
    assert attempt(name, whole, -1, None) == 0
    codes = [attempt(name, pieces, random.randrange(30), None) for _ in range(kills - 2)]
    codes += [attempt(name, pieces, -1, random.uniform(0.02, 0.4)) for _ in range(2)]
    assert attempt(name, pieces, -1, None) == 0, codes
    (folder / name / "codes.json").write_text(json.dumps(codes))
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs of RUNS, each whole and in pieces."""
    folder = tmp_path_factory.mktemp("killed")
    for name in RUNS:
        (folder / name).mkdir()
    words = np.random.default_rng(0).choice(list("abcdefghij"), (60, 9))
    (folder / "text.txt").write_text("\n\n".join(" ".join(line) for line in words))
    rows = [f"{' '.join(line)},{line[0] < 'e'}" for line in words]
    (folder / "texts.csv").write_text("\n".join(["text,label", *rows]))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), json.dumps(RUNS), str(KILLS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def events(run: Path, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [event for event in found if event["event"] == kind]


@pytest.mark.parametrize("name", RUNS)
def test_a_killed_run_ends_in_the_same_bits(killed: Path, name: str) -> None:
    codes = json.loads((killed / name / "codes.json").read_text())
    assert codes.count(-9) >= 3
    resumed_at = {event["step"] for event in events(killed / name / "pieces", "resume")}
    assert len(resumed_at) >= 2
    epoch = events(killed / name / "whole", "step")[-1]["steps"] // 4
    assert any(step % epoch for step in resumed_at), "none went on in the middle of an epoch"
    for file in ("resume.safetensors", "model.npz"):
        one, other = ((dict(np.load(p)) if p.suffix == ".npz" else load_file(p)) for p in (
            killed / name / "whole" / file, killed / name / "pieces" / file))  # fmt: skip
        ends = [json.loads(bytes(run.pop("run")))["position"] for run in (one, other) if "run" in run]
        for position in ends:
            assert position.pop("seconds") > 0
        assert ends[:1] == ends[1:]
        assert one.keys() == other.keys()
        for key in one:
            assert one[key].tobytes() == other[key].tobytes(), key


@pytest.mark.parametrize("name", RUNS)
def test_a_killed_run_logs_the_same_losses(killed: Path, name: str) -> None:
    for kind, measures in {"step": ("loss", "norm", "learning_rate"), "validation": ("loss", "best")}.items():
        expected = {event["step"]: [event[m] for m in measures] for event in events(killed / name / "whole", kind)}
        pieces = events(killed / name / "pieces", kind)
        assert {event["step"] for event in pieces} == expected.keys()
        for event in pieces:
            assert [event[m] for m in measures] == expected[event["step"]]
