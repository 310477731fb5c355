"""What the tests of commands share."""

import pytest


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Run a command in an empty folder → exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    return run_command
