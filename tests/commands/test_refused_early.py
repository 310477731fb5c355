"""A refusal comes before anything large is loaded."""

import subprocess
import sys

import pytest

TELLING = (
    "import atexit, sys; atexit.register(lambda: print('torch' in sys.modules)); "
    "from unrolled.commands.main import main; main()"
)
"""The command line, which says at its end whether PyTorch has been loaded."""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("fit", "next-word", "book.txt", "-o", "no/such/place"), "such does not exist"),
        (("compare", "none.csv"), "'none.csv': "),
        (("fit", "classify", "none.csv", "-o", "m"), "'none.csv': "),
        (("inspect", "none", "a", "--gradients", "-o", "a.png"), "none"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_what_is_refused_is_refused_without_torch(words, reason, tmp_path):
    (tmp_path / "book.txt").write_text("the cat sees a house. " * 50)
    command = [sys.executable, "-c", TELLING, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "False\n")
    assert reason in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["book.txt"]
