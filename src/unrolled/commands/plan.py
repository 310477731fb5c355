"""The command `unrolled plan`."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from unrolled.commands.arguments import Json, ModelFolder, Threads
from unrolled.commands.forecasts import check_files
from unrolled.commands.options import with_options
from unrolled.settings import check, option
from unrolled.storage.strict_json import to_json
from unrolled.tasks import load_forecaster

__all__ = ["EXAMPLES", "plan"]

EXAMPLES = """\
unrolled plan demand/ stock.csv
unrolled plan demand/ stock.csv -o orders.csv --plot orders.png
unrolled plan demand/ stock.csv --json"""


@dataclass(frozen=True)
class Sampling:
    """How the demand is sampled."""

    n_paths: int = option(1_000, "sample paths of the demand that the orders follow", low=1, high=1_000_000)
    seed: int = option(0, "of the sample paths: the same gives the same orders", low=0)


@with_options(Sampling)
def plan(
    model: ModelFolder,
    stock: Annotated[str, typer.Argument(metavar="STOCK", help="A table: CSV, TSV, JSON, Parquet or Excel.")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write a table: .csv, .tsv, .jsonl or .parquet."),
    ] = None,
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE", help="Draw the orders beside the demand: .png or .svg.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    as_json: Json = False,
    threads: Threads = None,
    **sampling: Any,
) -> None:
    """Say how much to order of each article now, and why.

    STOCK has a row for each article: unique_id, on_hand, on_order, lead_time and review in periods, and price, cost and
    salvage, or service_level, or fill_rate; pack, minimum, capacity, lead_time_sd where there are such. See
    docs/planning.md.
    """
    from unrolled.inference.written_tables import write_table
    from unrolled.inspection.figures import write_picture
    from unrolled.planning.picture import draw

    check_files(output, plot, overwrite)
    check(Sampling(**sampling))
    orders = load_forecaster(model).plan(stock, **sampling)
    if output is not None:
        write_table(orders.columns(), Path(output))
        print(f"{output}: {len(orders.rows):,} orders", file=sys.stderr)
    if plot is not None:
        write_picture(plot, lambda look: draw(look, orders))
        print(f"{plot}: the orders beside the demand that they are for", file=sys.stderr)
    if as_json:
        print(to_json({"orders": [row._asdict() for row in orders.rows]}, "the orders"))
    elif output is None:
        print("\n".join(f"{row.unique_id}: {row.because}" for row in orders.rows))
