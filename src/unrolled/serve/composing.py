"""The addresses of music: a model that makes music goes on, as notes to play or as a MIDI file."""

from collections.abc import Callable, Sequence
from math import ceil

from fastapi import FastAPI, Request
from fastapi.responses import Response

from unrolled.serve.limits import Limits
from unrolled.serve.models import REFUSALS, Name, Served
from unrolled.serve.schemas import ComposeRequest, Failure, Music, json_reply, media_type, read_body
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune
from unrolled.storage.strict_json import to_json

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

    async def compose(name: str, request: Request, render: Callable[[Tune], Response]) -> Response:
        model = served.find(name)
        expected = "seconds, temperature, top, seed and text, each of which may be left out"
        content_type, body = media_type(request), await request.body()
        asked = await served.quickly(
            request, "read", len(body), lambda: read_body(content_type, body, ComposeRequest, expected)
        )
        if asked.seconds > limits.music_seconds:
            reason = f"seconds is {asked.seconds:g}; expected at most {limits.music_seconds:g}"
            raise Failure(422, reason, "music_seconds")
        if len(asked.text) > limits.text:
            raise Failure(422, f"text has {len(asked.text)} characters; expected at most {limits.text}", "text")
        decoding = Decoding(temperature=asked.temperature, top=asked.top, seed=asked.seed)

        def play(texts: Sequence[str]) -> list[Response]:
            return [render(model.play(text, asked.seconds, decoding)) for text in texts]

        size = ceil(10 * asked.seconds) + len(asked.text)
        return (await served.ask(request, ("compose", name), play, [asked.text], [size], alone=True))[0]

    @app.post("/v1/models/{name}/compose", responses=REFUSALS, openapi_extra=_BODY, response_model=Music)
    async def compose_notes(name: Name, request: Request) -> Response:
        """Make music with a model that can: the notes to play."""
        return await compose(name, request, _notes)

    @app.post(
        "/v1/models/{name}/compose.mid",
        response_class=Response,
        responses={**REFUSALS, 200: {"content": _FILE, "description": "A MIDI file"}},
        openapi_extra=_BODY,
    )
    async def compose_midi(name: Name, request: Request) -> Response:
        """Make the same music as a MIDI file."""
        return await compose(name, request, _file)


def _notes(tune: Tune) -> Response:
    return json_reply(to_json({"tempo": tune.tempo, "notes": tune.as_json()}, "the music", compact=True))


def _file(tune: Tune) -> Response:
    return Response(
        tune.midi(), media_type="audio/midi", headers={"content-disposition": 'attachment; filename="tune.mid"'}
    )
