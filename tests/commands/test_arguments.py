"""Options that several commands share."""

import json
from pathlib import Path

import pytest

from unrolled import kernels

FOLDER = Path(__file__).parent.parent / "earlier" / "0.1.0" / "next-word"


@pytest.fixture
def run(run_command):
    """Run `unrolled`; the kernels' threads are the whole process's: back to one after the test."""
    yield run_command
    kernels.set_threads(1)


@pytest.mark.parametrize("command", ["predict", "generate"])
def test_a_model_computes_the_same_with_several_threads(command, run):
    alone = run(command, FOLDER, "the dog")
    assert (alone[0], kernels.threads()) == (0, 1)
    assert run(command, FOLDER, "the dog", "--threads", 2) == alone
    assert kernels.threads() == 2


def test_evaluate_computes_with_several_threads(run, tmp_path):
    unseen = tmp_path / "unseen.txt"
    unseen.write_text("the dog sees the cat\n\nthe cat hears a dog\n")
    perplexities = []
    for threads in (1, 2):
        code, output, _ = run("evaluate", FOLDER, unseen, "--json", "--threads", threads)
        assert (code, kernels.threads()) == (0, threads)
        perplexities.append(json.loads(output)["metrics"]["perplexity"])
    assert perplexities[0] == pytest.approx(perplexities[1], rel=1e-6)


@pytest.mark.parametrize(
    ("threads", "expected"),
    [("0", "--threads is 0; expected 1 to 1,024"), ("two", "--threads"), ("9999", "--threads is 9999; expected 1 to")],
)
def test_threads_that_cannot_be_are_refused(threads, expected, run):
    code, output, error = run("predict", FOLDER, "the", "--threads", threads)
    assert (code, output) == (2, "")
    assert expected in error
    assert kernels.threads() == 1
