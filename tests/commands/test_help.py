"""The help of every command, the completion of a shell, and what is said of a line that cannot be read."""

import shlex
import sys

import pytest
import typer
from tests.commands.refusal import refused

from unrolled.commands.main import app
from unrolled.commands.options import typed
from unrolled.errors import InputError, TrainingError
from unrolled.tasks import TASKS

LAST = (
    *("predict", "evaluate", "generate", "describe", "export"),
    *("vectors", "inspect", "serve", "bench", "compare"),
)
COMMANDS = [(), ("fit",), *(("fit", task) for task in TASKS), *((name,) for name in LAST)]


def parsed(words):
    """The context of the command that the words name, with its values; nothing is run."""
    command, context = typer.main.get_command(app), None
    while True:
        context = command.make_context(command.name, words, parent=context)
        if not hasattr(command, "resolve_command"):
            return context
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        command.name = name


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_is_readable_and_its_examples_can_be_typed(run, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = run(*command, "-h")
    assert (code, err) == (0, "")
    assert run(*command, "--help")[1] == out
    assert out.startswith(" ".join(("Usage: unrolled", *command)))
    assert max(map(len, out.splitlines())) <= 80
    assert not any(sign in out for sign in ("<", "│", "......", "[["))
    examples = [line.strip() for line in out.split("Examples:\n")[1].splitlines()]
    assert 2 <= len(examples) <= max(5, len(TASKS))
    for example in examples:
        words = shlex.split(example.rpartition("| ")[2])
        assert words[: 1 + len(command)] == ["unrolled", *command]
        if not {"-h", "--help"} & {*words}:
            parsed(words[1:])


def test_a_task_that_is_not_there_is_answered_with_the_nearest(run):
    refused(run("fit", "clasify", "a.csv"), "no such task 'clasify'; did you mean classify; see unrolled fit --help")
    refused(run("fit", "stocks"), f"no such task 'stocks'; there are {', '.join(TASKS)}; see")


def test_no_word_of_the_help_is_cut(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = run("fit", "classify", "--help")[1]
    for whole in ("one-hot", "[default: text,label]", "--[no-]bidirectional", "FASTA", "--learning-rate X"):
        assert whole in out
    monkeypatch.setenv("COLUMNS", "50")
    assert "one-hot" in run("fit", "classify", "--help")[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("fit", "classify", "--cell", "gr"), ["gru"]),
        (("fit", "ne"), ["next-word"]),
        (("pre",), ["predict"]),
        (("bench", "--hid"), ["--hidden"]),
    ],
)
def test_a_shell_completes_commands_options_and_values(run, monkeypatch, words, expected):
    monkeypatch.setenv("_UNROLLED_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(("unrolled", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    assert run()[1].split() == expected


def test_what_cannot_be_read_is_named(run):
    refused(run("bench", "--batch", "many"), "error: --batch is 'many'; expected a whole number; see unrolled bench")
    refused(run("serve", "m", "--port", "99999"), "--port is '99999'; expected a whole number from 0 to 65535")
    refused(run("fit", "classify", "a", "-o", "b", "--minutes", "x"), "--minutes is 'x'; expected a number")
    refused(run("fit", "classify", "a", "-o", "b", "--minutes", "0"), "error: --minutes is 0.0; expected between")
    refused(run("fit", "classify", "a"), "missing option", "--output")
    refused(run("predict"), "missing argument 'MODEL'")
    refused(run("predict", "m", "a", "b"), "unexpected extra argument", "b")
    refused(run("bench", "--hiden", "3"), "--hiden", "--hidden")
    refused(run("predictt"), "predictt", "predict")
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "Usage: unrolled" in err


def test_a_message_names_what_was_typed():
    error = InputError("minutes is 0; learning_rate=3 or tied=False, not untied=False", "minutes", "tied=False")
    assert str(error).startswith("minutes is 0")
    assert typed(error) == "--minutes is 0; learning_rate=3 or --no-tied, not untied=False"
    assert typed(InputError('take model="bag" or n', 'model="bag"', "n")) == "take --model bag or -n"
    assert typed(TrainingError("minutes")) == "minutes"


def test_the_help_loads_neither_numpy_nor_rich(run, monkeypatch):
    for name in ("numpy", "rich", "torch"):
        monkeypatch.setitem(sys.modules, name, None)
    assert run("--help")[0] == 0


def test_an_option_that_a_task_refuses_is_not_in_its_help(run):
    assert "--valid DATA" in run("fit", "classify", "--help")[1]
    assert "--valid" not in run("fit", "forecast", "--help")[1]
