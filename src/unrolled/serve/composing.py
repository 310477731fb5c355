"""The addresses of music: a model of notes or chords goes on, as notes to play or as a MIDI file."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from unrolled.serve.limits import Limits
from unrolled.serve.models import REFUSALS, Name, Served
from unrolled.serve.schemas import Failure, Music, Note, Wish, read_json
from unrolled.settings import Decoding

__all__ = ["add_composing"]

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}},
    }
}
_FILE = {"audio/midi": {"schema": {"type": "string", "format": "binary"}}}


def add_composing(app: FastAPI, served: Served, limits: Limits) -> None:
    """Add them; to a model that makes no music they answer 422."""

    async def compose(name: str, request: Request) -> Any:
        model = served.find(name)
        wish = await read_json(request, Wish, "seconds, temperature, top, seed and text, each of which may be left out")
        if wish.seconds > limits.music_seconds:
            reason = f"seconds is {wish.seconds:g}; expected at most {limits.music_seconds:g}"
            raise Failure(422, reason, "music_seconds")
        if len(wish.text) > limits.text:
            raise Failure(422, f"text has {len(wish.text)} characters; expected at most {limits.text}", "text")
        decoding = Decoding(temperature=wish.temperature, top=wish.top, seed=wish.seed)

        def play(texts: list[str]) -> list[Any]:
            return [model.play(text, wish.seconds, decoding) for text in texts]

        found = await served.ask(object(), play, [wish.text])  # by itself: each wish is another
        return found[0]

    @app.post("/v1/models/{name}/compose", responses=REFUSALS, openapi_extra=_BODY)
    async def compose_notes(name: Name, request: Request) -> Music:
        """Make music with a model of notes or chords: the notes to play."""
        tune = await compose(name, request)
        return Music(tempo=tune.tempo, notes=[Note(**note) for note in tune.as_json()])

    @app.post(
        "/v1/models/{name}/compose.mid",
        response_class=Response,
        responses={**REFUSALS, 200: {"content": _FILE, "description": "A MIDI file"}},
        openapi_extra=_BODY,
    )
    async def compose_midi(name: Name, request: Request) -> Response:
        """Make the same music as a MIDI file."""
        tune = await compose(name, request)
        return Response(
            tune.midi(), media_type="audio/midi", headers={"content-disposition": 'attachment; filename="tune.mid"'}
        )
