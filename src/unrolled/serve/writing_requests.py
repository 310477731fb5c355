"""Requests to models that write texts, as these read them: texts in JSON; pictures in JSON, or as the body itself."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from fastapi import Request
from pydantic import BaseModel

from unrolled.serve.limits import Limits
from unrolled.serve.schemas import Failure, media_type, read_body, read_count, validated
from unrolled.serve.served import ServedWriter
from unrolled.serve.writing_bodies import Asked

__all__ = ["Question", "Sent", "accepting", "question"]

JSON = "application/json"
IN_QUERY: Mapping[str, Mapping[str, Any]] = {
    "n": {"type": "integer", "minimum": 1},
    "beam": {"type": "integer", "minimum": 1},
    "length": {"type": "string", "enum": ["short", "long"]},
}
"""What may be said in the query where the body is a file."""
Body = TypeVar("Body", bound=Asked)


class Sent(NamedTuple):
    """A request as it came."""

    content_type: str
    body: bytes
    query: Mapping[str, Any]

    @classmethod
    async def by(cls, request: Request, limits: Limits) -> "Sent":
        """All of a request; Failure 422 for numbers in its query that are none."""
        there = {name: request.query_params[name] for name in IN_QUERY if name in request.query_params}
        counts = {name: read_count(request, name, 1, 1, limits.beam) for name in there if name != "length"}
        return cls(media_type(request), await request.body(), there | counts)


class Question(NamedTuple, Generic[Body]):
    """What is asked, of which texts or bytes of files, and whether these came as a list."""

    asked: Body
    inputs: Sequence[str | bytes]
    several: bool


def question(kind: type[Body], model: ServedWriter, sent: Sent, limits: Limits) -> Question[Body]:
    """A request as the model reads it; Failure 400, 415 or 422 for what it does not."""
    if model.media_types and sent.content_type != JSON:
        _check_media_type(sent.content_type, model.media_types)
        asked = validated(sent.query, kind, ", ".join(IN_QUERY))
        found = Question[Body](asked, [sent.body], False)
    else:
        asked = read_body(sent.content_type, sent.body, kind, ", ".join(kind.model_fields))
        found = Question[Body](asked, *_inputs(asked, bool(model.media_types)))
    asked.check(limits)
    if len(found.inputs) > limits.inputs:
        raise Failure(422, f"{len(found.inputs)} inputs; expected at most {limits.inputs}", "inputs")
    for text in found.inputs:
        if isinstance(text, str) and len(text) > limits.text:
            raise Failure(422, f"a text has {len(text)} characters; expected at most {limits.text}", "text")
    return found


def _check_media_type(content_type: str, known: Sequence[str]) -> None:
    """Failure 415 for a body of another sort than the model reads; whether it can be read, its bytes tell."""
    if content_type.partition("/")[0] not in {name.partition("/")[0] for name in known}:
        expected = f"expected {', '.join(known)}, or {JSON}"
        raise Failure(415, f"content-type is {content_type[:80]!a}; {expected}")


def _inputs(asked: Asked, files: bool) -> tuple[Sequence[str | bytes], bool]:
    """The texts or, of a model that reads files, the bytes in JSON, and whether they came as a list."""
    one, several, what = ("picture", "pictures", "base64 of a file") if files else ("input", "inputs", "text")
    sent: dict[str, Any] = {name: getattr(asked, name, None) for name in ("input", "inputs", "picture", "pictures")}
    given = {name: value for name, value in sent.items() if value is not None}
    if len(given) != 1 or not given.keys() <= {one, several}:
        lists = f", or {several}, a list of such" if several in type(asked).model_fields else ""
        received = f"{' and '.join(given)} came; " if given else ""
        raise Failure(422, f"{received}expected {'either ' if lists else ''}{one}, {what}{lists}")
    values: list[str] = given[several] if several in given else [given[one]]
    return [_decoded(text) for text in values] if files else values, several in given


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Failure(422, f"picture is {text[:40]!a}: {error}; expected base64 of a file's bytes") from None


def accepting(kind: type[BaseModel], media_types: Sequence[str]) -> dict[str, Any]:
    """Says in the API's description that a request has this body or, with models that read files, such a file."""
    reference = {"$ref": f"#/components/schemas/{kind.__name__}"}
    files = {name: {"schema": {"type": "string", "format": "binary"}} for name in media_types}
    body = {"requestBody": {"required": True, "content": {JSON: {"schema": reference}, **files}}}
    return body | ({"parameters": in_query(IN_QUERY)} if files else {})


def in_query(names: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Parameters of a request whose body is a file, for the API's description."""
    where = "where the body is a file, as in JSON"
    return [
        {"name": name, "in": "query", "description": where, "schema": dict(schema)} for name, schema in names.items()
    ]
