"""A block list given to the server."""

from pathlib import Path

import pytest
from tests.serve.test_server import refused

import unrolled
from unrolled.commands.main import app
from unrolled.commands.serve import _block
from unrolled.completion.blocked import BlockList
from unrolled.errors import InputError


def test_models_suggest_nothing_of_it_beside_their_own(
    keyboard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = {}
    (tmp_path / "bad.txt").write_text("sees\n")
    task = unrolled.load(keyboard)
    task.blocked_ = BlockList(["sat"])
    task.save(tmp_path / "careful")
    monkeypatch.setattr("unrolled.commands.serve._serve", lambda models, *_: served.update(models))
    app(["serve", str(tmp_path / "careful"), "--block", str(tmp_path / "bad.txt")], standalone_mode=False)
    assert served["careful"].blocked_.terms == ("sat", "sees")
    answer = served["careful"].session().receive({"text": "the cat s", "n": 8})
    assert not {"sees", "sat"} & {suggestion["text"] for suggestion in answer["suggestions"]}


def test_a_file_that_is_no_list_and_models_without_suggestions_are_refused(keyboard: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("a\tb\n")
    assert "bad.txt:1: the term" in refused(str(keyboard), "--block", str(tmp_path / "bad.txt"))
    with pytest.raises(InputError, match="none of the models suggests"):
        _block([], BlockList(["bad"]))
