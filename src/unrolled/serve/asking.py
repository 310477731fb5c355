"""Predictions asked in the address, as autocompletes of web pages ask: also as a plain list of texts."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from unrolled.inference.answers import Answer
from unrolled.serve.limits import Limits
from unrolled.serve.models import REFUSALS, Name, Served
from unrolled.serve.schemas import Failure, json_reply, read_count

__all__ = ["FORMS", "add_asking"]

FORMS = {"json": "application/json", "list": "application/json", "opensearch": "application/x-suggestions+json"}
"""What an answer looks like, and its content type: as that of POST, as [TEXT, …], and as [INPUT, [TEXT, …]]."""

_PARAMETERS = [
    {
        "name": name,
        "in": "query",
        "required": name == "input",
        "description": description,
        "schema": schema,
    }
    for name, description, schema in (
        ("input", "the text", {"type": "string"}),
        ("n", "how many answers", {"type": "integer", "minimum": 1, "maximum": 100, "default": 3}),
        (
            "format",
            "json: as POST answers; list: the texts alone; opensearch: the input and the texts, as browsers read "
            "suggestions",
            {"type": "string", "enum": list(FORMS), "default": "json"},
        ),
    )
]


def add_asking(app: FastAPI, served: Served, limits: Limits) -> None:
    """Add the address; to a model that reads no text it answers 422."""

    @app.get(
        "/v1/models/{name}/predict",
        responses={
            200: {"content": {FORMS["opensearch"]: {"schema": {"type": "array"}}}},
            **{status: REFUSALS[status] for status in (404, 422, 503)},
        },
        openapi_extra={"parameters": _PARAMETERS},
        response_model=served.bodies.reply | list[str | list[str]],
    )
    async def answer_address(name: Name, request: Request) -> Response:
        """Answer a text that is in the address, also as a plain list, which autocompletes of web pages read."""
        model, form = served.find(name), request.query_params.get("format", "json")
        text, n = request.query_params.get("input"), read_count(request, "n", 3, 1, 100)
        if form not in FORMS:
            raise Failure(422, f"format is {form[:80]!a}; expected {', '.join(FORMS)}")
        if model.input_.raw_type is not str or model.input_.media_types:
            raise Failure(422, f"{name} reads no text; expected POST with {model.input_.noun}")
        if text is None:
            raise Failure(422, f"no input; expected ?input={model.input_.noun}")
        if len(text) > limits.text:
            raise Failure(422, f"input has {len(text)} characters; expected at most {limits.text}", "text")
        found = await served.ask(
            request, ("predict", name, n), lambda items: model.predict_many(items, n), [text], [len(text)]
        )
        if form == "json":
            return json_reply(served.bodies.replies[model.answer].to_inputs([text], found, False))
        texts = _texts(found[0])
        shown: Any = texts if form == "list" else [text, texts]
        return Response(json.dumps(shown, ensure_ascii=False, separators=(",", ":")), media_type=FORMS[form])


def _texts(answers: Sequence[Answer]) -> list[str]:
    """What each answer says first: a text, or a label."""
    return [str(answer[0]) for answer in answers]
