"""The command `unrolled generate`."""

import sys
from typing import Annotated, Any

import typer

from unrolled.commands.arguments import ModelFolder, Threads
from unrolled.commands.options import with_options
from unrolled.settings import Decoding
from unrolled.storage.files import check_new_file
from unrolled.storage.strict_json import to_json
from unrolled.tasks import load_predictor

__all__ = ["EXAMPLES", "generate"]

EXAMPLES = """\
unrolled generate keyboard 'Once upon a' --words 100 --temperature 0.7
unrolled generate tunes --seconds 30 -o tune.mid"""


@with_options(Decoding)
def generate(
    model: ModelFolder,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="How it begins.")] = "",
    words: Annotated[int, typer.Option(help="How many tokens (of chords: steps) to add.")] = 50,
    seconds: Annotated[
        float | None, typer.Option(help="Of music: how many seconds to add; 20 where not given.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE.mid", help="Of music: the MIDI file to write."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.mid.")] = False,
    threads: Threads = None,
    **values: Any,
) -> None:
    """Write on from a text, or from the notes or chords of music; with --seconds alone, the notes as JSON."""
    if output is not None:
        check_new_file(output, overwrite)
    task, decoding = load_predictor(model), Decoding(**values)
    if seconds is None and output is None:
        print(task.generate(text, words, decoding))
        return
    tune = task.play(text, 20.0 if seconds is None else seconds, decoding)
    if output is None:
        print(to_json({"tempo": tune.tempo, "notes": tune.as_json()}, "the music"))
        return
    tune.write(output)
    print(f"{output}: {len(tune.notes):,} notes", file=sys.stderr)
