"""`unrolled serve`."""

from pathlib import Path
from typing import Annotated

import typer

from unrolled.errors import MissingExtra
from unrolled.tasks import load

__all__ = ["serve"]


def serve(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="Model folders; a folder's name is the model's.")
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Serve models: a page to try them, an API, its documentation."""
    try:
        import uvicorn

        from unrolled.serve.app import create_app
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "fastapi", "serve", "the server") from error
    loaded = {Path(folder).resolve().name: load(folder) for folder in models}
    uvicorn.run(create_app(loaded), host=host, port=port, log_level="warning")
