"""The addresses of music: a model that makes music goes on, as notes to play or as a MIDI file."""

from collections.abc import Sequence

from fastapi import FastAPI, Request
from fastapi.responses import Response

from unrolled.serve.limits import Limits
from unrolled.serve.models import REFUSALS, Name, Served
from unrolled.serve.schemas import ComposeRequest, Failure, Music, Note, read_json
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune

__all__ = ["add_composing"]

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ComposeRequest"}}},
    }
}
_FILE = {"audio/midi": {"schema": {"type": "string", "format": "binary"}}}


def add_composing(app: FastAPI, served: Served, limits: Limits) -> None:
    """Add them; to a model that makes no music they answer 422."""

    async def compose(name: str, request: Request) -> Tune:
        model = served.find(name)
        expected = "seconds, temperature, top, seed and text, each of which may be left out"
        asked = await read_json(request, ComposeRequest, expected)
        if asked.seconds > limits.music_seconds:
            reason = f"seconds is {asked.seconds:g}; expected at most {limits.music_seconds:g}"
            raise Failure(422, reason, "music_seconds")
        if len(asked.text) > limits.text:
            raise Failure(422, f"text has {len(asked.text)} characters; expected at most {limits.text}", "text")
        decoding = Decoding(temperature=asked.temperature, top=asked.top, seed=asked.seed)

        def play(texts: Sequence[str]) -> list[Tune]:
            return [model.play(text, asked.seconds, decoding) for text in texts]

        tunes: list[Tune] = await served.ask(object(), play, [asked.text])  # each request by itself
        return tunes[0]

    @app.post("/v1/models/{name}/compose", responses=REFUSALS, openapi_extra=_BODY)
    async def compose_notes(name: Name, request: Request) -> Music:
        """Make music with a model that can: the notes to play."""
        tune = await compose(name, request)
        return Music(tempo=tune.tempo, notes=[Note.model_validate(note) for note in tune.as_json()])

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
