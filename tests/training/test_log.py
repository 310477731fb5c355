"""The log file is JSON line by line; the bar keeps quiet off a terminal and fits a narrow one."""

import json
import math
import os
import pty
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from unrolled import log as log_module
from unrolled import progress
from unrolled.errors import InputError
from unrolled.training import Log, Trainer

Make = Callable[..., Any]


def read(path: Path) -> list[dict[str, Any]]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


def test_a_run_leaves_its_story(problem: Make, training: Make, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, show=False) as log:
        outcome = Trainer(problem(), training(), tmp_path).fit(log)
    events = read(path)
    steps = [event for event in events if event["event"] == "step"]
    assert [event["step"] for event in steps] == [10, 20, 30, 40, 48]
    for event in steps:
        assert event["perplexity"] == pytest.approx(math.exp(event["loss"]))
        assert event["items_per_second"] > 0
        assert event["steps"] == 48
        assert event["seconds_left"] >= 0
        assert event.keys() >= {"time", "norm", "learning_rate"}
    assert steps[-1]["seconds_left"] == 0
    validations = [event for event in events if event["event"] == "validation"]
    assert [event["step"] for event in validations] == [10, 20, 30, 40, 48]
    assert min(event["loss"] for event in validations) == validations[-1]["best"] == outcome.loss
    assert (events[-1]["event"], events[-1]["best"], events[-1]["interrupted"]) == ("end", outcome.loss, False)
    with Log(path, show=False) as log:
        Trainer(problem(), training(), tmp_path).fit(log, resume=True)
    assert [event["event"] for event in read(path)[len(events) :]] == ["resume", "end"]


def test_numbers_that_json_lacks_are_null(tmp_path: Path) -> None:
    with Log(tmp_path / "log", show=False) as log:
        log.event("odd", nan=float("nan"), infinite=-math.inf, text="é\n", whole=3)
        log.step(10, None, 1e6, 1.0, None)
    odd, step = read(tmp_path / "log")
    assert (odd["nan"], odd["infinite"], odd["text"], odd["whole"]) == (None, None, "é\n", 3)
    assert (step["perplexity"], step["seconds_left"], step["steps"]) == (None, None, None)


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the log"), Log(tmp_path / "missing" / "log", show=False):
        pass
    with pytest.raises(InputError, match="/dev/full: cannot write the log"), Log(Path("/dev/full"), show=False) as log:
        log.event("any")


def tell() -> None:
    with Log(None) as log:
        log.stage("reading the text")
        for step in range(1, 401):
            log.step(step, 400, 4.8, 12345.6, 400.0 - step)
            if step == 300:
                log.validation(step, 4.9, 4.9, 10.0)


def read_to_the_end(terminal: int) -> bytes:
    content = b""
    with suppress(OSError):  # how Linux says that the other end has been closed
        while block := os.read(terminal, 65536):
            content += block
    os.close(terminal)
    return content


@pytest.mark.parametrize("columns", [80, 120])
def test_the_bar_fits_a_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(columns))
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        tell()
    text = read_to_the_end(ours).decode()
    lines = [line.strip() for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text))]
    assert max(map(len, lines)) <= columns
    last = [line for line in lines if line][-1]
    for part in ("100%", "━", "loss 4.800", "perplexity 121.5 (valid 134.3)", "12,346 tokens/s", "0:00 left"):
        assert part in last


def test_a_short_run_is_quiet_off_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    tell()
    assert capfd.readouterr() == ("", "")


def test_a_long_run_off_a_terminal_tells_how_far_it_is(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINES", {"stage": 5.0, "validation": 10.0, "step": 30.0})
    clock = count(0, 0.1)  # seconds, each time it is looked at
    monkeypatch.setattr(log_module, "monotonic", lambda: next(clock))
    tell()
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "75%, 1:41 left  step 299  perplexity 121.5  loss 4.800  12,346 tokens/s",
    ]
    clock = count(0, 60.0)
    tell()
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "reading the text"
    assert lines[1].startswith("0%, 6:39 left  step 1  ")
    assert "new best (valid 134.3)" in "".join(lines)
    with Log(None, show=False) as log:
        log.stage("reading the text")
    assert capfd.readouterr() == ("", "")
