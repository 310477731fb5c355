"""Options of the command line that take several values."""

import logging
from dataclasses import dataclass

import pytest
import typer
from typer.testing import CliRunner

from unrolled.commands.help import Command, Reading
from unrolled.commands.options import pick, several, typed_remarks, with_options
from unrolled.progress import remark
from unrolled.settings import option

app = typer.Typer()


@app.command(cls=several("--sizes", "--names"))
def show(what: str, sizes: str | None = None, names: str = "none", loud: bool = False) -> None:
    print(what, sizes, names, loud)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("m", "m None none False"),
        ("m --sizes 5 50 500", "m 5,50,500 none False"),
        ("m --sizes 5 --sizes 50", "m 5,50 none False"),
        ("m --sizes=5 50 --loud --names a b", "m 5,50 a,b True"),
        ("m --sizes 5,50 7", "m 5,50,7 none False"),
        ("--sizes 5 50 --loud m", "m 5,50 none True"),
        ("--sizes 5 -- m", "m 5 none False"),
        ("m --sizes -1 -2", "m -1,-2 none False"),
        ("--sizes 5 50 {folder}", "{folder} 5,50 none False"),
    ],
)
def test_values_are_joined_by_commas(words: str, shown: str, tmp_path) -> None:
    run = CliRunner().invoke(app, words.format(folder=tmp_path).split())
    assert run.stdout.strip() == shown.format(folder=tmp_path), run.output


def test_an_option_without_a_value_is_refused() -> None:
    run = CliRunner().invoke(app, ["m", "--sizes"])
    assert run.exit_code == 2
    assert "requires an argument" in run.output


def test_an_input_of_numbers_may_begin_below_zero():
    reader = typer.Typer()

    @reader.command(cls=Reading)
    def read(text: str, n: int = 3) -> None:
        print(text.strip(), n)

    for words in (["-0.5 1; 2 3"], ["-.5 1; 2 3"], ["--n", "-2", "-1"]):
        result = CliRunner().invoke(reader, words)
        assert result.output == (f"{words[-1]} {-2 if len(words) > 1 else 3}\n")


def test_remarks_name_the_argument_in_python_and_the_option_on_the_command_line(caplog):
    with typed_remarks():
        remark("chats; columns names others", "columns")
        remark('all is learnt; author="NAME" keeps 100 % of one\'s own', 'author="NAME"')
    remark("chats; columns names others", "columns")
    assert caplog.messages == [
        "chats; --columns names others",
        "all is learnt; --author NAME keeps 100 % of one's own",
        "chats; columns names others",
    ]
    assert not logging.getLogger("unrolled").filters


@dataclass
class Ahead:
    periods: int = option(0, "how many", 1, 9, required=True)
    names: str | None = option(None, "which", metavar="NAMES")


def test_a_required_setting_is_named_in_the_help_and_left_out_where_it_was_not_typed():
    app = typer.Typer(rich_markup_mode=None)

    @app.command(cls=Command)
    @with_options(Ahead)
    def look(**values: object) -> None:
        print(pick(Ahead, values))

    runner = CliRunner()
    assert runner.invoke(app, ["--periods", "3"]).output == "{'periods': 3, 'names': None}\n"
    assert runner.invoke(app, []).output == "{'names': None}\n"
    assert "how many [default: none, it must be given]" in runner.invoke(app, ["--help"]).output.replace("\xa0", " ")
