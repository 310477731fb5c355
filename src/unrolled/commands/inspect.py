"""The command `unrolled inspect`: a model, an input and one of five views, as a picture, as JSON or both.

What it shows is loaded when it is asked for, so that the command line starts quickly.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unrolled.commands.options import with_options
from unrolled.errors import InputError
from unrolled.settings import option
from unrolled.storage.files import check_new_file, read_text
from unrolled.storage.strict_json import to_json

if TYPE_CHECKING:
    from unrolled.inference.translations import Aligned
    from unrolled.inspection.views import Draw
    from unrolled.tasks.base import Task
    from unrolled.tasks.pairs import PairTask
    from unrolled.tasks.predictor import Predictor

    Seen = tuple[dict[str, Any], Draw, str]

__all__ = ["EXAMPLES", "inspect"]

EXAMPLES = """\
unrolled inspect mood 'I had my laptop fixed' --words -o words.png
unrolled inspect keyboard 'the sky is' --memory -o memory.svg --dark
unrolled inspect keyboard --gradients --json
unrolled inspect en-de 'a man is riding' --attention -o attention.png"""


@dataclass(frozen=True)
class Views:
    """What to look at; one of them."""

    memory: bool = option(False, "state and gates at each step")
    gradients: bool = option(False, "how far back the gradient reaches, beside other cells")
    words: bool = option(False, "which steps drove the decision")
    unrolled: bool = option(False, "the network over its time steps")
    attention: bool = option(False, "where each word of an answer looked in the input")


@with_options(Views)
def inspect(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A folder that `unrolled fit` wrote.")],
    text: Annotated[str | None, typer.Argument(metavar="INPUT", help="A text, or @FILE.")] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="The picture to write: .png or .svg.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the picture.")] = False,
    dark: Annotated[bool, typer.Option("--dark", help="Light on dark.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as one JSON object.")] = False,
    **views: Any,
) -> None:
    """Look into a model: its memory, how far it learns back, what drove a decision, the network unrolled, attention.

    --attention is for models that write, such as a translator, and the others for all else. --gradients and --unrolled
    need no INPUT; the gradient is then measured over 50 steps drawn at random.
    """
    chosen = [name for name, asked in views.items() if asked]
    if len(chosen) != 1:
        received = " and ".join(f"--{name}" for name in chosen) or "none"
        raise InputError(f"received {received}; expected one of {', '.join(f'--{name}' for name in views)}")
    if output is None and not as_json:
        raise InputError("there is nowhere to show it; expected -o FILE.png, -o FILE.svg or --json")
    from unrolled import inspection
    from unrolled.inspection.views import plain
    from unrolled.tasks import as_predictor, load
    from unrolled.tasks.pairs import PairTask

    if output is not None:
        inspection.check_picture(output)
        check_new_file(output, overwrite)
    task, view = load(model), chosen[0]
    if isinstance(task, PairTask) != (view == "attention"):
        raise InputError(_unsuited(task, model, view))
    if isinstance(task, PairTask):
        numbers, draw, remark = _attention(task, text)
    else:
        numbers, draw, remark = _view(as_predictor(task, model), model, text, view)
    if output is not None:
        inspection.write_picture(output, draw, dark)
        print(f"{output}: {remark}", file=sys.stderr)
    if as_json:
        print(to_json(plain({"view": view, **numbers}), "the view"))


def _view(task: "Predictor", model: str, text: str | None, view: str) -> "Seen":
    from unrolled.inspection.views import VIEWS, inspect

    raw = task.read_input(Path(text[1:])) if text is not None and text.startswith("@") else text
    seen = inspect(task, model, raw, view)
    numbers, draw, remark = VIEWS[view](seen)
    return {"steps": seen.words, **numbers}, draw, remark


def _attention(task: "PairTask[Any, Any]", text: str | None) -> "Seen":
    from unrolled import inspection
    from unrolled.progress import remark

    if text is None:
        raise InputError(
            "--attention shows where an answer to an input looked, and there is none; give a text, or @FILE"
        )
    raw = task.read_input(Path(text[1:])) if text.startswith("@") else text
    raw = read_text(Path(text[1:])).strip() if raw is None else raw
    aligned = task.align([raw])[0][0]
    if warning := task.remark(raw):
        remark(warning)
    return inspection.attention_numbers(aligned), _drawn(aligned, raw), aligned.translation.text


def _drawn(aligned: "Aligned", raw: Any) -> "Draw":
    """The picture that suits an answer: to a picture, with copied words, or any."""
    from unrolled import inspection

    if aligned.grid is not None:
        from unrolled.sources.pictures import read_picture

        picture = read_picture(raw)
        return lambda look: inspection.draw_looked(look, aligned, picture)
    if aligned.copied:
        return lambda look: inspection.draw_copied(look, aligned)
    attention = inspection.word_attention(aligned)
    return lambda look: inspection.draw_attention(look, attention)


def _unsuited(task: "Task[Any]", model: str, view: str) -> str:
    what = f"{model} holds a {task.name} model"
    if view == "attention":
        return f"{what}, which has no attention to show; expected --memory, --gradients, --words or --unrolled"
    return f"{what}, which is looked into by --attention alone; received --{view}"
