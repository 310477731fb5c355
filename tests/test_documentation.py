"""What docstrings and docs/python.md promise is so: each setting is explained, and each example runs."""

import doctest
import re
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import unrolled
from unrolled.settings import about

PAGE = Path(__file__).parents[1] / "docs" / "python.md"
DOCUMENTED = ["Classifier", "NextWord", "Composer", "Translator", "Captioner", "Training", "Decoding", "Search"]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_help_explains_every_setting(name):
    kind = getattr(unrolled, name)
    for field in fields(kind):
        assert re.search(rf"^{field.name} : .+\n    \S", kind.__doc__, re.M), field.name
    assert "Settings" not in about(kind)
    assert ">>>" not in about(kind)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_its_example_runs(name):
    kind = getattr(unrolled, name)
    example = doctest.DocTestFinder(recurse=False).find(kind, name, module=sys.modules[kind.__module__])[0]
    assert example.examples
    report: list[str] = []
    failed, _ = doctest.DocTestRunner().run(example, out=report.append)
    assert not failed, "".join(report)


def test_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 6
    values: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), values)
    assert "steps read: is" in capsys.readouterr().out
