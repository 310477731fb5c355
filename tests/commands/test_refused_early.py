"""A refusal comes before anything large is loaded."""

import subprocess
import sys

import pytest

WITHOUT = "import sys; sys.modules['torch'] = None; from unrolled.commands.main import main; main()"
"""The command line where PyTorch cannot be loaded: a command that needs it would say that it is missing."""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("fit", "next-word", "book.txt", "-o", "no/such/place"), "such does not exist"),
        (("compare", "none.csv"), "'none.csv': "),
        (("inspect", "none", "a", "--gradients", "-o", "a.png"), "none"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_what_is_refused_is_refused_without_torch(words, reason, tmp_path):
    (tmp_path / "book.txt").write_text("the cat sees a house. " * 50)
    command = [sys.executable, "-c", WITHOUT, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert "PyTorch" not in done.stderr
    assert "torch" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["book.txt"]
