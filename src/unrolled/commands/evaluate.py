"""The command `unrolled evaluate`."""

from typing import Annotated, Any

import typer

from unrolled.commands.arguments import Encoding, Json, ModelFolder, Threads, paths
from unrolled.commands.forecasts import Windows, refuse, typed_settings
from unrolled.commands.forecasts import evaluate as roll
from unrolled.commands.options import with_options
from unrolled.storage.strict_json import to_json
from unrolled.tasks import as_forecaster, load

__all__ = ["EXAMPLES", "evaluate"]

EXAMPLES = """\
unrolled evaluate keyboard held_out.txt
unrolled evaluate mood test.csv --json
unrolled evaluate en-de test.en test.de
unrolled evaluate describe photos/ test.csv
unrolled evaluate demand sales.csv --windows 5 -o past.csv"""


@with_options(Windows)
def evaluate(
    model: ModelFolder,
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="As of the `unrolled fit` that made MODEL.")],
    encoding: Encoding = "utf-8",
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Of series: write all forecasts, .csv, .tsv, .jsonl, .parquet."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    as_json: Json = False,
    threads: Threads = None,
    **values: Any,
) -> None:
    """Measure a model on data it has not seen, beside the baseline.

    A model that writes texts is measured on pairs, in one file or in two that belong together line by line: by BLEU and
    chrF, or by errors of words, beside a dictionary and the nearest input. Summaries are measured by ROUGE, captions by
    BLEU, ROUGE and CIDEr-D.

    A model that forecasts series is measured on the last parts of the data, each forecast from what was known before
    it, beside classical methods.
    """
    task, windows = load(model), Windows(**values)
    from unrolled.tasks.pairs import PairTask
    from unrolled.tasks.predictor import Predictor

    if not isinstance(task, Predictor | PairTask):
        refuse(task, model, {"encoding": encoding if encoding != "utf-8" else None})
        roll(as_forecaster(task, model), data, windows, output, overwrite, as_json)
        return
    refuse(task, model, {"output": output, "overwrite": overwrite, **typed_settings(windows)})
    result = task.evaluate(paths(data), encoding=encoding)
    if as_json:
        print(to_json(result.to_json(), "the result"))
        return
    print(result.table())
